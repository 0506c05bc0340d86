import type { ElementDefinition, StructureDefinition } from 'fhir/r4'
import { describe, expect, it } from 'vitest'
import { createValidator } from '../../src/validate/validate.ts'

const url = 'https://site.example/StructureDefinition/dated'

const dated: StructureDefinition = {
  resourceType: 'StructureDefinition',
  url,
  name: 'dated',
  status: 'active',
  kind: 'resource',
  abstract: false,
  type: 'Patient',
  baseDefinition: 'http://hl7.org/fhir/StructureDefinition/Patient',
  derivation: 'constraint',
  differential: {
    element: [
      {
        id: 'Patient.birthDate',
        path: 'Patient.birthDate',
        constraint: [
          {
            key: 'whole-day',
            severity: 'error',
            human: 'give the day',
            expression: "$this.toString().matches('^[0-9]{4}-[0-9]{2}-[0-9]{2}$')",
          },
        ],
      },
      {
        id: 'Patient.name.given',
        path: 'Patient.name.given',
        constraint: [
          { key: 'long', severity: 'warning', human: 'no initials', expression: '$this.length() > 1' },
        ],
      },
    ],
  },
}

const issues = (more: object) =>
  createValidator([dated])
    .validate({ resourceType: 'Patient', meta: { profile: [url] }, ...more })
    .filter(({ key }) => key !== 'dom-6')
    .map(({ severity, key, expression, profile }) => ({ severity, key, expression, profile }))

describe("a profile's constraint on a primitive", () => {
  it('is asked of its value', () => {
    expect(issues({ birthDate: '1990-02-01' })).toEqual([])
    expect(issues({ birthDate: '1990-02' })).toEqual([
      { severity: 'error', key: 'whole-day', expression: 'Patient.birthDate', profile: url },
    ])
  })

  it('of each of them, where it repeats', () => {
    expect(issues({ name: [{ given: ['Ann', 'B'] }] })).toEqual([
      { severity: 'warning', key: 'long', expression: 'Patient.name[0].given[1]', profile: url },
    ])
  })
})

const made = (
  type: string,
  element: readonly ElementDefinition[],
  more: Partial<StructureDefinition> = {},
): StructureDefinition => ({
  ...dated,
  url: `https://site.example/StructureDefinition/${more.id ?? 'made'}`,
  type,
  baseDefinition: `http://hl7.org/fhir/StructureDefinition/${type}`,
  differential: { element: [...element] },
  ...more,
})

const faults = (resource: object, ...profiles: readonly StructureDefinition[]) =>
  createValidator([...profiles])
    .validate(resource, [profiles[0]?.url ?? ''])
    .filter(({ severity }) => severity === 'error')
    .map(({ expression, text }) => `${expression}: ${text}`)

describe('limits of a value', () => {
  const patient = made('Patient', [
    { id: 'Patient.name.family', path: 'Patient.name.family', maxLength: 5 },
    { id: 'Patient.birthDate', path: 'Patient.birthDate', minValueDate: '1900-01-01', maxValueDate: '2026-06' },
    { id: 'Patient.multipleBirth[x]', path: 'Patient.multipleBirth[x]', minValueInteger: 1, maxValueInteger: 9 },
  ]) // prettier-ignore
  const of = (more: object) => faults({ resourceType: 'Patient', ...more }, patient)

  it.each([
    [{ name: [{ family: 'Doe😀' }] }, []],
    [
      { name: [{ family: 'Doerner' }] },
      ['Patient.name[0].family: `family` must be no longer than 5 characters'],
    ],
    [{ birthDate: '1900' }, []],
    [{ birthDate: '1899-12-31' }, ['Patient.birthDate: `birthDate` must be at least `1900-01-01`']],
    [{ birthDate: '2026-06-30' }, []],
    [{ birthDate: '2026-07' }, ['Patient.birthDate: `birthDate` must be at most `2026-06`']],
    [{ multipleBirthInteger: 1 }, []],
    [{ multipleBirthInteger: 0 }, ['Patient.multipleBirth: `multipleBirth` must be at least `1`']],
    [{ multipleBirthBoolean: true }, []],
  ])('%j', (more, expected) => {
    expect(of(more)).toEqual(expected)
  })

  it('a quantity is compared in its unit alone', () => {
    const weight = made('Observation', [
      {
        id: 'Observation.value[x]',
        path: 'Observation.value[x]',
        maxValueQuantity: { value: 300, unit: 'kg', system: 'http://unitsofmeasure.org', code: 'kg' },
      },
    ])
    const of300 = (valueQuantity: object) =>
      faults({ resourceType: 'Observation', status: 'final', code: { text: 'x' }, valueQuantity }, weight)
    const system = 'http://unitsofmeasure.org'
    expect(of300({ value: 301, system, code: 'kg' })).toEqual([
      'Observation.value: `value` must be at most `300 kg`',
    ])
    expect(of300({ value: 301, system, code: 'g' })).toEqual([])
  })
})

describe('a profile', () => {
  it('that forbids an element forbids what is left of it without its value', () => {
    const none = made('Patient', [{ id: 'Patient.gender', path: 'Patient.gender', max: '0' }])
    const extension = [{ url: 'urn:why', valueString: 'not asked' }]
    expect(faults({ resourceType: 'Patient', _gender: { extension } }, none)).toHaveLength(1)
    expect(faults({ resourceType: 'Patient', active: true }, none)).toEqual([])
  })

  it('asks what the profile asks that it constrains further', () => {
    const named = made('Patient', [{ id: 'Patient.name', path: 'Patient.name', min: 1 }], { id: 'named' })
    const born = made('Patient', [{ id: 'Patient.birthDate', path: 'Patient.birthDate', min: 1 }], {
      id: 'born',
      baseDefinition: named.url,
    })
    expect(faults({ resourceType: 'Patient', active: true }, born, named)).toEqual([
      'Patient.name: `name` is required; add it',
      'Patient.birthDate: `birthDate` is required; add it',
    ])
    const itself = { ...named, baseDefinition: named.url }
    expect(faults({ resourceType: 'Patient', active: true }, itself)).toHaveLength(1)
  })

  it('that has a snapshot alone is held to that', () => {
    const { differential: _none, ...rest } = dated
    const whole = { ...rest, snapshot: { element: [{ id: 'Patient.name', path: 'Patient.name', min: 1 }] } }
    expect(faults({ resourceType: 'Patient', active: true }, whole as StructureDefinition)).toEqual([
      'Patient.name: `name` is required; add it',
    ])
  })

  it('goes by `Reference.type` where there is no literal', () => {
    const base = 'http://hl7.org/fhir/StructureDefinition/'
    const subject = made('Observation', [
      {
        id: 'Observation.subject',
        path: 'Observation.subject',
        type: [{ code: 'Reference', targetProfile: [`${base}Patient`] }],
      },
    ])
    const of = (type: string) =>
      faults(
        {
          resourceType: 'Observation',
          status: 'final',
          code: { text: 'x' },
          subject: { type, display: 'x' },
        },
        subject,
      )
    expect(of('Patient')).toEqual([])
    expect(of('Group')).toEqual(['Observation.subject.type: `type` must point to `Patient`'])
  })

  it('of a contained resource looks for what it refers to where that is contained', () => {
    const base = 'http://hl7.org/fhir/StructureDefinition/'
    const seen = made('Observation', [
      {
        id: 'Observation.subject',
        path: 'Observation.subject',
        type: [{ code: 'Reference', targetProfile: [`${base}Patient`] }],
      },
    ])
    const report = {
      resourceType: 'DiagnosticReport',
      status: 'final',
      code: { text: 'x' },
      contained: [
        { resourceType: 'Patient', id: 'p' },
        {
          resourceType: 'Observation',
          id: 'o',
          meta: { profile: [seen.url] },
          status: 'final',
          code: { text: 'x' },
          subject: { reference: '#p' },
        },
      ],
      subject: { reference: '#p' },
      result: [{ reference: '#o' }],
    }
    expect(
      createValidator([seen])
        .validate(report)
        .filter(({ severity }) => severity === 'error'),
    ).toEqual([])
  })
})
