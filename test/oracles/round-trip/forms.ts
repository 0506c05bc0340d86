import type { SearchParameter } from '../../../scripts/definitions/official.ts'
import { amountForms, wrongAmount } from './amounts.ts'
import { dateForms, wrongDate } from './dates.ts'

/** A value as it is sent, with a modifier where one is needed. */
export interface Asked {
  readonly form: string
  readonly modifier?: string
  readonly value: string
  /** What a reference points to: `Type/id`. */
  readonly target?: string
}

interface Item {
  readonly [name: string]: unknown
}

/** A part of a composite with its value. */
export interface Part {
  readonly parameter: SearchParameter
  readonly value: unknown
}

/** `\`, `,`, `$` and `|` are escaped where they stand for themselves (FHIR R4 search 3.1.1.4.3). */
export const escaped = (text: string): string => text.replaceAll(/[\\,$|]/g, String.raw`\$&`)

/** The ways in which a client asks for a value of a parameter, by the parameter's type (FHIR R4 search 3.1.1.4). */
export const formsOf = (parameter: SearchParameter, value: unknown): Asked[] => {
  switch (parameter.type) {
    case 'token':
      return tokenForms(value)
    case 'string':
      return textsOf(value).flatMap(stringForms)
    case 'uri':
      return typeof value === 'string' ? [{ form: 'uri', value: escaped(value) }] : []
    case 'reference':
      return referenceForms(value, parameter.target ?? [])
    case 'date':
      return dateForms(value)
    case 'number':
    case 'quantity':
      return amountForms(value)
    case 'composite':
      return compositeForms(value as Part[])
    case 'special':
      return near(value as Item, 0)
  }
}

/** Values that no example has: another code, another id, another text, a date a year off, another amount. */
export const wrongOf = (parameter: SearchParameter, values: readonly unknown[]): Asked[] => {
  const forms = values.slice(0, 1).flatMap((value) => formsOf(parameter, value))
  const [first] = forms
  if (first === undefined) return []
  switch (parameter.type) {
    case 'token':
      return wrongTokens(values[0], forms)
    case 'date':
      return wrongDate(values)
    case 'number':
    case 'quantity':
      return wrongAmount(values)
    case 'composite':
      return [{ form: 'another', value: `no-such-code${first.value.slice(first.value.indexOf('$'))}` }]
    case 'special':
      return near(values[0] as Item, 10)
    default:
      return [{ ...first, form: 'another', value: `${first.target ?? first.value}-another` }]
  }
}

const isItem = (value: unknown): value is Item => typeof value === 'object' && value !== null

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

/** Codes in a CodeableConcept, Coding, Identifier, ContactPoint or primitive, with their systems. */
const codesOf = (value: unknown): { system: string | undefined; code: string | undefined }[] => {
  if (!isItem(value)) return [{ system: undefined, code: String(value) }]
  if (Array.isArray(value.coding)) return value.coding.flatMap(codesOf)
  if ('text' in value && !('value' in value)) return []
  return [
    { system: isContactPoint(value) ? undefined : text(value.system), code: text(value.code ?? value.value) },
  ]
}

const contactSystems = new Set<unknown>(['phone', 'fax', 'email', 'pager', 'url', 'sms', 'other'])

/** The system of a ContactPoint is its kind, and no namespace of its value. */
const isContactPoint = ({ system, value }: Item): boolean => contactSystems.has(system) && value !== undefined

const tokenForms = (value: unknown): Asked[] =>
  codesOf(value).flatMap(({ system, code }): Asked[] => {
    const [from, own] = [system, code].map((part) => (part === undefined ? undefined : escaped(part)))
    if (own === undefined) return from === undefined ? [] : [{ form: 'system|', value: `${from}|` }]
    if (from !== undefined)
      return [
        { form: 'system|code', value: `${from}|${own}` },
        { form: 'code', value: own },
        { form: 'system|', value: `${from}|` },
      ]
    return [{ form: 'code', value: own }, ...(isItem(value) ? [{ form: '|code', value: `|${own}` }] : [])]
  })

const wrongTokens = (value: unknown, forms: readonly Asked[]): Asked[] => {
  if (typeof value === 'boolean') return [{ form: 'another', value: String(!value) }]
  const whole = forms.find(({ form }) => form === 'system|code')
  const own = forms.find(({ form }) => form === 'code')
  return [
    ...forms.slice(0, 1).map((first) => ({ form: 'another code', value: `${first.value}-another` })),
    ...(whole === undefined || own === undefined
      ? []
      : [{ form: 'another system', value: `https://example.org/another|${own.value}` }]),
  ]
}

/** The pieces of a string, HumanName or Address (FHIR R4 search 3.1.1.4.8). */
const textsOf = (value: unknown): string[] => {
  if (typeof value === 'string') return [value]
  if (!isItem(value)) return []
  const names = ['text', 'family', 'given', 'prefix', 'suffix', 'line', 'city', 'district', 'state', 'postalCode', 'country'] // prettier-ignore
  return names.flatMap((name) => (value[name] ?? []) as string | string[])
}

/** Longer ones are found by their beginning. */
const mostIndexed = 600

const stringForms = (value: string): Asked[] => [
  { form: 'beginning', value: escaped(value.trim().slice(0, 5)) },
  { form: 'whole, in capitals', value: escaped(value.slice(0, mostIndexed - 10).toUpperCase()) },
  ...(value.length > mostIndexed ? [] : [{ form: 'exact', modifier: 'exact', value: escaped(value) }]),
]

const localReference = /^([A-Z][A-Za-z]+)\/([A-Za-z0-9.-]{1,64})(?:\/_history\/[A-Za-z0-9.-]{1,64})?$/

/** A parameter that points to any type lists nearly all of them: an id alone says nothing there. */
const nearlyAll = 100

const referenceForms = (value: unknown, targets: readonly string[]): Asked[] => {
  if (typeof value === 'string') return value.startsWith('#') ? [] : canonicalForms(value)
  if (!isItem(value)) return []
  if (typeof value.resourceType === 'string')
    return value.id === undefined
      ? []
      : [{ form: 'Type/id', value: `${value.resourceType}/${text(value.id)}` }]
  const literal = text(value.reference)
  return [
    ...(literal === undefined || literal.startsWith('#') ? [] : literalForms(literal, targets)),
    ...tokenForms(value.identifier ?? {}).map((own): Asked => ({
      form: `identifier ${own.form}`,
      modifier: 'identifier',
      value: own.value,
    })),
  ]
}

const literalForms = (literal: string, targets: readonly string[]): Asked[] => {
  const [, type = '', id = ''] = localReference.exec(literal) ?? []
  if (type === '') return [{ form: 'url', value: escaped(literal) }]
  const target = `${type}/${id}`
  return [
    { form: 'Type/id', value: literal, target },
    { form: 'url', value: `https://gateway.example/fhir/${literal}`, target },
    ...(targets.includes(type) ? [{ form: ':Type', modifier: type, value: id, target }] : []),
    ...(targets.includes(type) && targets.length < nearlyAll ? [{ form: 'id', value: id, target }] : []),
  ]
}

/** A URL as it is, its version behind a bar, and without one (FHIR R4 search 3.1.1.4.12). */
const canonicalForms = (value: string): Asked[] => {
  const [url = '', version] = value.split('|')
  const plain = escaped(url)
  return [
    { form: 'url', value: plain },
    ...(version === undefined ? [] : [{ form: 'url|version', value: `${plain}|${escaped(version)}` }]),
  ]
}

/** The parts of a composite, each as it would be asked for alone. */
const compositeForms = (parts: readonly Part[]): Asked[] => {
  const each = parts.map(({ parameter, value }) => formsOf(parameter, value))
  const [whole, alone] = [0, 1].map((place) =>
    each.flatMap((forms, at) => (at === 0 ? (forms[place] ?? []) : (forms[0] ?? []))),
  )
  return [whole, alone].flatMap((chosen): Asked[] => {
    if (chosen === undefined || chosen.length < parts.length) return []
    const [{ form } = { form: '' }] = chosen
    return [{ form: `${form}$…`, value: chosen.map(({ value }) => value).join('$') }]
  })
}

/** Around a Location.position, so many degrees to the north of it (FHIR R4 Location, parameter near). */
const near = ({ latitude, longitude }: Item, north: number): Asked[] =>
  typeof latitude === 'number' && typeof longitude === 'number'
    ? [{ form: 'near', value: `${latitude + north}|${longitude}|1|km` }]
    : []
