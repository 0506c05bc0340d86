import { sql } from 'drizzle-orm'
import type { Connection } from '../../store/database.ts'
import { type Concept, enumerate, type Selection } from '../../terminology/selection.ts'
import { holdsSql } from './selection-sql.ts'

/** A code of a selection, with what the value set itself calls it; undefined where it is none of it. */
export const readMember = async (
  connection: Connection,
  selection: Selection,
  system: string,
  code: string,
): Promise<Concept | undefined> => {
  const listed = enumerate(selection)
  if (listed !== undefined) return listed.find((own) => own.system === system && own.code === code)
  const [row] = await connection.query<{ holds: boolean }>(
    sql`SELECT ${holdsSql(selection, system, code)} AS holds`,
  )
  return row?.holds === true ? { system, code, ...displayIn(selection, system, code) } : undefined
}

/** What the value set itself calls a code. */
const displayIn = (selection: Selection, system: string, code: string): { display?: string } => {
  switch (selection.kind) {
    case 'listed': {
      const display = selection.concepts.find((own) => own.system === system && own.code === code)?.display
      return display === undefined ? {} : { display }
    }
    case 'imported':
      return {}
    case 'any':
    case 'all':
      return (
        selection.of
          .map((part) => displayIn(part, system, code))
          .find(({ display }) => display !== undefined) ?? {}
      )
    case 'but':
      return displayIn(selection.of, system, code)
  }
}
