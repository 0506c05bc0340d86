import { describe, expect, it } from 'vitest'
import { alternatives, stepsOf } from '../../../scripts/definitions/expression.ts'
import type { SearchParameter as Published } from '../../../scripts/definitions/official.ts'
import { compileSearchParameters, isOfR4 } from '../../../scripts/definitions/search-parameters.ts'
import type { SearchKind } from '../../../src/fhir/definitions/search-parameters.ts'
import structures from '../../../src/fhir/definitions/structures.json' with { type: 'json' }
import type { Structure } from '../../../src/fhir/definitions/structures.ts'

const table = structures as Record<string, Structure>

const published = (base: string, type: SearchKind, expression: string): Published => ({
  resourceType: 'SearchParameter',
  url: 'https://a.example/SearchParameter/x',
  code: 'x',
  base: [base],
  type,
  expression,
})

const compiled = (base: string, type: SearchKind, expression: string) =>
  compileSearchParameters([published(base, type, expression)], table)[base]?.x?.paths

describe('an expression', () => {
  it('is taken apart at its outermost level alone', () => {
    expect(alternatives("A.where(b = 'c|d') | (A.e | A.f).g")).toEqual([
      "A.where(b = 'c|d')",
      '(A.e | A.f).g',
    ])
    expect(stepsOf("A.extension('https://a.b/c').value.ofType(code)")).toEqual([
      'A',
      "extension('https://a.b/c')",
      'value',
      'ofType(code)',
    ])
  })

  it.each(['(A.b as C).d', '(A.b.as(C)).d', '(A.b.ofType(C)).d'])('writes a cast in one way: %s', (text) => {
    expect(stepsOf(text)).toEqual(['A', 'b', 'ofType(C)', 'd'])
  })
})

describe('a search parameter', () => {
  it('looks into an extension by its URL', () => {
    const url = 'https://a.example/StructureDefinition/y'
    const paths = [
      { path: ['extension', 'valueCode'], type: 'code', where: { depth: 1, element: 'url', equals: url } },
    ]
    expect(compiled('Patient', 'token', `Patient.extension('${url}').value.ofType(code)`)).toEqual(paths)
    expect(
      compiled('Patient', 'token', `Patient.extension.where(url = '${url}').value.ofType(code)`),
    ).toEqual(paths)
  })

  it('has a branch for each type that a choice leaves', () => {
    const types = compiled('Observation', 'quantity', 'Observation.value')?.map(({ type }) => type)
    expect(types).toContain('Quantity')
    expect(types).toHaveLength(11)
    expect(compiled('ConceptMap', 'uri', 'ConceptMap.source.ofType(uri)')?.map(({ path }) => path)).toEqual([
      ['sourceUri'],
      ['sourceCanonical'],
    ])
  })

  it('follows what repeats, and filters by a value further down', () => {
    const expression =
      "Consent.repeat(provision).actor.where(role.coding.where(code = 'IRCP').exists()).reference"
    expect(compiled('Consent', 'reference', expression)).toEqual([
      {
        path: ['provision', 'actor', 'reference'],
        type: 'Reference',
        repeat: 1,
        where: { depth: 2, element: 'role.coding.code', equals: 'IRCP' },
      },
    ])
  })

  it.each([
    ['Patient.nobody', 'cannot compile'],
    ['Patient.contact.where(a.exists())', 'unknown step'],
    ['Patient.repeat(name)', 'does not repeat itself'],
    ["Patient.name.where(use = 'old').period.where(start = '2026')", 'a second filter'],
  ])('that cannot be compiled is refused: %s', (expression, reason) => {
    expect(() => compiled('Patient', 'token', expression)).toThrow(reason)
  })

  it('is defined once for a type', () => {
    const one = published('Patient', 'token', 'Patient.active')
    expect(() => compileSearchParameters([one, { ...one, url: 'https://b.example' }], table)).toThrow(
      'two parameters',
    )
  })

  it('is of R4 unless it is an example or experimental', () => {
    const one = { ...published('Patient', 'token', 'Patient.active'), version: '4.0.1', experimental: false }
    expect(isOfR4(one)).toBe(true)
    expect(isOfR4({ ...one, experimental: true })).toBe(false)
    expect(isOfR4({ ...one, version: '1' })).toBe(false)
  })
})
