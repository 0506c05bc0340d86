import { compiled, type Connection, type Database, type Prepared } from '../src/store/database.ts'

/** A database that keeps every statement that goes to it. */
export interface Catching {
  readonly database: Database
  readonly caught: Prepared[]
}

/** Keeps what is sent to a database, in the order in which it is sent; the answers are the database's own. */
export const catching = (database: Database): Catching => {
  const caught: Prepared[] = []
  const on = (connection: Connection): Connection => ({
    query: (statement) => {
      const prepared = compiled(statement)
      caught.push(prepared)
      return connection.query(prepared)
    },
  })
  return {
    caught,
    database: {
      ...database,
      query: on(database).query,
      transaction: (work) => database.transaction((connection) => work(on(connection))),
    },
  }
}
