import type { Caller } from '../../authenticate/caller.ts'
import type { Ask, Found } from '../../disclose.ts'
import { compartment } from '../../fhir/definitions/compartments.ts'
import { invalid, refuse } from '../../problem.ts'
import { findByKeys, findOne, type FoundRow } from '../../search/find.ts'
import type { Served } from '../../search/parameters.ts'
import { fhirBase, type Services } from '../../services.ts'
import { fhirJson } from '../resource-answer.ts'
import { type Link, searchset } from '../searchset.ts'
import { findAround, inOrder, keyOf, type Placed } from './around.ts'
import { type Extent, readExtent } from './extent.ts'
import type { Asked } from './operation.ts'

/**
 * https://hl7.org/fhir/R4/patient-operation-everything.html and https://hl7.org/fhir/R4/encounter-operation-everything.html:
 * the resource, its compartment, and what is cited there, each once and in the same order over all pages. The total is
 * that of the compartment, as a search would have it; what is cited comes along.
 */
export const everything = (
  services: Services,
  request: string,
  { type = 'Patient', id, given }: Asked,
): Ask => ({
  interaction: 'everything',
  request,
  needs: [{ type, access: 'r' }],
  find: async (connection, grant, permit): Promise<Found> => {
    const extent = readExtent(given, grant)
    const owner = requireThere(await findOne(connection, permit, type, id ?? ownPatient(grant.caller)))
    const mayRead = (one: string): boolean => grant.allows(one, 'r')
    const members = compartmentMembers(services, type, mayRead)
    const base = fhirBase(services)
    const { start, end } = extent
    const around = await findAround(connection, { owner, members, mayRead, start, end, permit, base })
    const wanted = around.filter((one) => isWanted(one, extent))
    const address = [type, ...(id === undefined ? [] : [id]), '$everything'].join('/')
    const page = await pageOf(services, wanted, extent, boundTo(grant.caller, address, extent))
    const modes = new Map(
      page.own.map((one) => [keyOf(one), one.rank === 2 ? ('include' as const) : ('match' as const)]),
    )
    return {
      rows: await findByKeys(connection, permit, [...modes.keys()]),
      answer: (released) => ({
        status: 200,
        headers: { 'content-type': fhirJson },
        body: searchset(
          base,
          wanted.filter(({ rank }) => rank < 2).length,
          linksOf(`${base}/${address}`, extent, page.next),
          released.map((own) => ({ own, mode: modes.get(keyOf(own)) ?? 'include' })),
        ),
      }),
    }
  },
})

/** Without an id it is about the patient whose own token it is: never about several at once. */
const ownPatient = ({ asked }: Caller): string =>
  asked.patient?.split('/')[1] ??
  invalid(
    "name the patient: `Patient/<id>/$everything`; only a patient's own token may leave it out",
    'Patient',
    'required',
  )

const requireThere = (owner: FoundRow | undefined): FoundRow => {
  if (owner === undefined) return refuse({ kind: 'not-found' })
  return owner.deleted ? refuse({ kind: 'gone' }) : owner
}

/** The types of the compartment that the token may read, each with the parameters that put a resource into it. */
export const compartmentMembers = (
  { parameters }: Pick<Services, 'parameters'>,
  type: string,
  mayRead: (type: string) => boolean,
): Map<string, Served[]> =>
  new Map(
    [...(compartment(type) ?? [])]
      .filter(([member]) => mayRead(member))
      .map(([member, names]) => [member, names.flatMap((name) => parameters(member).get(name) ?? [])]),
  )

const isWanted = ({ type, updated }: Placed, { types, since }: Extent): boolean =>
  (types?.has(type) ?? true) && (since === undefined || updated.getTime() >= since)

/** A cursor is good for this caller, this resource and these parameters alone. */
const boundTo = ({ client, audience }: Caller, address: string, { stated }: Extent): string =>
  JSON.stringify([client, audience, address, stated.filter(([name]) => name !== '_count')])

interface EverythingPage {
  readonly own: readonly Placed[]
  /** The sealed place of the next page, where there is one. */
  readonly next: string | undefined
}

const pageOf = async (
  { cursors }: Services,
  all: readonly Placed[],
  { count, cursor }: Extent,
  bound: string,
): Promise<EverythingPage> => {
  const [rank, type, id] = cursor === undefined ? [] : await cursors.open(cursor, bound)
  const after = { rank: Number(rank) as Placed['rank'], type: String(type), id: String(id) }
  const left = cursor === undefined ? all : all.filter((one) => inOrder(one, after) > 0)
  const own = left.slice(0, count)
  const last = own.length < left.length ? own.at(-1) : undefined
  return { own, next: last && (await cursors.seal([last.rank, last.type, last.id], bound)) }
}

const linksOf = (address: string, { stated, cursor }: Extent, next: string | undefined): Link[] => {
  const url = (place: string | undefined): string => {
    const given = new URLSearchParams(stated.map(([name, value]): [string, string] => [name, value]))
    if (place !== undefined) given.set('_cursor', place)
    return given.size === 0 ? address : `${address}?${given.toString()}`
  }
  return [
    { relation: 'self', url: url(cursor) },
    ...(cursor === undefined ? [] : [{ relation: 'first', url: url(undefined) }]),
    ...(next === undefined ? [] : [{ relation: 'next', url: url(next) }]),
  ]
}
