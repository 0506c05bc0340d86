import type { Bundle, BundleEntry, FhirResource, Observation } from 'fhir/r4'
import { expect } from 'vitest'
import { expectStatus } from '../outcome.ts'
import { observation, unnamed } from '../records.ts'
import { base, type Reply, type World } from '../world.ts'

/** A urn:uuid of its own for each place. */
export const uuid = (place: number): string =>
  `urn:uuid:00000000-0000-4000-8000-${String(place).padStart(12, '0')}`

/** An entry of a Bundle that is a request. */
export const entry = (
  method: string,
  url: string,
  resource?: object,
  {
    fullUrl,
    ...more
  }: { fullUrl?: string; ifMatch?: string; ifNoneExist?: string; ifNoneMatch?: string } = {},
): BundleEntry => ({
  ...(fullUrl === undefined ? {} : { fullUrl }),
  ...(resource === undefined ? {} : { resource: resource as FhirResource }),
  request: { method: method as 'GET', url, ...more },
})

/** The body of a batch or transaction. */
export const bundle = (type: string, entries: readonly BundleEntry[]): object => ({
  resourceType: 'Bundle',
  type,
  entry: entries,
})

/** The entries of the answer to a batch or transaction that went well. */
export const answers = (reply: Reply): BundleEntry[] => expectStatus(reply, 200).as<Bundle>().entry ?? []

/** Their statuses. */
export const statuses = (reply: Reply): string[] =>
  answers(reply).map(({ response }) => response?.status.slice(0, 3) ?? '')

/** `Type/id` at which an entry of an answer says the resource is. */
export const placeOf = (answered: BundleEntry | undefined): string =>
  (answered?.response?.location ?? '').replace(`${base}/`, '').replace(/\/_history\/.*/, '')

/** An observation of ann with an identifier, as a client creates it. */
export const identified = (value: string, more: Partial<Observation> = {}): Omit<Observation, 'id'> =>
  unnamed(observation('', 'ann', { identifier: [{ system: 'urn:w', value }], ...more }))

/** Stores one, and says where it is and of which version. */
export const store = async (world: World, value: string, more: Partial<Observation> = {}) => {
  const made = expectStatus(await world.post('clinic', 'Observation', identified(value, more)), 201)
  const stored = made.as<Observation>()
  return {
    stored,
    id: stored.id ?? '',
    path: `Observation/${stored.id ?? ''}`,
    tag: made.headers.get('etag') ?? '',
  }
}

/** How many of an identifier there are. */
export const countOf = async (
  world: World,
  value: string,
  type = 'Observation',
): Promise<number | undefined> =>
  (await world.get('clinic', `${type}?identifier=urn:w|${value}&_summary=count`)).as<Bundle>().total

/** The status of a stored observation. */
export const statusOf = async (world: World, path: string): Promise<string> => {
  const reply = await world.get('clinic', path)
  expect([200, 404, 410]).toContain(reply.status)
  return reply.status === 200 ? reply.as<Observation>().status : String(reply.status)
}
