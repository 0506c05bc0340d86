import type { Address, HumanName } from 'fhir/r4'

/** The pieces of a value that a string search compares, as they stand (FHIR R4 search 3.1.1.4.8). */
export const wordsOf = (type: string, value: unknown): string[] => {
  if (type === 'HumanName') {
    const { text, family, given, prefix, suffix } = value as HumanName
    return pieces([text, family, ...(given ?? []), ...(prefix ?? []), ...(suffix ?? [])])
  }
  if (type === 'Address') {
    const { text, line, city, district, state, postalCode, country } = value as Address
    return pieces([text, ...(line ?? []), city, district, state, postalCode, country])
  }
  return typeof value === 'string' ? pieces([value]) : []
}

const pieces = (values: readonly (string | undefined)[]): string[] => [
  ...new Set(values.filter((value) => value !== undefined && value !== '') as string[]),
]

/** Lower case, without accents, white space folded: 'José  Núñez' and 'jose nunez' are the same. */
export const normalized = (text: string): string =>
  text.normalize('NFD').replaceAll(/\p{M}/gu, '').toLowerCase().replaceAll(/\s+/g, ' ').trim()
