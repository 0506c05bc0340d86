import { PGlite, type PGliteInterface, type Transaction, types } from '@electric-sql/pglite'
import { compiled, type Connection, type Database, type Texts } from './database.ts'

const parsers = { [types.INT8]: (value: string) => BigInt(value) }

const on = (runner: Pick<PGliteInterface | Transaction, 'query'>, texts: Texts): Connection => ({
  async query<Row extends object>(statement: Parameters<Connection['query']>[0]) {
    const { text, params } = compiled(statement, texts)
    const result = await runner.query<Row>(text, [...params], { parsers })
    return result.rows
  },
})

/** PGlite in a directory of the host, or in memory without one. The caller holds the directory's lock. */
export const openPglite = async (directory?: string, loadDataDir?: Blob): Promise<Database> => {
  const database = await PGlite.create({
    ...(directory === undefined ? {} : { dataDir: directory }),
    ...(loadDataDir === undefined ? {} : { loadDataDir }),
    relaxedDurability: false,
  })
  await database.exec('SET jit = off')
  return pgliteDatabase(database)
}

/** The database interface over an open PGlite. */
export const pgliteDatabase = (database: PGlite): Database => {
  const texts: Texts = new Map()
  return {
    kind: 'pglite',
    query: on(database, texts).query,
    transaction: (work) => database.transaction((tx) => work(on(tx, texts))),
    close: () => database.close(),
  }
}
