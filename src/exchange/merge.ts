import type { FhirResource } from 'fhir/r4'

type Json = Record<string, unknown>

/**
 * What is stored when somebody updates a resource of which a part is hidden from them: what they wrote, with the
 * hidden part as it was. INVARIANT: no blind write changes a hidden byte (CONSENT rules, section 8).
 */
export const mergeHidden = (next: FhirResource, seen: string, full: string): FhirResource => {
  const merged = mergeObject(next as unknown as Json, withoutMeta(seen), withoutMeta(full))
  return { ...merged, meta: next.meta } as unknown as FhirResource
}

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

/** Whether `shown` is `item` with parts left out. */
const reduces = (item: unknown, shown: unknown): boolean => {
  if (Array.isArray(item) && Array.isArray(shown)) {
    let place = 0
    for (const own of item) if (place < shown.length && reduces(own, shown[place])) place += 1
    return place === shown.length
  }
  if (isObject(item) && isObject(shown))
    return Object.entries(shown).every(([name, value]) => name in item && reduces(item[name], value))
  return item === shown
}

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const same = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other)
