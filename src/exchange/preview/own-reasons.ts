import type { Caller } from '../../authenticate/caller.ts'
import type { FoundRow } from '../../search/find.ts'
import type { Connection } from '../../store/database.ts'
import { readPersons } from '../../store/facts.ts'
import { readKinds } from '../../store/named-codes.ts'
import type { Item, Looking } from './preview.ts'
import { reasonsFor } from './reasons.ts'

/**
 * Why a record reached the one who asks: the permits alone, and none of what they say to others. Bases are left out,
 * since a label may be there because of a record that is hidden.
 */
export const ownReasons = async (
  connection: Connection,
  { moment, common }: Looking,
  caller: Caller,
  row: FoundRow,
): Promise<Item> => {
  const [state] = await readPersons(connection, common, row.person === null ? [] : [row.person])
  const custodian = `Organization/${common.byKey.get(row.custodian)?.id ?? ''}`
  const grounds = {
    asked: caller.asked,
    moment,
    custodian,
    state,
    kinds: await readKinds(connection, [row]),
    bases: [],
  }
  const reasons = reasonsFor(row, BigInt(row.mask), grounds).filter(({ effect }) => effect === 'permit')
  return { type: row.type, id: row.id, effect: 'shared', text: undefined, version: row.version, reasons }
}
