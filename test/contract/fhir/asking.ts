import type { Bundle } from 'fhir/r4'
import { keysOf, matches, searchset } from '../outcome.ts'
import type { World } from '../world.ts'

/** A search and the ids that it must find, in the order of the alphabet. */
export type Case = readonly [query: string, ids: readonly string[]]

/** What a search of the clinic finds, in the order of the alphabet. */
export const find = async (world: World, query: string): Promise<string[]> =>
  matches(await world.get('clinic', encoded(query))).toSorted()

/** What a search of the clinic finds, in the order of the page. */
export const inOrder = async (world: World, query: string): Promise<string[]> =>
  matches(await world.get('clinic', encoded(query)))

/** The page of a search of the clinic. */
export const pageOf = async (world: World, query: string): Promise<Bundle> =>
  searchset(await world.get('clinic', encoded(query)))

/** `Type/id` of what came with a page, in the order of the alphabet. */
export const includedIn = (bundle: Bundle): string[] =>
  keysOf({
    ...bundle,
    entry: (bundle.entry ?? []).filter(({ search }) => search?.mode === 'include'),
  }).toSorted()

/** A query as a client sends it: written here as it is meant, and encoded value by value. */
const encoded = (query: string): string => {
  const place = query.indexOf('?')
  if (place < 0) return query
  const pairs = query
    .slice(place + 1)
    .split('&')
    .map((pair) => {
      const at = pair.indexOf('=')
      return `${encodeURIComponent(pair.slice(0, at))}=${encodeURIComponent(pair.slice(at + 1))}`
    })
  return `${query.slice(0, place)}?${pairs.join('&')}`
}
