import type { ElementDefinition, ElementDefinitionSlicing, StructureDefinition } from 'fhir/r4'
import { describe, expect, it } from 'vitest'
import { createValidator } from '../../src/validate/validate.ts'

const base = 'https://site.example/StructureDefinition/'

const profile = (id: string, type: string, element: readonly ElementDefinition[]): StructureDefinition => ({
  resourceType: 'StructureDefinition',
  url: `${base}${id}`,
  name: id,
  status: 'active',
  kind: 'resource',
  abstract: false,
  type,
  baseDefinition: `http://hl7.org/fhir/StructureDefinition/${type}`,
  derivation: 'constraint',
  differential: { element: [...element] },
})

const sliced = (
  path: string,
  discriminator: ElementDefinitionSlicing['discriminator'],
  more: Partial<ElementDefinitionSlicing> = {},
): ElementDefinition => ({
  id: path,
  path,
  slicing: { rules: 'open', ...(discriminator !== undefined && { discriminator }), ...more },
})

/** What is wrong with a resource by one profile, beside which others may be known. */
const faults = (
  { resourceType, ...rest }: { readonly resourceType: string; readonly [name: string]: unknown },
  own: StructureDefinition,
  others: readonly StructureDefinition[] = [],
): string[] =>
  createValidator([own, ...others])
    .validate({ resourceType, meta: { profile: [own.url] }, ...rest })
    .filter(({ severity }) => severity === 'error')
    .map(({ expression, text }) => `${expression}: ${text}`)

const observation = (more: object) => ({
  resourceType: 'Observation',
  status: 'final',
  code: { text: 'a score' },
  ...more,
})

const coded = (...codes: string[]) => ({
  code: { coding: codes.map((code) => ({ system: 'http://loinc.org', code })) },
})

const codings = (more: Partial<ElementDefinitionSlicing> = {}, ...slices: ElementDefinition[]) =>
  profile('codings', 'Observation', [
    sliced('Observation.code.coding', [{ type: 'value', path: 'code' }], more),
    { id: 'Observation.code.coding:a', path: 'Observation.code.coding', sliceName: 'a', min: 1, max: '1' },
    { id: 'Observation.code.coding:a.code', path: 'Observation.code.coding.code', fixedCode: 'A' },
    { id: 'Observation.code.coding:b', path: 'Observation.code.coding', sliceName: 'b', max: '1' },
    { id: 'Observation.code.coding:b.code', path: 'Observation.code.coding.code', patternCode: 'B' },
    ...slices,
  ])

describe('slices by a value', () => {
  it('are counted, each by itself', () => {
    expect(faults(observation(coded('A', 'B', 'C')), codings())).toEqual([])
    expect(faults(observation(coded('B')), codings())).toEqual([
      'Observation.code.coding: `coding` (`a`) is required; add it',
    ])
    expect(faults(observation(coded('A', 'A')), codings())).toEqual([
      'Observation.code.coding: `coding` (`a`) must not be there more than once',
    ])
  })

  it('closed: nothing beside them', () => {
    expect(faults(observation(coded('A', 'C')), codings({ rules: 'closed' }))).toEqual([
      'Observation.code.coding[1]: `coding[1]` must be one of the slices of the profile',
    ])
  })

  it('ordered: as the profile has them', () => {
    expect(faults(observation(coded('A', 'B')), codings({ ordered: true }))).toEqual([])
    expect(faults(observation(coded('B', 'A')), codings({ ordered: true }))).toEqual([
      'Observation.code.coding[1]: `coding[1]` must stand where its slice has its place in the profile',
    ])
  })

  it('open at the end: before what is in none', () => {
    expect(faults(observation(coded('A', 'C')), codings({ rules: 'openAtEnd' }))).toEqual([])
    expect(faults(observation(coded('C', 'A')), codings({ rules: 'openAtEnd' }))).toEqual([
      'Observation.code.coding[1]: `coding[1]` must stand before what is in no slice of the profile',
    ])
  })

  it('in slices of their own', () => {
    const id = 'Observation.code.coding:a/own'
    const path = 'Observation.code.coding'
    const versioned = codings(
      {},
      {
        ...sliced(path, [{ type: 'exists', path: 'version' }]),
        id: 'Observation.code.coding:a',
        sliceName: 'a',
        max: '2',
      },
      { id, path, sliceName: 'a/own', min: 1 },
      { id: `${id}.version`, path: `${path}.version`, min: 1 },
    )
    const one = { system: 'http://loinc.org', code: 'A' }
    expect(faults(observation({ code: { coding: [one, { ...one, version: '2' }] } }), versioned)).toEqual([])
    expect(faults(observation({ code: { coding: [one] } }), versioned)).toEqual([
      'Observation.code.coding: `coding` (`a/own`) is required; add it',
    ])
  })
})

describe('slices by type', () => {
  const typed = profile('typed', 'Observation', [
    sliced('Observation.value[x]', [{ type: 'type', path: '$this' }], { rules: 'closed' }),
    {
      id: 'Observation.value[x]:valueQuantity',
      path: 'Observation.value[x]',
      sliceName: 'valueQuantity',
      type: [{ code: 'Quantity' }],
    },
    {
      id: 'Observation.value[x]:valueQuantity.unit',
      path: 'Observation.value[x].unit',
      min: 1,
      short: 'in words',
    },
  ])

  it('of a choice', () => {
    expect(faults(observation({ valueQuantity: { value: 3, unit: 'points' } }), typed)).toEqual([])
    expect(faults(observation({ valueQuantity: { value: 3 } }), typed)).toEqual([
      'Observation.value.unit: `unit` is required; add it (in words)',
    ])
    expect(faults(observation({ valueString: '3' }), typed)).toEqual([
      'Observation.value: `value` must be one of the slices of the profile',
    ])
  })

  const who = profile('who', 'Observation', [
    sliced('Observation.performer', [{ type: 'type', path: 'resolve()' }]),
    {
      id: 'Observation.performer:person',
      path: 'Observation.performer',
      sliceName: 'person',
      min: 1,
      type: [{ code: 'Reference', targetProfile: ['http://hl7.org/fhir/StructureDefinition/Practitioner'] }],
    },
  ])

  it('of what is referred to, contained or elsewhere', () => {
    expect(faults(observation({ performer: [{ reference: 'Practitioner/1' }] }), who)).toEqual([])
    const contained = [{ resourceType: 'Practitioner', id: 'p' }]
    expect(faults(observation({ contained, performer: [{ reference: '#p' }] }), who)).toEqual([])
    expect(faults(observation({ performer: [{ reference: 'Organization/1' }] }), who)).toEqual([
      'Observation.performer: `performer` (`person`) is required; add it',
    ])
  })
})

describe('slices by profile', () => {
  const named = profile('named', 'Patient', [{ id: 'Patient.name', path: 'Patient.name', min: 1 }])
  const path = 'Bundle.entry'
  const message = profile('message', 'Bundle', [
    sliced(path, [{ type: 'profile', path: 'resource' }]),
    { id: 'Bundle.entry:patient', path, sliceName: 'patient', min: 1, max: '1' },
    {
      id: 'Bundle.entry:patient.resource',
      path: 'Bundle.entry.resource',
      min: 1,
      type: [{ code: 'Patient', profile: [named.url] }],
    },
  ])
  const bundle = (...resources: object[]) => ({
    resourceType: 'Bundle',
    type: 'collection',
    entry: resources.map((resource, place) => ({ fullUrl: `urn:uuid:0000000${place}-0000-4000-8000-000000000000`, resource })),
  }) // prettier-ignore

  it('of an entry', () => {
    expect(faults(bundle({ resourceType: 'Patient', name: [{ text: 'Ann' }] }), message, [named])).toEqual([])
    expect(faults(bundle({ resourceType: 'Patient', active: true }), message, [named])).toEqual([
      'Bundle.entry: `entry` (`patient`) is required; add it',
    ])
  })

  it('of what an entry refers to in its Bundle', () => {
    const scored = profile('scored', 'Observation', [
      {
        id: 'Observation.subject',
        path: 'Observation.subject',
        type: [{ code: 'Reference', targetProfile: [named.url] }],
      },
    ])
    const subject = { reference: 'urn:uuid:00000000-0000-4000-8000-000000000000' }
    const score = observation({ meta: { profile: [scored.url] }, subject })
    const all = (patient: object) =>
      createValidator([scored, named])
        .validate(bundle({ resourceType: 'Patient', ...patient }, score))
        .filter(({ severity }) => severity === 'error')
        .map(({ expression }) => expression)
    expect(all({ name: [{ text: 'Ann' }] })).toEqual([])
    expect(all({ active: true })).toEqual(['Bundle.entry[1].resource.subject.reference'])
    expect(faults(observation({ subject: { reference: 'Group/1' } }), scored, [named])).toEqual([
      'Observation.subject.reference: `reference` must point to `Patient`',
    ])
  })

  it('a profile that is not known is not judged', () => {
    expect(faults(bundle({ resourceType: 'Patient', name: [{ text: 'Ann' }] }), message)).toEqual([
      'Bundle.entry: `entry` (`patient`) is required; add it',
    ])
  })

  it('however often they are met', () => {
    const kin = profile('kin', 'Patient', [
      {
        id: 'Patient.link.other',
        path: 'Patient.link.other',
        type: [{ code: 'Reference', targetProfile: [`${base}kin`] }],
      },
    ])
    const link = Array.from({ length: 200 }, (_none, place) => ({
      other: { reference: `#p${place % 20}` },
      type: 'refer',
    }))
    const contained = Array.from({ length: 20 }, (_none, place) => ({
      resourceType: 'Patient',
      id: `p${place}`,
      link,
    }))
    expect(faults({ resourceType: 'Patient', contained, link }, kin)).toEqual([])
  })

  it('profiles that ask for each other come to an end', () => {
    const itself = profile('itself', 'Patient', [
      {
        id: 'Patient.contained',
        path: 'Patient.contained',
        type: [{ code: 'Patient', profile: [`${base}itself`] }],
      },
      { id: 'Patient.link.other', path: 'Patient.link.other', type: [{ code: 'Reference', targetProfile: [`${base}itself`] }] },
    ]) // prettier-ignore
    const patient = {
      resourceType: 'Patient',
      contained: [{ resourceType: 'Patient', id: 'p' }],
      link: [
        { other: { reference: '#p' }, type: 'refer' },
        { other: { reference: '#' }, type: 'refer' },
      ],
    }
    expect(faults(patient, itself)).toEqual([])
  })
})

describe('slices by an extension', () => {
  const url = 'https://site.example/StructureDefinition/kind'
  const path = 'Patient.telecom'
  const kinds = profile('kinds', 'Patient', [
    sliced(path, [{ type: 'value', path: `extension('${url}').value` }]),
    { id: 'Patient.telecom:safe', path, sliceName: 'safe', min: 1 },
    {
      id: 'Patient.telecom:safe.extension:kind',
      path: 'Patient.telecom.extension',
      sliceName: 'kind',
      type: [{ code: 'Extension', profile: [url] }],
    },
    {
      id: 'Patient.telecom:safe.extension:kind.value[x]',
      path: 'Patient.telecom.extension.value[x]',
      fixedCode: 'safe',
    },
  ])
  const patient = (valueCode: string) => ({
    resourceType: 'Patient',
    telecom: [{ value: '1', system: 'phone', extension: [{ url, valueCode }] }],
  })

  it('that has a value', () => {
    expect(faults(patient('safe'), kinds)).toEqual([])
    expect(faults(patient('other'), kinds)).toEqual([
      'Patient.telecom: `telecom` (`safe`) is required; add it',
    ])
  })
})

describe('an extensible binding', () => {
  const warnings = (resource: object) =>
    createValidator([])
      .validate(resource)
      .filter(({ severity, key }) => severity === 'warning' && key !== 'dom-6')
      .map(({ code, expression, text }) => ({ code, expression, text }))
  const married = (maritalStatus: object) => ({ resourceType: 'Patient', maritalStatus })
  const system = 'http://terminology.hl7.org/CodeSystem/v3-MaritalStatus'

  it('is a warning where another code is given, and nothing where it is text alone', () => {
    expect(warnings(married({ coding: [{ system, code: 'M' }] }))).toEqual([])
    expect(warnings(married({ text: 'it is complicated' }))).toEqual([])
    const odd = warnings(married({ coding: [{ system: 'urn:site', code: 'complicated' }] }))
    expect(odd).toMatchObject([{ code: 'code-invalid', expression: 'Patient.maritalStatus' }])
    expect(odd[0]?.text).toMatch(/^`maritalStatus` should be one of .*where one of them fits/)
  })

  it('is satisfied by one code of the set beside others', () => {
    const coding = [
      { system: 'urn:site', code: 'complicated' },
      { system, code: 'W' },
    ]
    expect(warnings(married({ coding }))).toEqual([])
  })
})
