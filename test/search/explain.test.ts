import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { catching, type Catching } from '../../bench/catching.ts'
import { type Shape, shapes } from '../../bench/shapes.ts'
import { buildWorld, type World } from '../../bench/world.ts'
import { createApp } from '../../src/app.ts'
import { createServices } from '../../src/create-services.ts'
import type { Connection, Prepared } from '../../src/store/database.ts'
import { openDatabase } from '../contract/databases.ts'
import { wholeReads } from './plans.ts'

const size = { patients: 500, observations: 40 }
const publicUrl = 'http://localhost'
const all = shapes(size.patients)
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
  { sends: [sent], expect: status }: Shape,
): Promise<Prepared[]> => {
  const { method, path, body } = sent ?? expect.fail('nothing is sent')
  const bearer = method === 'GET' ? world.tokens.hospital : world.tokens.clinic
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

const wholeReadsOf = async (connection: Connection, statements: readonly Prepared[]): Promise<string[]> => {
  const found: string[] = []
  for (const statement of statements) found.push(...(await wholeReads(connection, statement)))
  return found
}

describe('plans, as they are kept for prepared statements, with 20,000 Observations', () => {
  let opened: Opened
  beforeAll(async () => {
    opened = await open()
  })
  afterAll(() => opened.seen.database.close())

  test.each(all.map(({ name }) => name))('%s reads no large table from end to end', async (name) => {
    const statements = await statementsFor(opened, named(name))
    expect(statements.length).toBeGreaterThan(0)
    expect(
      await opened.seen.database.transaction((connection) => wholeReadsOf(connection, statements)),
    ).toEqual([])
  })

  test.each([
    ['read', ['resource_identity', 'resource_type'], 'resource'],
    ['search', ['resource_person', 'resource_tokens', 'resource_type', 'resource_updated'], 'resource'],
    ['_lastUpdated', ['resource_updated', 'resource_type'], 'resource'],
    ['string', ['words_value'], 'words'],
    ['quantity', ['amounts_value'], 'amounts'],
    ['history', ['history_identity', 'history_updated'], 'history'],
  ] as const)('%s would without %s', async (name, indexes, table) => {
    const statements = await statementsFor(opened, named(name))
    const undone = new Error('undone')
    let found: string[] = []
    await expect(
      opened.seen.database.transaction(async (connection) => {
        for (const index of indexes) await connection.query(sql.raw(`DROP INDEX ${index}`))
        found = await wholeReadsOf(connection, statements)
        throw undone
      }),
    ).rejects.toBe(undone)
    expect(found).toContain(`Seq Scan ${table}`)
  })
})
