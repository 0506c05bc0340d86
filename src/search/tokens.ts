import type { CodeableConcept, Coding, ContactPoint, Identifier, Reference, Resource } from 'fhir/r4'
import { localReference } from '../fhir/references.ts'

/**
 * The forms under which one value of a token, reference or uri parameter is found: `system|code`, `code`, and
 * `system|` for a search by system alone. A code without a system also has `|code` (FHIR R4 search 3.1.1.4.10); a
 * canonical URL is found with and without its version, and as `url|` where it names none.
 */
export const formsOf = (type: string, value: unknown, base: string): string[] => {
  switch (type) {
    case 'CodeableConcept':
      return ((value as CodeableConcept).coding ?? []).flatMap(coded)
    case 'Coding':
      return coded(value as Coding)
    case 'Identifier': {
      const { system, value: code } = value as Identifier
      return coded({ system, code })
    }
    case 'ContactPoint':
      return contactForms(value as ContactPoint)
    case 'Reference':
      return referenceForms(value as Reference, base)
    case 'Resource': {
      const { resourceType, id } = value as Resource
      return id === undefined ? [] : [`${resourceType}/${id}`]
    }
    case 'canonical':
      return typeof value === 'string' ? canonicalForms(value, base) : []
    default:
      return typeof value === 'string' || typeof value === 'boolean' || typeof value === 'number'
        ? [String(value)]
        : []
  }
}

/** The index entries of one value: its forms under the parameter's name, and those of its modifiers. */
export const tokensOf = (name: string, type: string, value: unknown, base: string): string[] => [
  ...stated(name, formsOf(type, value, base)),
  ...(type === 'Reference'
    ? identifierForms(value as Reference).map((form) => `${name}:identifier=${form}`)
    : []),
  ...(type === 'Identifier' ? typedForms(value as Identifier).map((form) => `${name}:ofType=${form}`) : []),
]

/** A value without a form of its own, as a code that is said in words alone, is there nevertheless: for `:missing`. */
const stated = (name: string, forms: readonly string[]): string[] =>
  forms.length === 0 ? [presence(name)] : forms.map((form) => `${name}=${form}`)

/** The index entry that says no more than that there is a value. */
export const presence = (name: string): string => `${name}!`

/** What is said of a code in words: the modifier `:text` looks at it (FHIR R4 search 3.1.1.4.4). */
export const textsOf = (type: string, value: unknown): string[] => {
  if (type === 'CodeableConcept') {
    const { text, coding = [] } = value as CodeableConcept
    return [text, ...coding.map(({ display }) => display)].filter((said) => said !== undefined)
  }
  const said =
    type === 'Coding'
      ? (value as Coding).display
      : type === 'Identifier'
        ? (value as Identifier).type?.text
        : undefined
  return said === undefined ? [] : [said]
}

const coded = ({ system, code }: { system?: string | undefined; code?: string | undefined }): string[] => {
  if (code === undefined) return system === undefined ? [] : [`${system}|`]
  return system === undefined ? [`|${code}`, code] : [`${system}|${code}`, code, `${system}|`]
}

/** R4 leaves it to the server what of a contact point is matched: here also `phone|555-1234`. */
const contactForms = ({ system, value }: ContactPoint): string[] => [
  ...coded({ code: value }),
  ...(system === undefined || value === undefined ? [] : [`${system}|${value}`]),
]

const referenceForms = ({ reference }: Reference, base: string): string[] => {
  if (typeof reference !== 'string' || reference.startsWith('#')) return []
  return [localReference(reference, base) ?? reference]
}

const identifierForms = ({ identifier }: Reference): string[] =>
  identifier === undefined ? [] : coded({ system: identifier.system, code: identifier.value })

/** `:ofType`: the type's system and code, and the value. */
const typedForms = ({ type, value }: Identifier): string[] =>
  value === undefined
    ? []
    : (type?.coding ?? []).map(({ system = '', code = '' }) => `${system}|${code}|${value}`)

const canonicalForms = (url: string, base: string): string[] => {
  const local = localReference(url, base)
  if (local !== undefined && !url.includes('|'))
    return [url, local].filter((form, at, all) => all.indexOf(form) === at)
  const bar = url.indexOf('|')
  return bar < 0 ? [url, `${url}|`] : [url, url.slice(0, bar)]
}

/** The index entry under which every local reference of a resource is found, whatever parameter it belongs to. */
export const citing = (reference: string): string => `@${reference}`
