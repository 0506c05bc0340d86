import type { FhirResource } from 'fhir/r4'
import fc from 'fast-check'
import { createPatch } from 'rfc6902'
import { describe, expect, it } from 'vitest'
import { applyJsonPatch } from '../../../src/fhir/patch/json-patch.ts'
import { readJsonPatch } from '../../../src/fhir/patch/read-json-patch.ts'
import { patients } from './arbitrary.ts'
import { faultOf, judge, type PatchCase } from './cases.ts'
import cases from './cases/json-patch.json' with { type: 'json' }

const apply = (given: FhirResource, patch: unknown): FhirResource =>
  applyJsonPatch(given, readJsonPatch(patch))

const bare = { resourceType: 'Patient' } as const

describe('JSON Patch', () => {
  it.each(cases as unknown as PatchCase[])('$note', (one) => judge(one, apply))

  it('the difference between two resources leads from one to the other', () => {
    fc.assert(
      fc.property(patients, patients, (before, after) => {
        expect(apply(before, createPatch(before, after))).toEqual(after)
      }),
    )
  })

  it('an add and its remove are nothing', () => {
    fc.assert(
      fc.property(patients, patients, (patient, other) => {
        const { name = [] } = patient
        const patched = apply({ ...patient, name }, [
          { op: 'add', path: '/name/0', value: { other } },
          { op: 'remove', path: '/name/0' },
        ])
        expect(patched).toEqual({ ...patient, name })
      }),
    )
  })

  it('a path that nobody thought of is taken or refused, and reaches no prototype', () => {
    const token = fc.oneof(
      fc.constantFrom('name', '0', '-', 'given', 'call', 'toString', 'push', ''),
      fc.string(),
    )
    const path = fc.array(token, { maxLength: 5 }).map((tokens) => tokens.map((one) => `/${one}`).join(''))
    const op = fc.constantFrom('add', 'remove', 'replace', 'move', 'copy', 'test')
    const operations = fc.array(fc.record({ op, path, from: path, value: fc.jsonValue() }), { maxLength: 4 })
    const untouched = prototypes()
    fc.assert(
      fc.property(patients, operations, (patient, patch) => {
        try {
          expect(apply(patient, patch).resourceType).toBe('Patient')
        } catch (fault) {
          expect(fault).toMatchObject({ kind: expect.stringMatching(/^(invalid|unprocessable)$/) as string })
        }
      }),
      { numRuns: 500 },
    )
    expect(prototypes()).toEqual(untouched)
  })

  it('takes a thousand operations, and no more', () => {
    const test = { op: 'test', path: '/resourceType', value: 'Patient' }
    expect(
      apply(
        bare,
        Array.from({ length: 1000 }, () => test),
      ),
    ).toEqual(bare)
    expect(
      faultOf(() =>
        apply(
          bare,
          Array.from({ length: 1001 }, () => test),
        ),
      ).kind,
    ).toBe('too-large')
  })

  it('compares long lists at once', () => {
    const given = {
      ...bare,
      identifier: Array.from({ length: 5000 }, (_, index) => ({ value: String(index) })),
    }
    const value = given.identifier.toReversed()
    expect(faultOf(() => apply(given, [{ op: 'test', path: '/identifier', value }])).expression).toBe('[0]')
  })

  it('does not let copies of copies fill the memory', () => {
    const given = { ...bare, language: 'x'.repeat(1024) }
    const copies = Array.from({ length: 60 }, (_, index) => ({ op: 'copy', path: `/a${index}`, from: '' }))
    expect(faultOf(() => apply(given, copies)).kind).toBe('too-large')
    expect(JSON.stringify(apply(given, copies.slice(0, 10))).length).toBeGreaterThan(1024 * 1024)
  })
})

/** What the built-in prototypes and the functions on them have of their own. */
const prototypes = (): string[][] =>
  [Object.prototype, Array.prototype, String.prototype, Function.prototype].flatMap((prototype) => [
    Object.getOwnPropertyNames(prototype),
    ...Object.values(Object.getOwnPropertyDescriptors(prototype)).map(({ value }) =>
      typeof value === 'function' ? Object.getOwnPropertyNames(value) : [],
    ),
  ])
