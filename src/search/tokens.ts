import type { Coding, CodeableConcept, ContactPoint, Identifier, Reference } from 'fhir/r4'
import { localReference } from '../fhir/references.ts'

/**
 * The index entries of one value of a token, reference or uri parameter: `name=system|code`, `name=code`, and
 * `name=system|` for a search by system alone. A code without a system also has `name=|code` (FHIR R4 search 3.1.1.4.10).
 */
export const tokensOf = (name: string, type: string, value: unknown, base: string): string[] => {
  switch (type) {
    case 'CodeableConcept':
      return ((value as CodeableConcept).coding ?? []).flatMap((coding) => coded(name, coding))
    case 'Coding':
      return coded(name, value as Coding)
    case 'Identifier': {
      const { system, value: code } = value as Identifier
      return coded(name, { system, code })
    }
    case 'ContactPoint':
      return coded(name, { code: (value as ContactPoint).value })
    case 'Reference':
      return referenceTokens(name, value as Reference, base)
    default:
      return typeof value === 'string' || typeof value === 'boolean' || typeof value === 'number'
        ? [`${name}=${value}`]
        : []
  }
}

const coded = (
  name: string,
  { system, code }: { system?: string | undefined; code?: string | undefined },
): string[] => {
  if (code === undefined) return system === undefined ? [] : [`${name}=${system}|`]
  return system === undefined
    ? [`${name}=|${code}`, `${name}=${code}`]
    : [`${name}=${system}|${code}`, `${name}=${code}`, `${name}=${system}|`]
}

const referenceTokens = (name: string, { reference }: Reference, base: string): string[] => {
  if (typeof reference !== 'string' || reference.startsWith('#')) return []
  return [`${name}=${localReference(reference, base) ?? reference}`]
}

/** The index entry under which every local reference of a resource is found, whatever parameter it belongs to. */
export const citing = (reference: string): string => `@${reference}`
