import type { StructureDefinition } from 'fhir/r4'
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
