import type { Ask } from '../disclose.ts'
import { compartment } from '../fhir/definitions/compartments.ts'
import { isResourceType } from '../fhir/definitions/structures.ts'
import { refuse } from '../problem.ts'
import type { Criterion } from '../search/criterion.ts'
import type { Services } from '../services.ts'
import { search } from './search.ts'

/**
 * https://hl7.org/fhir/R4/http.html#vsearch in a compartment: `Patient/1/Observation`, or `Patient/1/*` for all types.
 * A compartment whose owner is hidden is empty, like one that does not exist.
 */
export const compartmentSearch = (
  services: Services,
  request: string,
  owner: { readonly type: string; readonly id: string },
  member: string,
  given: URLSearchParams,
  lenient: boolean,
): Ask => {
  const members = compartment(owner.type)
  if (members === undefined || (member !== '*' && !isResourceType(member)))
    return refuse({ kind: 'no-route', text: 'the address is not one of this server; see /metadata' })
  if (member !== '*' && !members.has(member))
    return refuse({ kind: 'no-route', text: `${member} is never in the compartment of a ${owner.type}` })
  return search(services, request, {
    address: `${owner.type}/${owner.id}/${member}`,
    given,
    lenient,
    ...(member === '*' ? { types: [...members.keys()] } : { type: member }),
    within: (type) => withinCompartment(services, owner, type),
  })
}

/** What puts resources of a type into the compartment of an owner; undefined where nothing does. */
export const withinCompartment = (
  { parameters }: Pick<Services, 'parameters'>,
  { type: name, id }: { readonly type: string; readonly id: string },
  type: string,
): Criterion | undefined => {
  const names = compartment(name)?.get(type) ?? []
  const own = names.flatMap((one) => parameters(type).get(one) ?? [])
  const itself = names.includes('_id')
  return own.length === 0 && !itself
    ? undefined
    : { kind: 'compartment', owner: `${name}/${id}`, parameters: own, itself }
}
