import postgres from 'postgres'
import { openConnection, request } from './client.ts'
import type { RunningServer } from './processes.ts'
import { rounded } from './rows.ts'
import type { Shape } from './shapes.ts'

/** What one write leaves behind, on average: bytes, and rows of each table. */
export interface Written {
  readonly name: string
  readonly wal_bytes: number
  readonly table_bytes: number
  readonly index_bytes: number
  readonly rows: Readonly<Record<string, number>>
}

interface Held {
  readonly wal: number
  readonly table: number
  readonly index: number
  readonly rows: Readonly<Record<string, number>>
}

/** So many resources are written, one request after the other. */
const measured = 400

/**
 * The cost of one resource that is written this way. Measured when the pages that are touched have been touched before,
 * so that WAL holds changes and not whole pages.
 */
export const writtenBy = async (
  shape: Shape,
  server: RunningServer,
  token: string,
  url: string,
): Promise<Written> => {
  const client = postgres(url, { max: 1, onnotice: () => undefined })
  const { send, close } = await openConnection(server.port)
  const entries = shape.entries ?? 1
  const count = Math.ceil(measured / entries)
  let place = 0
  const writeAll = async () => {
    for (const end = place + count; place < end; place++) {
      const { method, path, body } = shape.sends[place % shape.sends.length] ?? { method: 'GET', path: '/' }
      const { status } = await send(request(method, path, token, JSON.stringify(body)))
      if (status !== shape.expect) throw new Error(`${shape.name}: expected ${shape.expect}, got ${status}`)
    }
  }
  try {
    await writeAll()
    const before = await held(client)
    await writeAll()
    return perWrite(shape.name, entries, before, await held(client), count * entries)
  } finally {
    close()
    await client.end({ timeout: 5 })
  }
}

const perWrite = (name: string, entries: number, before: Held, after: Held, writes: number): Written => {
  const each = (then: number, now: number) => rounded((now - then) / writes)
  const rows = Object.entries(after.rows).map(
    ([table, now]) => [table, each(before.rows[table] ?? 0, now)] as const,
  )
  return {
    name: entries === 1 ? name : `entry of a ${name}`,
    wal_bytes: each(before.wal, after.wal),
    table_bytes: each(before.table, after.table),
    index_bytes: each(before.index, after.index),
    rows: Object.fromEntries(rows.filter(([, more]) => more !== 0)),
  }
}

/** All that the database holds now; sizes are those of whole pages. */
const held = async (client: postgres.Sql): Promise<Held> => {
  const [sizes] = await client<{ wal: string; tables: string; indexes: string }[]>`
    SELECT pg_current_wal_insert_lsn() - '0/0' AS wal, sum(pg_table_size(oid)) AS tables, sum(pg_indexes_size(oid)) AS indexes
    FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'`
  const names = await client<{ name: string }[]>`SELECT relname AS name FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY relname`
  const rows: Record<string, number> = {}
  for (const { name } of names) {
    const [row] = await client<{ count: string }[]>`SELECT count(*) FROM ${client(name)}`
    rows[name] = Number(row?.count)
  }
  return { wal: Number(sizes?.wal), table: Number(sizes?.tables), index: Number(sizes?.indexes), rows }
}
