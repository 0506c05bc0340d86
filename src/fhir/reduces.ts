/** Whether `shown` is `item` with parts left out. */
export const reduces = (item: unknown, shown: unknown): boolean => {
  if (Array.isArray(item) && Array.isArray(shown)) {
    let place = 0
    for (const own of item) if (place < shown.length && reduces(own, shown[place])) place += 1
    return place === shown.length
  }
  if (isObject(item) && isObject(shown))
    return Object.entries(shown).every(([name, value]) => name in item && reduces(item[name], value))
  return item === shown
}

/** An object of JSON: no list, no null. */
export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/**
 * Whether two names are of one element that takes a choice of types (FHIR R4 formats 2.6.1): `medicationReference`, which
 * may be masked, and `medicationCodeableConcept`, which may be written instead.
 */
export const isOtherChoice = (reference: string, name: string): boolean => {
  const stem = /^(?<stem>[a-z]+)Reference$/.exec(reference)?.groups?.stem
  return stem !== undefined && name !== reference && /^[A-Z]/.test(name.slice(stem.length)) && name.startsWith(stem)
} // prettier-ignore
