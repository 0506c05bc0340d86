import { type SQL, sql } from 'drizzle-orm'
import type { Connection, Database } from '../src/store/database.ts'
import { kinds } from './records.ts'

/** Tables that hold what is found in a resource, and their columns beside `resource`. */
const indexTables = {
  words: 'type, param, value, stated',
  dates: 'type, param, low, high',
  amounts: 'low, high, base_low, base_high, type, param, system, code, unit, base',
} as const

type Say = (text: string) => void

/**
 * Copies the first charts until there are as many patients as wanted. Rows come in the order in which the records were
 * stored, those of all patients among each other, and are the same as if each chart had come in through the front door:
 * only what names the patient, and when it was stored, is another. The indexes are built afterwards, at once.
 */
export const multiply = async (database: Database, patients: number, say: Say): Promise<void> => {
  if (patients <= kinds) return
  await database.transaction(async (connection) => {
    await connection.query(sql`SET LOCAL synchronous_commit = off`)
    await connection.query(sql`SET LOCAL maintenance_work_mem = '512MB'`)
    await prepare(connection, patients)
    const [most] = await connection.query<{ places: number }>(
      sql`SELECT max(place)::int AS places FROM template`,
    )
    const places = most?.places ?? 0
    const dropped = await dropIndexes(connection)
    for (let place = 1; place <= places; place++) {
      await copyPlace(connection, place)
      if (place % 25 === 0) say(`${place} of ${places} records of each patient`)
    }
    await copyPast(connection)
    await copyAround(connection)
    for (const definition of dropped) await connection.query(sql.raw(definition))
    for (const table of ['resource', 'history', 'person'])
      await connection.query(
        sql.raw(`SELECT setval(pg_get_serial_sequence('${table}', 'key'), (SELECT max(key) FROM ${table}))`),
      )
  })
  say('indexes')
}

/** Who is copied of whom, and what there is to copy: rows numbered in the order in which they were stored. */
const prepare = async (connection: Connection, patients: number): Promise<void> => {
  const bench = sql.raw(`split_part(id, '-', 2)::int`)
  await connection.query(sql`CREATE TEMP TABLE template ON COMMIT DROP AS
    SELECT ${bench} AS kind, row_number() OVER (PARTITION BY ${bench} ORDER BY updated, key)::int AS place, r.* FROM resource r`)
  await connection.query(sql`CREATE TEMP TABLE copied ON COMMIT DROP AS
    SELECT n, t.kind, last.person + n - ${kinds}::int + 1 AS person, last.key AS above,
      'bench-' || t.kind || '-' AS old, 'bench-' || n || '-' AS new, make_interval(secs => n - t.kind) AS later
    FROM generate_series(${kinds}::int, ${patients - 1}::int) n JOIN template t ON t.type = 'Patient' AND t.kind = n % ${kinds}::int,
      (SELECT (SELECT max(key) FROM person) AS person, (SELECT max(key) FROM resource) AS key) last`)
  await connection.query(sql`INSERT INTO person SELECT person FROM copied`)
  await connection.query(sql`ANALYZE template`)
  await connection.query(sql`ANALYZE copied`)
}

/** Keys go up place by place. */
const key = sql.raw('c.above + t.place::bigint * (SELECT max(n) + 1 FROM copied) + c.n')

const copyPlace = async (connection: Connection, place: number): Promise<void> => {
  const from = sql`FROM copied c JOIN template t ON t.kind = c.kind AND t.place = ${place}::int`
  await connection.query(await copyRows(connection, 'resource', key, sql`${from} ORDER BY c.n`))
  for (const [table, columns] of Object.entries(indexTables)) {
    const values = columns
      .split(', ')
      .map((name) => (name === 'value' || name === 'stated' ? renamed(`x.${name}`) : `x.${name}`))
    await connection.query(sql`INSERT INTO ${sql.raw(table)} (resource, ${sql.raw(columns)})
      SELECT ${key}, ${sql.raw(values.join(', '))} ${from} JOIN ${sql.raw(table)} x ON x.resource = t.key ORDER BY c.n`)
  }
}

const copyPast = async (connection: Connection): Promise<void> => {
  const from = sql`FROM (SELECT split_part(id, '-', 2)::int AS kind, h.* FROM history h) t JOIN copied c ON c.kind = t.kind ORDER BY t.key, c.n`
  await connection.query(await copyRows(connection, 'history', sql`nextval('history_key_seq')`, from))
}

/** What stands beside the records: charts, and directives of Consents. */
const copyAround = async (connection: Connection): Promise<void> => {
  const first = sql`copied c JOIN template t ON t.kind = c.kind AND t.type = 'Patient'`
  await connection.query(
    sql`INSERT INTO chart (person, custodian) SELECT c.person, a.custodian FROM ${first} JOIN chart a ON a.person = t.person`,
  )
  await connection.query(
    sql`INSERT INTO chart_mask (person, custodian, mask) SELECT c.person, a.custodian, a.mask FROM ${first} JOIN chart_mask a ON a.person = t.person`,
  )
  await connection.query(sql`INSERT INTO directive (consent, person, effective, custodians, compiled, reading)
    SELECT ${sql.raw(renamed('d.consent'))}, c.person, d.effective, d.custodians, ${sql.raw(renamed('d.compiled::text'))}::jsonb, d.reading
    FROM ${first} JOIN directive d ON d.person = t.person`)
}

const renamed = (text: string): string => `replace(${text}, c.old, c.new)`

/** One row for another: whatever names the first patient names the new one, and it was stored later. */
const copyRows = async (connection: Connection, table: string, newKey: SQL, from: SQL): Promise<SQL> => {
  const columns = await connection.query<{
    name: string
    type: string
  }>(sql`SELECT attname AS name, format_type(atttypid, NULL) AS type
    FROM pg_attribute WHERE attrelid = ${table}::text::regclass AND attnum > 0 AND NOT attisdropped AND attname <> 'key' ORDER BY attnum`)
  const names = columns.map(({ name }) => name).join(', ')
  return sql`INSERT INTO ${sql.raw(table)} (key, ${sql.raw(names)}) SELECT ${newKey}, ${sql.raw(columns.map(valueOf).join(', '))} ${from}`
}

const stamp = (moment: string): string =>
  `to_char((${moment}) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`

const valueOf = ({ name, type }: { readonly name: string; readonly type: string }): string => {
  if (name === 'person') return 'c.person'
  if (name === 'updated') return 't.updated + c.later'
  if (name === 'content')
    return `replace(${renamed('t.content')}, ${stamp('t.updated')}, ${stamp('t.updated + c.later')})`
  return ['text', 'text[]', 'jsonb'].includes(type) ? `${renamed(`t.${name}::text`)}::${type}` : `t.${name}`
}

/** Takes out the indexes of the big tables and tells how to make them again. */
const dropIndexes = async (connection: Connection): Promise<string[]> => {
  const rows = await connection.query<{
    name: string
    definition: string
  }>(sql`SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS definition
    FROM pg_index WHERE indrelid IN ('resource'::regclass, 'history'::regclass, 'words'::regclass, 'dates'::regclass, 'amounts'::regclass) AND NOT indisprimary`)
  for (const { name } of rows) await connection.query(sql.raw(`DROP INDEX ${name}`))
  return rows.map(({ definition }) => definition)
}
