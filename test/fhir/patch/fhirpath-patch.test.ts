import type { FhirResource, Parameters, ParametersParameter } from 'fhir/r4'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { applyFhirPathPatch } from '../../../src/fhir/patch/fhirpath-patch.ts'
import { readFhirPathPatch } from '../../../src/fhir/patch/read-fhirpath-patch.ts'
import { patients } from './arbitrary.ts'
import { faultOf, judge, type PatchCase } from './cases.ts'
import cases from './cases/fhirpath-patch.json' with { type: 'json' }

const apply = (given: FhirResource, patch: unknown): FhirResource =>
  applyFhirPathPatch(given, readFhirPathPatch(patch))

const path = (text: string): ParametersParameter => ({ name: 'path', valueString: text })
const index = (name: 'index' | 'source' | 'destination', place: number): ParametersParameter => ({
  name,
  valueInteger: place,
})

const operation = (type: string, ...part: ParametersParameter[]): ParametersParameter => ({
  name: 'operation',
  part: [{ name: 'type', valueCode: type }, ...part],
})

const patchOf = (...parameter: ParametersParameter[]): Parameters => ({
  resourceType: 'Parameters',
  parameter,
})

const identifier = { system: 'urn:ietf:rfc:3986', value: 'urn:uuid:0' }
const value = { name: 'value', valueIdentifier: identifier }

/** A patient, and a place in the list of identifiers. */
const withPlace = fc.tuple(patients, fc.nat(), fc.nat())

describe('FHIRPath Patch', () => {
  it.each(cases as unknown as PatchCase[])('$note', (one) => judge(one, apply))

  it('an add and the delete of what was added are nothing', () => {
    fc.assert(
      fc.property(patients, (patient) => {
        const add = operation('add', path('Patient'), { name: 'name', valueString: 'identifier' }, value)
        const added = apply(patient, patchOf(add)) as typeof patient
        expect(added.identifier?.at(-1)).toEqual(identifier)
        const last = operation('delete', path('Patient.identifier.last()'))
        expect(apply(patient, patchOf(add, last))).toStrictEqual(patient)
      }),
    )
  })

  it('an insert and the delete at its index are nothing', () => {
    fc.assert(
      fc.property(withPlace, ([patient, place]) => {
        const at = place % ((patient.identifier?.length ?? 0) + 1)
        const insert = operation('insert', path('Patient.identifier'), index('index', at), value)
        const inserted = apply(patient, patchOf(insert)) as typeof patient
        expect(inserted.identifier?.[at]).toEqual(identifier)
        const remove = operation('delete', path(`Patient.identifier[${at}]`))
        expect(apply(patient, patchOf(insert, remove))).toStrictEqual(patient)
      }),
    )
  })

  it('a move and the move back are nothing', () => {
    fc.assert(
      fc.property(withPlace, ([patient, one, other]) => {
        const { name = [] } = patient
        fc.pre(name.length > 0)
        const [from, to] = [one % name.length, other % name.length]
        const move = (source: number, destination: number): ParametersParameter =>
          operation('move', path('Patient.name'), index('source', source), index('destination', destination))
        expect((apply(patient, patchOf(move(from, to))) as typeof patient).name?.[to]).toEqual(name[from])
        expect(apply(patient, patchOf(move(from, to), move(to, from)))).toStrictEqual(patient)
      }),
    )
  })

  it('a replace is the delete and insert at the same place', () => {
    fc.assert(
      fc.property(withPlace, ([patient, place]) => {
        const count = patient.identifier?.length ?? 0
        fc.pre(count > 0)
        const at = place % count
        const replace = operation('replace', path(`Patient.identifier[${at}]`), value)
        const remove = operation('delete', path(`Patient.identifier[${at}]`))
        const insert = operation('insert', path('Patient.identifier'), index('index', at), value)
        expect(apply(patient, patchOf(replace))).toEqual(apply(patient, patchOf(remove, insert)))
      }),
    )
  })

  it('a path that nobody thought of is taken or refused', () => {
    const piece = fc.constantFrom('Patient', 'name', 'given', 'id', 'value', '.', '.', '[0]', '[', ']', '(', ')', "'x'", ' = ', ' | ', ' + ', 'where(', 'first()', '$this', '%', '1', '-', '{}', '`', ' as ', 'string', '@2020', ' and ', '/*', 'resourceType', '__proto__', 'toString') // prettier-ignore
    const hostile = fc.oneof(
      fc.string(),
      fc.array(piece, { maxLength: 9 }).map((pieces) => pieces.join('')),
    )
    const type = fc.constantFrom('add', 'insert', 'delete', 'replace', 'move')
    const extras: Record<string, ParametersParameter[]> = {
      add: [{ name: 'name', valueString: 'given' }, { name: 'value', valueString: 'x' }],
      insert: [index('index', 0), { name: 'value', valueString: 'x' }],
      delete: [],
      replace: [{ name: 'value', valueString: 'x' }],
      move: [index('source', 0), index('destination', 0)],
    } // prettier-ignore
    fc.assert(
      fc.property(patients, type, hostile, (patient, one, text) => {
        try {
          const patched = apply(patient, patchOf(operation(one, path(text), ...(extras[one] ?? []))))
          expect(patched).toMatchObject({ resourceType: 'Patient', id: 'p' })
        } catch (fault) {
          expect(fault).toMatchObject({ kind: expect.stringMatching(/^(invalid|unprocessable)$/) as string })
        }
      }),
      { numRuns: 500 },
    )
  })

  it('takes two hundred operations, and no more', () => {
    const remove = operation('delete', path('Patient.birthDate'))
    const many = (count: number): Parameters => patchOf(...Array.from({ length: count }, () => remove))
    expect(apply({ resourceType: 'Patient' }, many(200))).toEqual({ resourceType: 'Patient' })
    expect(faultOf(() => apply({ resourceType: 'Patient' }, many(201))).kind).toBe('too-large')
  })

  it('does not let a resource grow deeper than one that could be sent', () => {
    const deeper = Array.from({ length: 45 }, (_, depth) =>
      operation(
        'add',
        path(`Questionnaire${'.item'.repeat(depth)}`),
        { name: 'name', valueString: 'item' },
        { name: 'value', part: [{ name: 'linkId', valueString: String(depth) }] },
      ),
    )
    const given: FhirResource = { resourceType: 'Questionnaire', status: 'draft' }
    expect(apply(given, patchOf(...deeper.slice(0, 15)))).toHaveProperty('item')
    expect(faultOf(() => apply(given, patchOf(...deeper))).message).toMatch(/nested deeper/)
  })
})
