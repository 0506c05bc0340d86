import { readdirSync, statSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { patientCompartment } from '../../src/fhir/definitions/compartments.ts'
import {
  commonSearchParameters,
  searchParameter,
  searchParameters,
} from '../../src/fhir/definitions/search-parameters.ts'
import { isResourceType, resourceTypes, shape } from '../../src/fhir/definitions/structures.ts'
import { pointsTo, valuesOf } from '../../src/fhir/path.ts'

const at = (resource: { resourceType: string; [name: string]: unknown }, code: string) =>
  valuesOf(resource, searchParameter(resource.resourceType, code)?.paths ?? [])

const folder = new URL('../../src/fhir/definitions/', import.meta.url)

describe('the generated tables', () => {
  it('are under 2 MB, which every process loads', () => {
    const files = readdirSync(folder).filter((file) => file.endsWith('.json'))
    expect(files.length).toBeGreaterThan(4)
    expect(files.reduce((sum, file) => sum + statSync(new URL(file, folder)).size, 0)).toBeLessThan(2_000_000)
  })

  it('have the resource types of R4', () => {
    expect(resourceTypes).toHaveLength(146)
    expect(isResourceType('Patient')).toBe(true)
    for (const name of ['DomainResource', 'SubscriptionStatus', 'HumanName', 'constructor', '', undefined]) {
      expect(isResourceType(name)).toBe(false)
    }
  })

  it('have a shape for every type that an element names', () => {
    for (const type of resourceTypes) {
      for (const { type: datatype } of shape(type)?.properties.values() ?? [])
        expect(shape(datatype)).toBeDefined()
    }
  })

  it('have at least one path for every search parameter of a type', () => {
    const all = resourceTypes.flatMap((type) => Object.values(searchParameters(type)))
    expect(all.length).toBeGreaterThan(1_600)
    expect(all.filter(({ paths }) => paths.length === 0)).toEqual([])
  })

  it('have the parameters of all types', () => {
    expect(Object.keys(commonSearchParameters()).toSorted()).toEqual([
      '_content',
      '_id',
      '_lastUpdated',
      '_profile',
      '_query',
      '_security',
      '_source',
      '_tag',
      '_text',
    ])
    expect(searchParameter('Patient', 'constructor')).toBeUndefined()
  })

  it('have a search parameter for every way into the patient compartment', () => {
    for (const type of resourceTypes) {
      for (const code of patientCompartment(type)) expect(searchParameter(type, code)?.kind).toBe('reference')
    }
    expect(patientCompartment('Observation')).toEqual(['performer', 'subject'])
    expect(patientCompartment('Organization')).toEqual([])
  })
})

describe('the values of a search parameter', () => {
  it('are those of its type alone', () => {
    const condition = { resourceType: 'Condition', code: { text: 'a' }, subject: { reference: 'Group/1' } }
    expect(at(condition, 'code')).toEqual([{ text: 'a' }])
    expect(at(condition, 'subject')).toEqual([{ reference: 'Group/1' }])
    expect(at(condition, 'patient')).toEqual([])
  })

  it('are found through arrays and choices', () => {
    const observation = {
      resourceType: 'Observation',
      valueQuantity: { value: 0 },
      component: [{ valueQuantity: { value: 1 } }, { valueString: 'x' }, { valueQuantity: { value: 2 } }],
      effectivePeriod: { start: '2026' },
    }
    expect(at(observation, 'combo-value-quantity')).toEqual([{ value: 0 }, { value: 1 }, { value: 2 }])
    expect(at(observation, 'date')).toEqual([{ start: '2026' }])
    expect(searchParameter('Observation', 'date')?.paths.map(({ type }) => type)).toContain('Period')
  })

  it('are narrowed by where', () => {
    const patient = {
      resourceType: 'Patient',
      telecom: [
        { system: 'email', value: 'a' },
        { system: 'phone', value: 'b' },
      ],
    }
    expect(at(patient, 'email')).toEqual([{ system: 'email', value: 'a' }])
    expect(at(patient, 'telecom')).toHaveLength(2)
    const plan = {
      resourceType: 'PlanDefinition',
      relatedArtifact: [
        { type: 'depends-on', resource: 'x' },
        { type: 'successor', resource: 'y' },
      ],
    }
    expect(at(plan, 'successor')).toEqual(['y'])
  })

  it('say whether a patient is dead', () => {
    expect(at({ resourceType: 'Patient' }, 'deceased')).toEqual([false])
    expect(at({ resourceType: 'Patient', deceasedBoolean: false }, 'deceased')).toEqual([false])
    expect(at({ resourceType: 'Patient', deceasedDateTime: '2026' }, 'deceased')).toEqual([true])
  })

  it('are of the first entry only, where the parameter says so', () => {
    const bundle = { resourceType: 'Bundle', entry: [{ resource: { id: 'a' } }, { resource: { id: 'b' } }] }
    expect(at(bundle, 'composition')).toEqual([{ id: 'a' }])
  })
})

describe('a reference points to a type', () => {
  const within = { contained: [{ resourceType: 'Patient', id: 'p' }] }
  it.each([
    [{ reference: 'Patient/1' }, true],
    [{ reference: 'Patient/1/_history/2' }, true],
    [{ reference: 'https://a.example/fhir/Patient/1' }, true],
    [{ reference: '#p' }, true],
    [{ reference: 'urn:uuid:c757873d-ec9a-4326-a141-556f43239520', type: 'Patient' }, true],
    [{ identifier: { value: '1' }, type: 'Patient' }, true],
    [{ reference: 'Group/1', type: 'Patient' }, false],
    [{ reference: '#q' }, false],
    [{ reference: 'urn:uuid:c757873d-ec9a-4326-a141-556f43239520' }, false],
    [{ display: 'Patient/1' }, false],
    ['Patient/1', false],
  ])('%j: %s', (reference, expected) => {
    expect(pointsTo(reference, 'Patient', within)).toBe(expected)
  })
})
