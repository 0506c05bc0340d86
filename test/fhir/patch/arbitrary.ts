import type { Patient } from 'fhir/r4'
import fc from 'fast-check'

const word = fc.string({ minLength: 1, maxLength: 6 })
const some = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T[]> => fc.array(value, { minLength: 1, maxLength: 4 })

const plain = { noNullPrototype: true }

const name = fc.record(
  { use: fc.constantFrom('usual', 'official'), family: word, given: some(word) },
  { requiredKeys: ['family'], noNullPrototype: true },
)

const identifier = fc.record(
  { system: fc.webUrl(), value: word },
  { requiredKeys: ['value'], noNullPrototype: true },
)

const contact = fc.record(
  { name, gender: fc.constantFrom('male', 'female'), relationship: some(fc.record({ text: word }, plain)) },
  { requiredKeys: ['name'], noNullPrototype: true },
)

/** Patients with lists in lists, and an id that is always the same. */
export const patients: fc.Arbitrary<Patient> = fc.record(
  {
    resourceType: fc.constant('Patient'),
    id: fc.constant('p'),
    active: fc.boolean(),
    name: some(name),
    identifier: some(identifier),
    contact: some(contact),
    birthDate: fc.constantFrom('1990-01-01', '2001-12-31'),
    maritalStatus: fc.record({ text: word }, plain),
  },
  { requiredKeys: ['resourceType', 'id'], noNullPrototype: true },
)
