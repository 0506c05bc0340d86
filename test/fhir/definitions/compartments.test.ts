import { describe, expect, it } from 'vitest'
import { compartments } from '../../../scripts/definitions/compartments.ts'
import { compartment, patientCompartment } from '../../../src/fhir/definitions/compartments.ts'
import { searchParameter } from '../../../src/fhir/definitions/search-parameters.ts'
import { isResourceType, resourceTypes } from '../../../src/fhir/definitions/structures.ts'

const names = ['Patient', 'Encounter', 'RelatedPerson', 'Practitioner', 'Device']

describe('the compartments', () => {
  it('are those of five resource types', () => {
    expect(resourceTypes.filter((type) => compartment(type) !== undefined)).toEqual(names.toSorted())
    for (const name of ['constructor', 'patient', '']) expect(compartment(name)).toBeUndefined()
  })

  it.each(names)('%s: has parameters for each type in it, which can lead to what it is of', (name) => {
    const members = [...(compartment(name) ?? [])]
    expect(members.length).toBeGreaterThan(20)
    for (const [type, codes] of members) {
      expect([type, isResourceType(type), codes.length > 0]).toEqual([type, true, true])
      for (const code of codes.filter((one) => one !== '_id')) {
        const { kind, targets } = searchParameter(type, code) ?? {}
        expect([type, code, kind]).toEqual([type, code, 'reference'])
        if (targets !== undefined && code !== 'focus')
          expect([type, code, targets]).toEqual([type, code, expect.arrayContaining([name])])
      }
      expect(codes.includes('_id') && type !== name).toBe(false)
    }
  })

  it('say by what a resource is in them', () => {
    expect(compartment('Encounter')?.get('Observation')).toEqual(['encounter'])
    expect(compartment('Encounter')?.get('Encounter')).toEqual(['_id'])
    expect(compartment('Practitioner')?.get('Encounter')).toEqual(['participant', 'practitioner'])
    expect(compartment('Device')?.get('Observation')).toEqual(['device', 'subject'])
    expect(compartment('Device')?.get('Patient')).toBeUndefined()
    expect(compartment('RelatedPerson')?.get('Patient')).toEqual(['link'])
  })

  it('have a Task in that of its patient', () => {
    expect(patientCompartment('Task')).toEqual(['focus', 'patient'])
    expect(patientCompartment('Questionnaire')).toEqual([])
  })

  it('are read from their definitions, without the example of one', () => {
    const definition = {
      resourceType: 'CompartmentDefinition',
      code: 'Encounter',
      url: 'http://hl7.org/fhir/CompartmentDefinition/encounter',
      resource: [
        { code: 'Encounter', param: ['{def}'] },
        { code: 'Flag' },
        { code: 'Task', param: ['b', 'a', 'b'] },
      ],
    }
    const example = {
      ...definition,
      code: 'Device',
      url: 'http://hl7.org/fhir/CompartmentDefinition/example',
    }
    expect(compartments([definition, example])).toEqual({
      Encounter: { Encounter: ['_id'], Task: ['a', 'b'] },
    })
  })
})
