import actors from '../cases/consent/actors.json' with { type: 'json' }
import broken from '../cases/consent/broken.json' with { type: 'json' }
import defaults from '../cases/consent/defaults.json' with { type: 'json' }
import elements from '../cases/consent/elements.json' with { type: 'json' }
import exceptions from '../cases/consent/exceptions.json' with { type: 'json' }
import ferpa from '../cases/consent/ferpa.json' with { type: 'json' }
import hipaa from '../cases/consent/hipaa.json' with { type: 'json' }
import inside from '../cases/consent/inside.json' with { type: 'json' }
import labels from '../cases/consent/labels.json' with { type: 'json' }
import open from '../cases/consent/open.json' with { type: 'json' }
import part2 from '../cases/consent/part2.json' with { type: 'json' }
import provisions from '../cases/consent/provisions.json' with { type: 'json' }
import purposes from '../cases/consent/purposes.json' with { type: 'json' }
import states from '../cases/consent/states.json' with { type: 'json' }
import type { FhirResource } from 'fhir/r4'
import { type Case, casesSchema, type RecordSpec } from './case-schema.ts'
import { buildConsent, type ConsentSpec } from './consents.ts'
import {
  condition,
  confidentiality,
  document,
  label,
  observation,
  patient,
  serviceRequest,
} from './records.ts'

export type NamedCase = Case & { readonly name: string }

/** Every file of cases, by its name, as it is written. */
export const files: Readonly<Record<string, unknown>> = {
  defaults,
  labels,
  purposes,
  provisions,
  actors,
  elements,
  exceptions,
  part2,
  hipaa,
  ferpa,
  states,
  inside,
  broken,
  open,
}

const casesOf = (file: string): readonly NamedCase[] =>
  casesSchema.parse(files[file]).map((row, place) => ({ ...row, name: `${file}-${String(place)}` }))

/** Every case that the gateway answers, with a name that is its own. */
export const cases: readonly NamedCase[] = Object.keys(files)
  .filter((file) => file !== 'open')
  .flatMap(casesOf)

/** What the law or the standard asks for and the gateway does not do yet. */
export const openCases: readonly NamedCase[] = casesOf('open')

/** What a case stands for: its resources, and who knows which patient. */
export interface Built {
  /** The resources of each custodian, that of the case first. */
  readonly custodians: readonly { readonly custodian: string; readonly resources: readonly FhirResource[] }[]
  readonly known: readonly { readonly organization: string; readonly patient: string }[]
  /** Consents that are not taken in. */
  readonly refused: readonly FhirResource[]
  /** `Type/id` of the name in `expect`. */
  keyOf(name: string): string
  /** The Consents of those places, revoked. */
  revoked(places: readonly number[]): readonly FhirResource[]
}

export const build = ({ name, given }: NamedCase): Built => {
  const own = given.custodian ?? 'clinic'
  const records = Object.entries(given.records)
  const others = [...new Set(records.map(([, { custodian = own }]) => custodian))].filter((it) => it !== own)
  const keyOf = keys(name, given, others)
  const made = (resources: readonly object[]): FhirResource[] =>
    resources.map((one) => named(one, name, keyOf) as FhirResource)
  const consents = (given.consents ?? []) as readonly ConsentSpec[]
  const subject = { ...patient(name), ...shared(name, others), ...given.patient }
  const recordsOf = (custodian: string, of: string): object[] =>
    records
      .filter(([, spec]) => (spec.custodian ?? own) === custodian)
      .map(([key, spec]) => record(`${name}-${key}`, of, spec))
  const first = [
    consents.some(({ without }) => without?.includes('patient-name')) ? withoutName(subject) : subject,
    ...Object.keys(given.also ?? {}).map((other) => patient(`${name}-${other}`)),
    ...recordsOf(own, name),
    ...(given.resources ?? []),
    ...consentsOf(name, consents, false),
  ]
  return {
    custodians: [
      { custodian: own, resources: made(first) },
      ...others.map((custodian) => ({
        custodian,
        resources: made([
          { ...subject, id: `${name}-at-${custodian}` },
          ...recordsOf(custodian, `${name}-at-${custodian}`),
        ]),
      })),
    ],
    known: [
      ...(given.known ?? []).map((organization) => ({ organization, patient: keyOf('patient') })),
      ...Object.entries(given.also ?? {}).flatMap(([other, organizations]) =>
        organizations.map((organization) => ({ organization, patient: keyOf(other) })),
      ),
    ],
    refused: made(consentsOf(name, consents, true)),
    keyOf,
    revoked: (places) =>
      made(
        places.map((place) =>
          buildConsent(`${name}-consent-${String(place)}`, {
            ...consentAt(consents, place),
            status: 'inactive',
          }),
        ),
      ),
  }
}

const consentsOf = (name: string, consents: readonly ConsentSpec[], refused: boolean): object[] =>
  consents.flatMap((spec, place) =>
    (spec.refused ?? false) === refused ? [buildConsent(`${name}-consent-${String(place)}`, spec)] : [],
  )

const consentAt = (consents: readonly ConsentSpec[], place: number): ConsentSpec => {
  const spec = consents[place]
  if (spec === undefined) throw new Error(`there is no consent ${String(place)}`)
  return spec
}

/** What each name of a case stands for. */
const keys = (name: string, given: Case['given'], others: readonly string[]) => {
  const known = new Map<string, string>([
    ['patient', `Patient/${name}`],
    ...others.map((custodian): [string, string] => [
      `patient@${custodian}`,
      `Patient/${name}-at-${custodian}`,
    ]),
    ...Object.keys(given.also ?? {}).map((other): [string, string] => [other, `Patient/${name}-${other}`]),
    ...Object.entries(given.records).map(([own, { type = 'Observation' }]): [string, string] => [
      own,
      `${type}/${name}-${own}`,
    ]),
  ])
  return (own: string): string => {
    const key = known.get(own)
    if (key === undefined) throw new Error(`the case ${name} has no ${own}`)
    return key
  }
}

/** What makes the Patients of several custodians one person in a trusted import. */
const shared = (name: string, others: readonly string[]): object =>
  others.length === 0 ? {} : { identifier: [{ system: 'urn:town:person', value: name }] }

const withoutName = ({ name: _name, ...rest }: object & { name?: unknown }) => rest

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

/** The least that makes a record of a type, and ordinary. */
const plain = (type: string, id: string, subject: string): object => {
  const resource = { resourceType: type, id }
  const of = { reference: `Patient/${subject}` }
  switch (type) {
    case 'Observation':
      return observation(id, subject)
    case 'Condition':
      return condition(id, subject)
    case 'DocumentReference':
      return document(id, subject)
    case 'ServiceRequest':
      return serviceRequest(id, subject)
    case 'CarePlan':
      return { ...resource, status: 'active', intent: 'plan', subject: of }
    case 'Coverage':
      return { ...resource, status: 'active', beneficiary: of, payor: [{ display: 'a plan' }] }
    case 'Encounter': {
      const system = 'http://terminology.hl7.org/CodeSystem/v3-ActCode'
      return { ...resource, status: 'finished', class: { system, code: 'AMB' }, subject: of }
    }
    case 'MedicationRequest': {
      const medication = { medicationCodeableConcept: { text: 'a medicine' } }
      return { ...resource, status: 'active', intent: 'order', ...medication, subject: of }
    }
    default:
      throw new Error(`a case cannot have a ${type} yet`)
  }
}
