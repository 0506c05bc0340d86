import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Administered } from '../../src/admin/administered.ts'
import { openFiles } from '../../src/admin/machine/files.ts'
import { openAdministered, run } from './desk.ts'

let world: Administered
beforeAll(async () => {
  world = await openAdministered()
  await run(world, ['partner', 'add', '--file', 'p'], {
    p: [{ id: 'clinic', name: 'Clinic', class: 'covered-entity' }],
  })
})
afterAll(() => world.services.database.close())

const patient = (id: string, more: object = {}) => ({
  resourceType: 'Patient',
  id,
  name: [{ family: `Family-${id}` }],
  ...more,
})
const observation = (id: string, whose: string, more: object = {}) => ({
  resourceType: 'Observation',
  id,
  status: 'final',
  code: { text: 'weight' },
  subject: { reference: `Patient/${whose}` },
  ...more,
})

const ndjson = (resources: readonly object[], end = '\n'): Uint8Array =>
  new TextEncoder().encode(resources.map((one) => JSON.stringify(one)).join(end) + end)

const load = (files: Record<string, unknown>, ...more: string[]) =>
  run(
    world,
    ['import', 'ndjson', ...Object.keys(files), '--custodian', 'Organization/clinic', ...more],
    files,
  )

const stored = async (start: string): Promise<string[]> =>
  (
    await world.services.database.query<{ key: string }>(
      sql`SELECT type || '/' || id || ' ' || (person IS NOT NULL) AS key FROM resource WHERE id LIKE ${`${start}%`} AND richer IS NULL ORDER BY type, id`,
    )
  ).map(({ key }) => key)

describe('import ndjson', () => {
  it('stores files of any order, records after whom they are about', async () => {
    const ran = await load({
      'Observation.ndjson': ndjson([observation('a1', 'a'), observation('a2', 'a')], '\r\n'),
      'Patient.ndjson': ndjson([patient('a')]),
    })
    expect(ran.json).toEqual({ imported: 3, files: ['Observation.ndjson', 'Patient.ndjson'], problems: [] })
    expect(ran.fault).toBeUndefined()
    expect(await stored('a')).toEqual(['Observation/a1 true', 'Observation/a2 true', 'Patient/a true'])
    expect(ran.told).toEqual([
      '`Patient.ndjson`: line 1, 1 resources stored',
      '`Observation.ndjson`: line 2, 3 resources stored',
    ])
  })

  it('stores a file of several parts, the patient in the last line', async () => {
    const many = Array.from({ length: 1201 }, (_, n) => observation(`b${n}`, 'b'))
    const whole = ndjson([...many, patient('b')])
    const ran = await load({ 'all.ndjson': whole.subarray(0, -1) })
    expect(ran.json).toMatchObject({ imported: 1202 })
    const all = await stored('b')
    expect(all).toHaveLength(1202)
    expect(all.every((one) => one.endsWith('true'))).toBe(true)
    expect(ran.told).toHaveLength(4)
    expect(ran.told.at(-1)).toBe('`all.ndjson`: line 1202, 1202 resources stored')
  })

  it('goes on where it was interrupted, and does nothing twice', async () => {
    const records = Array.from({ length: 1100 }, (_, n) => observation(`q${n}`, 'q'))
    const files = { 'q.ndjson': ndjson([patient('q'), ...records]) }
    const broken = failing(world, 5)
    await expect(
      run(broken, ['import', 'ndjson', 'q.ndjson', '--custodian', 'Organization/clinic'], files),
    ).rejects.toThrow('unexpected')
    expect(await stored('q')).toHaveLength(500)
    const ran = await load(files)
    expect(ran.told[0]).toBe('goes on after 500 resources')
    expect(ran.told).toHaveLength(3)
    expect(ran.json).toMatchObject({ imported: 1101 })
    expect(await stored('q')).toHaveLength(1101)
    const before = await versions('q')
    expect((await load(files)).json).toMatchObject({ imported: 1101 })
    expect(await versions('q')).toEqual(before)
    expect(await world.services.database.query(sql`SELECT * FROM ndjson_import`)).toEqual([])
  })

  it('keeps versions and dates of a trusted import', async () => {
    const meta = { versionId: 'v7', lastUpdated: '2020-01-01T00:00:00Z' }
    await load({ 'd.ndjson': ndjson([patient('d', { meta })]) }, '--trusted')
    expect(await versions('d')).toEqual([{ id: 'd', version: 'v7' }])
  })

  it('stores consents before what they are about', async () => {
    const consent = {
      resourceType: 'Consent',
      id: 'e-consent',
      status: 'active',
      scope: { text: 'privacy' },
      category: [{ text: 'privacy' }],
      policy: [{ uri: 'https://example.org/policy' }],
      patient: { reference: 'Patient/e' },
    }
    const ran = await load(
      { 'e.ndjson': ndjson([observation('e1', 'e'), consent, patient('e')]) },
      '--trusted',
    )
    expect(ran.json).toMatchObject({ imported: 3 })
    const rows = await world.services.database.query<{ id: string }>(
      sql`SELECT id FROM resource WHERE id LIKE 'e%' ORDER BY key`,
    )
    expect(rows.map(({ id }) => id)).toEqual(['e', 'e-consent', 'e1'])
  })

  it.each([
    ['{"resourceType":"Patient","id":"f"}\n\n{oops\n', '`w.ndjson`, line 3: is not JSON'],
    ['{"resourceType":"Patient"}\n', 'line 1: the Patient has no id'],
    ['{"resourceType":"Pet","id":"1"}\n', 'is not an R4 resource type'],
  ])('refuses %j', async (text, message) => {
    await expect(load({ 'w.ndjson': text })).rejects.toThrow(message)
  })

  it('stores nothing of a part with an invalid resource, and names the element', async () => {
    const ran = await load({ 'g.ndjson': ndjson([patient('g1'), patient('g2', { birthDate: 'yesterday' })]) })
    expect(ran.fault).toContain('`g.ndjson`, from line 1 on')
    expect(ran.fault).toContain('Patient.birthDate')
    expect(ran.json).toMatchObject({ imported: 0 })
    expect(await stored('g')).toEqual([])
  })

  it('refuses a custodian that is not known', async () => {
    const files = { 'h.ndjson': ndjson([patient('h')]) }
    await expect(
      run(world, ['import', 'ndjson', 'h.ndjson', '--custodian', 'Organization/none'], files),
    ).rejects.toThrow('`Organization/none`')
  })
})

describe('a file that is packed', () => {
  it('is read as what it was, from any place on', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sluice-'))
    const text = Array.from({ length: 20_000 }, (_, n) => `line ${n}\n`).join('')
    await writeFile(join(folder, 'w.ndjson.gz'), gzipSync(text))
    const [source] = await openFiles(folder)
    for (const from of [0, 1, 65_536, text.length - 3]) {
      const chunks: Uint8Array[] = []
      for await (const chunk of source?.read(from) ?? []) chunks.push(chunk)
      expect(Buffer.concat(chunks).toString()).toBe(text.slice(from))
    }
    await rm(folder, { recursive: true })
  })
})

const versions = (start: string) =>
  world.services.database.query(
    sql`SELECT id, version FROM resource WHERE id LIKE ${`${start}%`} ORDER BY id, version`,
  )

/** A gateway whose database fails at the n-th transaction of its own. */
const failing = (real: Administered, at: number): Administered => {
  let count = 0
  const { database } = real.services
  return {
    ...real,
    services: {
      ...real.services,
      database: {
        ...database,
        transaction: (work) => {
          if ((count += 1) > at) throw new Error('the power is out')
          return database.transaction(work)
        },
      },
    },
  }
}
