import type { FhirResource } from 'fhir/r4'
import type { Access, Grant } from '../authorize/grant.ts'
import { referencesIn } from '../fhir/references.ts'
import { refuse } from '../problem.ts'
import { indexRows } from '../search/index-rows.ts'
import { fhirBase, type Services } from '../services.ts'
import type { Connection } from '../store/database.ts'
import { findOfPatient } from '../store/of-patient.ts'

/** What a writer says, whole, and whether it makes a record or changes one. */
export interface Said {
  readonly resource: FhirResource
  readonly access: Access
}

/**
 * Refuses a write of what the scopes of the token do not reach: a scope that is narrowed to `?category=survey` writes
 * nothing else, and one of the level `patient` nothing about others (SMART App Launch 2.2). Judged on what the writer says,
 * once it is stored in the open transaction, so that whose it is is known.
 */
export const requireReached = async (
  connection: Connection,
  services: Services,
  { reach, caller }: Grant,
  said: readonly Said[],
): Promise<void> => {
  if (reach === undefined || said.length === 0) return
  const own = await findOfPatient(
    connection,
    caller.patient ?? caller.asked.patient,
    said.map(({ resource: { resourceType, id = '' } }) => `${resourceType}/${id}`),
  )
  const missed = said.some(({ resource, access }) => {
    const { resourceType: type, id = '' } = resource
    const isOfPatient = own.has(`${type}/${id}`)
    return !reach.holds(access, { type, id, tokens: entriesOf(resource, services), isOfPatient })
  })
  if (missed)
    refuse({
      kind: 'forbidden',
      text: "the token's scopes do not reach this record: they are narrowed to one patient, or by a search",
    })
}

const entriesOf = (resource: FhirResource, services: Services): readonly string[] => {
  const base = fhirBase(services)
  const references = [...new Set(referencesIn(resource, base).map(({ reference }) => reference))]
  const { parameters, toBase } = services
  return indexRows(resource, parameters(resource.resourceType), references, { base, toBase }).tokens
}
