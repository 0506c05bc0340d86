import { wholeOf } from '../consent/label.ts'
import type { Change, Prepared, Written } from './change.ts'
import type { Connection } from './database.ts'
import { applyEffects, settleOrganizations } from './effects.ts'
import { prepare } from './prepare.ts'
import { followCitations, relabel, type Relabelling } from './relabel.ts'
import { write } from './write.ts'

/** What the store needs of the gateway to apply changes. */
export type Applying = Relabelling

/**
 * Applies changes in the transaction they are given: labels, cuts, rows, history, directives, permits. Whatever cites
 * a record whose labels changed is labelled again before the transaction ends, or held until it is, so nothing shows in
 * between.
 */
export const apply = async (
  connection: Connection,
  changes: readonly Change[],
  applying: Applying,
): Promise<Written[]> => {
  await settleOrganizations(connection, changes)
  const { prepared, common } = await prepare(connection, changes, applying)
  const written = await write(connection, prepared, applying)
  await followCitations(connection, prepared, applying)
  await relabel(
    connection,
    prepared.filter(isUnsettled).map(({ type, id }) => `${type}/${id}`),
    applying,
  )
  await applyEffects(connection, prepared, common)
  return written
}

/** Whether a record's earlier versions do not carry its labels yet: they changed as a whole, or it was held. */
const isUnsettled = ({ prior, mask, change }: Prepared): boolean =>
  prior.some((row) => row.due || (change.action !== 'delete' && wholeOf(row.labels) !== mask))
