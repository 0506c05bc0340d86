import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { catching } from '../../bench/catching.ts'
import { type Shape, shapes } from '../../bench/shapes.ts'
import { buildWorld, ids } from '../../bench/world.ts'
import { createApp } from '../../src/app.ts'
import { createServices } from '../../src/create-services.ts'
import type { Prepared } from '../../src/store/database.ts'
import { openDatabase } from '../contract/databases.ts'
import { blocksOf, complaintsOf } from './plans.ts'

const size = { patients: 500, observations: 40 }
const publicUrl = 'http://localhost'
/** A larger transaction sends the same statements. */
const all = shapes(size.patients).filter(({ name }) => name !== 'transaction of 500')
const named = (name: string): Shape =>
  all.find((shape) => shape.name === name) ?? expect.fail(`no shape ${name}`)

const open = async () => {
  const seen = catching(await openDatabase('postgres'))
  const settings = { publicUrl, production: false, log: false, clock: undefined, mllpPort: 0 }
  const services = createServices({ settings, database: seen.database })
  const world = await buildWorld(services, size)
  return { seen, world, app: createApp(() => services) }
}

type Opened = Awaited<ReturnType<typeof open>>

/** What the gateway sends to its database to answer the first request of a shape. */
const statementsFor = async (
  { seen, world, app }: Opened,
  { sends: [sent], expect: status }: Pick<Shape, 'sends' | 'expect'>,
  by?: string,
): Promise<Prepared[]> => {
  const { method, path, body } = sent ?? expect.fail('nothing is sent')
  const bearer = by ?? (method === 'GET' ? world.tokens.hospital : world.tokens.clinic)
  const answer = async () =>
    app.request(`${publicUrl}${path}`, {
      method,
      headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/fhir+json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
  // Twice: the second time its token is remembered.
  for (const _time of [1, 2]) {
    seen.caught.length = 0
    expect((await answer()).status).toBe(status)
  }
  return [...seen.caught]
}

/** The index that each shape goes by. */
const ledBy: Readonly<Record<string, string>> = {
  read: 'resource_identity',
  'read under a consent': 'resource_identity',
  search: 'resource_person',
  'search, nothing sensitive': 'resource_person',
  sorted: 'resource_person',
  'sorted with total': 'resource_person',
  'many patients': 'resource_type',
  'many patients with total': 'resource_tokens',
  chain: 'resource_type',
  'selective chain': 'resource_tokens',
  _has: 'resource_person',
  _include: 'resource_identity',
  _revinclude: 'resource_tokens',
  compartment: 'resource_tokens',
  _lastUpdated: 'resource_updated',
  string: 'words_value',
  quantity: 'amounts_resource',
  history: 'history_identity',
  'history of a type': 'history_updated',
  create: 'resource_identity',
  update: 'resource_identity',
  'transaction of 50': 'resource_identity',
}

describe('plans, as they are kept for prepared statements, with 20,000 Observations', () => {
  let opened: Opened
  beforeAll(async () => {
    opened = await open()
  })
  afterAll(() => opened.seen.database.close())

  test('every shape is looked at', () => {
    expect(all.map(({ name }) => name)).toEqual(Object.keys(ledBy))
  })

  test.each(Object.entries(ledBy))(
    '%s goes by %s, and reads no large table from end to end',
    async (name, index) => {
      const statements = await statementsFor(opened, named(name))
      const { database } = opened.seen
      const complaints = await database.transaction((connection) =>
        complaintsOf(connection, statements, index),
      )
      expect(complaints).toEqual([])
    },
  )

  test.each([
    ['read', 404, (id: string) => `/fhir/Patient/${id}`],
    ['search', 200, (id: string) => `/fhir/Observation?patient=Patient/${id}&category=survey`],
    ['compartment', 200, (id: string) => `/fhir/Patient/${id}/Condition`],
    ['chain', 200, (id: string) => `/fhir/Observation?patient._id=${id}`],
  ] as const)(
    '%s: who is hidden costs no more than who does not exist, however many records there are',
    async (_name, status, of) => {
      const blocks = async (id: string): Promise<number> => {
        const shape = { sends: [{ method: 'GET', path: of(id) }], expect: status } as const
        const statements = await statementsFor(opened, shape, opened.world.tokens.stranger)
        const finding = statements.filter(
          ({ text }) => /^\s*(?:SELECT|WITH)/.test(text) && text.includes('released_on'),
        )
        expect(finding).not.toEqual([])
        return opened.seen.database.transaction(async (connection) => {
          let sum = 0
          for (const one of finding) sum += await blocksOf(connection, one)
          return sum
        })
      }
      const hidden = ids.patient(7)
      const more = (await blocks(hidden)) - (await blocks(hidden.replace('bench', 'bensh')))
      expect(more).toBeLessThan(size.observations)
    },
  )

  test.each([
    ['read', 'nothing goes by resource_identity'],
    ['search', 'nothing goes by resource_person'],
    ['string', 'Seq Scan words'],
    ['quantity', 'nothing goes by amounts_resource'],
    ['history', 'nothing goes by history_identity'],
  ])('%s is found out without its index: %s', async (name, complaint) => {
    const index = ledBy[name] ?? ''
    const statements = await statementsFor(opened, named(name))
    const undone = new Error('undone')
    let complaints: string[] = []
    await expect(
      opened.seen.database.transaction(async (connection) => {
        await connection.query(sql.raw(`DROP INDEX ${index}`))
        complaints = await complaintsOf(connection, statements, index)
        throw undone
      }),
    ).rejects.toBe(undone)
    expect(complaints).toContain(complaint)
  })
})
