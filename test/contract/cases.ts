import actors from '../cases/consent/actors.json' with { type: 'json' }
import defaults from '../cases/consent/defaults.json' with { type: 'json' }
import exceptions from '../cases/consent/exceptions.json' with { type: 'json' }
import elements from '../cases/consent/elements.json' with { type: 'json' }
import labels from '../cases/consent/labels.json' with { type: 'json' }
import provisions from '../cases/consent/provisions.json' with { type: 'json' }
import purposes from '../cases/consent/purposes.json' with { type: 'json' }
import type { Coding, FhirResource } from 'fhir/r4'
import { buildConsent, type ConsentSpec } from './consents.ts'
import { condition, confidentiality, document, label, observation, patient } from './records.ts'

/** A record of the case, by what matters of it; an ordinary Observation where nothing is said. */
export interface RecordSpec {
  readonly type?: string
  readonly labels?: readonly string[]
  readonly security?: readonly Coding[]
  readonly confidentiality?: string
  /** `system|code`. */
  readonly code?: string
  readonly date?: string
  readonly raw?: object
}

/** What was opened before consent; organizations by id, and from morning to evening where nothing is said. */
export interface ExceptionSpec {
  readonly kind: string
  readonly to: string
  readonly from?: string
  readonly labels?: readonly string[]
  readonly types?: readonly string[]
  readonly at?: readonly string[]
}

/** One line of the truth table. `@name` stands for the record or patient of that name, `@new-x` for an id of its own. */
export interface Case {
  readonly note: string
  readonly given: {
    /** Who holds the records; the clinic where nothing is said. */
    readonly custodian?: string
    /** Organizations that know the patient. */
    readonly known?: readonly string[]
    /** Other patients, with the organizations that know them. */
    readonly also?: Readonly<Record<string, readonly string[]>>
    readonly records: Readonly<Record<string, RecordSpec>>
    readonly resources?: readonly object[]
    readonly consents?: readonly ConsentSpec[]
    readonly exceptions?: readonly ExceptionSpec[]
  }
  readonly ask?: {
    readonly by: string
    readonly purpose?: string
    readonly user?: string
    readonly at?: string
  }
  readonly expect: Readonly<Record<string, string>>
}

const files: Readonly<Record<string, unknown>> = {
  defaults,
  labels,
  purposes,
  provisions,
  actors,
  elements,
  exceptions,
}

/** Every case, with a name that is its own. */
export const cases: readonly (Case & { readonly name: string })[] = Object.entries(files).flatMap(
  ([file, rows]) =>
    (rows as readonly Case[]).map((row, place) => ({ ...row, name: `${file}-${String(place)}` })),
)

/** What a case stands for: its resources, and who knows which patient. */
export interface Built {
  readonly custodian: string
  readonly resources: readonly FhirResource[]
  readonly known: readonly { readonly organization: string; readonly patient: string }[]
  /** `Type/id` of the name in `expect`. */
  keyOf(name: string): string
}

export const build = ({ name, given }: Case & { readonly name: string }): Built => {
  const keys = new Map<string, string>([['patient', `Patient/${name}`]])
  for (const other of Object.keys(given.also ?? {})) keys.set(other, `Patient/${name}-${other}`)
  for (const [own, { type = 'Observation' }] of Object.entries(given.records))
    keys.set(own, `${type}/${name}-${own}`)
  const keyOf = (own: string): string => {
    const key = keys.get(own)
    if (key === undefined) throw new Error(`the case ${name} has no ${own}`)
    return key
  }
  const consents = given.consents ?? []
  const nameless = consents.some(({ without }) => without?.includes('patient-name'))
  const made: readonly object[] = [
    nameless ? withoutName(patient(name)) : patient(name),
    ...Object.keys(given.also ?? {}).map((other) => patient(`${name}-${other}`)),
    ...Object.entries(given.records).map(([own, spec]) => record(`${name}-${own}`, name, spec)),
    ...(given.resources ?? []),
    ...consents.map((spec, place) => buildConsent(`${name}-consent-${String(place)}`, spec)),
  ]
  const known = [
    ...(given.known ?? []).map((organization) => ({ organization, patient: keyOf('patient') })),
    ...Object.entries(given.also ?? {}).flatMap(([other, organizations]) =>
      organizations.map((organization) => ({ organization, patient: keyOf(other) })),
    ),
  ]
  const resources = made.map((one) => named(one, name, keyOf) as FhirResource)
  return { custodian: given.custodian ?? 'clinic', resources, known, keyOf }
}

const withoutName = ({ name: _name, ...rest }: ReturnType<typeof patient>) => rest

/** A copy in which `@r` is `Observation/<id>` and `@new-x` an id. */
const named = (value: unknown, own: string, keyOf: (name: string) => string): unknown => {
  if (typeof value === 'string')
    return value.startsWith('@') && !value.startsWith('@new-')
      ? keyOf(value.slice(1))
      : value.replaceAll(/@new-([a-z]+)/g, `${own}-$1`)
  if (Array.isArray(value)) return value.map((item) => named(item, own, keyOf))
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, named(child, own, keyOf)]))
}

const record = (id: string, subject: string, spec: RecordSpec): object => {
  const security = [
    ...(spec.confidentiality === undefined ? [] : [confidentiality(spec.confidentiality)]),
    ...(spec.labels ?? []).map(label),
    ...(spec.security ?? []),
  ]
  const [system, code] = spec.code?.split('|') ?? []
  return {
    ...plain(spec.type ?? 'Observation', id, subject),
    ...(security.length === 0 ? {} : { meta: { security } }),
    ...(spec.code === undefined ? {} : { code: { coding: [{ system, code }] } }),
    ...(spec.date === undefined ? {} : { effectiveDateTime: spec.date }),
    ...spec.raw,
  }
}

const plain = (type: string, id: string, subject: string): FhirResource => {
  switch (type) {
    case 'Observation':
      return observation(id, subject)
    case 'Condition':
      return condition(id, subject)
    case 'DocumentReference':
      return document(id, subject)
    default:
      throw new Error(`a case cannot have a ${type} yet`)
  }
}
