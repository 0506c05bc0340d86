import type { Grant } from '../../authorize/grant.ts'
import { actsFor } from '../../consent/match.ts'
import type { Permit } from '../../consent/permit.ts'
import { refuse } from '../../problem.ts'
import { findOne, type FoundRow } from '../../search/find.ts'
import type { Connection } from '../../store/database.ts'

/**
 * The Patient whose disclosures somebody asks about: the custodian's own staff, or the patient. Whoever does not see it
 * is told what they would be told of one who does not exist.
 */
export const demandPatient = async (
  connection: Connection,
  grant: Grant,
  permit: Permit,
  id: string,
): Promise<FoundRow> => {
  const row = await findOne(connection, permit, 'Patient', id)
  if (row === undefined || row.deleted) return refuse({ kind: 'not-found' })
  return mayKnow(grant, row)
    ? row
    : refuse({
        kind: 'forbidden',
        text: "only the custodian of a patient's records and the patient may ask who gets what, and why",
      })
}

/** Whether somebody may know why others get a record or do not: its custodian, and the patient (CONSENT rules, section 8). */
export const mayKnow = ({ caller }: Grant, { custodian }: Pick<FoundRow, 'custodian'>): boolean =>
  caller.asked.patient !== undefined ||
  (actsFor(caller.asked) && caller.homeKey === custodian && caller.organizationKey === caller.homeKey)
