import type { Access } from '../authorize/grant.ts'
import type { Permit } from '../consent/permit.ts'
import { findByKeys, type FoundRow } from '../search/find.ts'
import type { Connection } from '../store/database.ts'
import type { Addressed } from './address.ts'

/**
 * What writes are about, as the caller sees it: deleted records too. What no scope reaches for that kind of write is as hidden
 * as what no consent opens.
 */
export const findReached = async (
  connection: Connection,
  permit: Permit,
  addressed: readonly Addressed[],
): Promise<FoundRow[]> => {
  const keys = Map.groupBy(
    addressed.flatMap((one) => keysOf(one).map((key) => ({ key, access: accessOf(one) }))),
    ({ access }) => access,
  )
  const found: FoundRow[] = []
  for (const [access, own] of keys)
    found.push(
      ...(await findByKeys(
        connection,
        permit.to(access),
        own.map(({ key }) => key),
        true,
      )),
    )
  return found
}

/** What a write is about, as references. */
export const keysOf = ({ submission: { type, id }, ids }: Addressed): string[] =>
  [...(ids ?? []), ...(id === undefined ? [] : [id])].map((one) => `${type}/${one}`)

const accessOf = ({ submission: { method } }: Addressed): Access => (method === 'delete' ? 'd' : 'u')
