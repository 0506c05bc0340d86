import type { FhirResource } from 'fhir/r4'
import { isObject, isOtherChoice, reduces } from '../fhir/reduces.ts'

type Json = Record<string, unknown>

/** What is stored of an update by somebody who does not see all of the resource. */
export interface Merged {
  readonly resource: FhirResource
  /**
   * What the writer says of elements where something stands that the writer does not see: undefined where nothing. It is
   * for the cuts that do not show what is hidden (`cutsOf`).
   */
  readonly instead: Readonly<Record<string, unknown>>
}

/**
 * What is stored when somebody updates a resource of which a part is hidden from them: what they wrote, with the
 * hidden part as it was. INVARIANT: no blind write changes a hidden byte (CONSENT rules, section 8). A narrative tells of
 * what its writer saw, and stands where no more is seen.
 */
export const mergeHidden = (next: FhirResource, seen: string, full: string): Merged => {
  const said: Json = { ...next }
  const [shown, whole] = [withoutMeta(seen), withoutMeta(full)]
  const covered = ['text', ...Object.keys(whole)].filter(
    (name) => name === 'text' || isCovered(said[name], shown[name], whole[name]),
  )
  const others = Object.keys(said).filter(
    (name) => !(name in whole) && covered.some((own) => isOtherChoice(own, name)),
  )
  const merged = mergeObject(said, shown, whole)
  for (const name of covered)
    if (name in whole) merged[name] = whole[name]
    else delete merged[name]
  for (const name of others) delete merged[name]
  return {
    resource: { ...merged, meta: next.meta } as unknown as FhirResource,
    instead: Object.fromEntries([...covered, ...others].map((name) => [name, said[name]])),
  }
}

/**
 * Whether an element has one value only, which the writer does not see: none shows, or one that was written instead of it.
 * Hidden items of a list stand beside those that are written.
 */
const isCovered = (said: unknown, shown: unknown, whole: unknown): boolean =>
  shown === undefined
    ? !Array.isArray(whole) || (said !== undefined && !Array.isArray(said))
    : !reduces(whole, shown)

const withoutMeta = (content: string): Json => {
  const { meta: _meta, ...rest } = JSON.parse(content) as Json
  return rest
}

const mergeObject = (next: Json, seen: Json, full: Json): Json => {
  const merged: Json = { ...next }
  for (const [name, hidden] of Object.entries(full)) {
    if (!(name in seen))
      merged[name] =
        Array.isArray(hidden) && Array.isArray(next[name])
          ? [...(next[name] as unknown[]), ...hidden]
          : hidden
    else merged[name] = mergeValue(next[name], seen[name], hidden)
  }
  return merged
}

const mergeValue = (next: unknown, seen: unknown, full: unknown): unknown => {
  if (same(seen, full)) return next
  if (same(next, seen)) return full
  if (Array.isArray(seen) && Array.isArray(full))
    return mergeArray(Array.isArray(next) ? next : [], seen, full)
  if (isObject(seen) && isObject(full)) return mergeObject(isObject(next) ? next : {}, seen, full)
  return next
}

/** Items that were hidden whole are appended; those that were seen in part get their hidden part back. */
const mergeArray = (
  next: readonly unknown[],
  seen: readonly unknown[],
  full: readonly unknown[],
): unknown[] => {
  const merged = [...next]
  let place = 0
  for (const item of full) {
    const shown = seen[place]
    if (place >= seen.length || !reduces(item, shown)) {
      merged.push(item)
      continue
    }
    place += 1
    if (same(item, shown)) continue
    const written = merged.findIndex((other) => same(other, shown))
    if (written < 0) merged.push(item)
    else merged[written] = item
  }
  return merged
}

const same = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other)
