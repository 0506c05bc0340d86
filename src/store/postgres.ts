import postgres from 'postgres'
import { compiled, type Connection, type Database, type Texts } from './database.ts'

const on = (runner: postgres.Sql | postgres.TransactionSql, texts: Texts): Connection => ({
  async query<Row extends object>(statement: Parameters<Connection['query']>[0]) {
    const { text, params } = compiled(statement, texts)
    const rows = await runner.unsafe(text, params as postgres.ParameterOrJSON<never>[], { prepare: true })
    return rows as unknown as Row[]
  },
})

/** A transaction that PostgreSQL ended to resolve a deadlock has changed nothing and is run once more, three times at the most. */
const again = async <T>(run: () => Promise<T>, left = 3): Promise<T> => {
  try {
    return await run()
  } catch (fault) {
    const isDeadlock = fault instanceof postgres.PostgresError && fault.code === '40P01'
    if (!isDeadlock || left === 0) throw fault
    return again(run, left - 1)
  }
}

/** PostgreSQL behind a connection string. On Workers: one for each request, closed with it. */
export const openPostgres = (url: string, connections = 16): Database => {
  const client = postgres(url, {
    max: connections,
    fetch_types: true,
    onnotice: () => undefined,
    types: { bigint: postgres.BigInt },
    connection: {
      application_name: 'sluice',
      jit: 'off',
      // The shapes are few and planned once; a list as a parameter would otherwise be planned anew at every run.
      plan_cache_mode: 'force_generic_plan',
    } as unknown as Record<string, string>,
  })
  const texts: Texts = new Map()
  return {
    kind: 'postgres',
    query: on(client, texts).query,
    transaction: (work) => again(() => client.begin((tx) => work(on(tx, texts))) as ReturnType<typeof work>),
    close: () => client.end({ timeout: 5 }),
  }
}
