import { sql } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { kinds, prefix } from '../../bench/records.ts'
import { buildWorld, importChart } from '../../bench/world.ts'
import { createServices } from '../../src/create-services.ts'
import type { Database } from '../../src/store/database.ts'
import { openDatabase } from '../contract/databases.ts'

const observations = 12
const copied = kinds

const servicesOf = (database: Database) =>
  createServices({
    settings: { publicUrl: 'http://localhost', production: false, log: false, clock: undefined, mllpPort: 0 },
    database,
  })

/** All that is stored of the patient, but for keys, which tell nothing. */
const rowsOf = async (database: Database): Promise<Record<string, unknown[]>> => {
  const rows = async (table: string, from: string, order: string) => {
    const found = await database.query<{ row: unknown }>(
      sql.raw(`SELECT to_jsonb(x) - 'key' - 'person' - 'resource' AS row FROM ${from} ORDER BY ${order}`),
    )
    expect(found.length, table).toBeGreaterThan(0)
    return found.map(({ row }) => row)
  }
  const own = `LIKE '%${prefix(copied)}%'`
  const of = (table: string) => `${table} x JOIN resource r ON r.key = x.resource WHERE r.id ${own}`
  return {
    resource: await rows('resource', `resource x WHERE id ${own}`, 'type, id, mask'),
    history: await rows('history', `history x WHERE id ${own}`, 'type, id, updated, mask'),
    words: await rows('words', of('words'), 'r.type, r.id, r.mask, x.param, x.value'),
    dates: await rows('dates', of('dates'), 'r.type, r.id, r.mask, x.param, x.low'),
    amounts: await rows('amounts', of('amounts'), 'r.type, r.id, r.mask, x.param, x.low'),
    chart_mask: await rows(
      'chart_mask',
      `chart_mask x WHERE person IN (SELECT person FROM resource WHERE id ${own})`,
      'custodian, mask',
    ),
    directive: await rows('directive', `directive x WHERE consent ${own}`, 'consent'),
  }
}

test('a chart that is copied in SQL is stored as if it had come in through the front door', async () => {
  const [bulk, door] = [await openDatabase('postgres'), await openDatabase('postgres')]
  try {
    await buildWorld(servicesOf(bulk), { patients: copied + 1, observations })
    await buildWorld(servicesOf(door), { patients: 1, observations })
    await importChart(servicesOf(door), copied, observations)
    expect(await rowsOf(bulk)).toEqual(await rowsOf(door))
  } finally {
    await Promise.all([bulk.close(), door.close()])
  }
})
