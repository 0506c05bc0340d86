import fc from 'fast-check'
import { compile } from 'fhirpath'
import r4 from 'fhirpath/fhir-context/r4'
import { describe, expect, it } from 'vitest'
import { invariantTable } from '../../src/fhir/definitions/invariants.ts'
import { isPrimitive, shape } from '../../src/fhir/definitions/structures.ts'
import { formula, shortcut } from '../../src/validate/invariants/formula.ts'

type Row = { on: string; key: string; expression: string }

const rows: Row[] = Object.entries(invariantTable).flatMap(([on, list]) =>
  list.map(([key, , , expression]) => ({ on, key, expression })),
)
const profiled: Row[] = [
  [
    'us-core-1',
    'effective.exists() implies (effective.is(Period) or effective.is(Timing) or effective.toString().length() >= 10)',
  ],
  [
    'us-core-2',
    '(component.empty() and hasMember.empty()) implies (dataAbsentReason.exists() or value.exists())',
  ],
  [
    'us-core-3',
    "value.is(Quantity) implies (value.system.empty() or value.system = 'http://unitsofmeasure.org')",
  ],
  ['not a type', 'value.is(Quantity).not()'],
  ['inside', "value.code.exists() and value.system != 'http://unitsofmeasure.org'"],
  ['length', 'effective.toString().length() < 8'],
].map(([key = '', expression = '']) => ({ on: 'Observation', key, expression }))
const simple = [...rows.filter(({ on, expression }) => formula(on, expression) !== undefined), ...profiled]
const shortened = rows.filter(
  ({ on, expression }) => formula(on, expression) === undefined && shortcut(on, expression) !== undefined,
)

/** The values that may tell the two apart: those that the expression names, and others. */
function valueOf(type: string, expression: string): fc.Arbitrary<unknown> {
  if (type === 'Quantity')
    return fc.constantFrom<unknown>(
      { value: 1 },
      { comparator: '<', value: 1 },
      { value: 1, code: 'mg', system: 'http://unitsofmeasure.org' },
      { value: 1, code: 'mg', system: 'http://else.example' },
    )
  if (type === 'dateTime' || type === 'instant')
    return fc.constantFrom('2026', '2026-03', '2026-03-01', '2026-03-01T10:00:00Z')
  if (!isPrimitive(type)) return fc.constant({ id: 'x' })
  if (['decimal', 'integer', 'positiveInt', 'unsignedInt'].includes(type))
    return fc.constantFrom(-1, 0, 0.5, 1, 2, 101)
  if (type === 'boolean') return fc.boolean()
  const literals = [...expression.matchAll(/'([^'\\]*)'/g)].map(([, literal]) => literal)
  return fc.constantFrom(...literals, 'other', 'Named_1', 'http://unitsofmeasure.org')
}

/** An object of a type with some of the elements that an expression names. */
function objectFor({ on, expression }: Row): fc.Arbitrary<object> {
  const named = [...(shape(on)?.properties ?? [])].filter(([, { element }]) =>
    new RegExp(`\\b${element}\\b`).test(expression),
  )
  const byElement = Map.groupBy(named, ([, { element }]) => element)
  const parts = [...byElement.values()].map((choices) => {
    const one = choices.map(([name, { type, definition }]) => {
      const value = valueOf(type, expression)
      const given = definition.many ? fc.array(value, { minLength: 1, maxLength: 3 }) : value
      return given.map((item): object => ({ [name]: item }))
    })
    return fc.option(fc.oneof(...one), { nil: {} })
  })
  return fc.tuple(...parts).map((some): object => Object.assign({}, ...some))
}

const examples = (row: Row): object[] => fc.sample(objectFor(row), { numRuns: 30, seed: 4711 })

const byFhirPath = ({ on, expression }: Row) => {
  const run = compile({ base: on, expression }, r4)
  return (element: object): boolean => {
    const result: unknown = run(structuredClone(element), { resource: element })
    return Array.isArray(result) && result[0] === true
  }
}

describe('a constraint that is a formula', () => {
  it('is what most of R4 are', () => {
    expect(simple.length).toBeGreaterThan(140)
    expect(shortened.length).toBeGreaterThan(15)
  })

  it.each(simple)('$on $key holds just where FHIRPath says so', (row) => {
    const [ours, theirs] = [formula(row.on, row.expression), byFhirPath(row)]
    for (const element of examples(row))
      expect([element, ours?.(element as never)]).toEqual([element, theirs(element)])
  })

  it.each(shortened)('$on $key holds where its first part decides', (row) => {
    const [ours, theirs] = [shortcut(row.on, row.expression), byFhirPath(row)]
    for (const element of examples(row).filter((one) => ours?.(one as never)))
      expect([element, theirs(element)]).toEqual([element, true])
  })

  it.each([
    'name',
    'name.trace()',
    'nothing.exists()',
    'name.exists() and',
    "name = 'a' 'b'",
    "maritalStatus.text.x = 'a'",
    "maritalStatus.coding.code = 'a'",
    '(name.exists()',
    '',
  ])('is none of %j', (expression) => {
    expect(formula('Patient', expression)).toBeUndefined()
  })
})
