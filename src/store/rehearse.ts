import type { Connection, Database } from './database.ts'

/** Does work in a transaction that is undone: it sees what it wrote, and nothing of that stays. */
export const rehearse = async <T>(
  database: Database,
  work: (connection: Connection) => Promise<T>,
): Promise<T> => {
  const undone = new Error('a rehearsal is undone')
  const seen: T[] = []
  await database
    .transaction(async (connection) => {
      seen.push(await work(connection))
      throw undone
    })
    .catch((fault: unknown) => {
      if (fault !== undone) throw fault
    })
  const [result] = seen.slice(-1)
  return result as T
}
