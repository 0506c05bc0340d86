import { describe, expect, test } from 'vitest'
import { createEngine, type Evaluated } from '../../src/questionnaire/expression/engine.ts'
import { createFuel } from '../../src/questionnaire/expression/fuel.ts'
import { patternCost } from '../../src/questionnaire/expression/pattern.ts'

const response = {
  resourceType: 'QuestionnaireResponse',
  status: 'completed',
  item: Array.from({ length: 400 }, (_, place) => ({
    linkId: `i${place}`,
    answer: [{ valueCoding: { system: 'urn:s', code: `c${place}` } }, { valueString: 'a'.repeat(50) }],
  })),
}

const evaluate = (text: string, engine = createEngine()): Evaluated =>
  engine.evaluate(
    text,
    { base: 'QuestionnaireResponse', element: structuredClone(response) },
    Object.create(null) as object as Record<string, unknown>,
  )

describe('a hostile expression ends', () => {
  test.each([
    ['a loop', '1.repeat($this + 1)'],
    ['a text that doubles', "'ab'.repeat($this & $this)"],
    ['an aggregate that doubles', "item.aggregate($total & $total & 'abc', 'abc')"],
    ['replacing that explodes', `'aaaaaaaaaa'${".replace('a', 'aaaaaaaaaaaaaaaa')".repeat(9)}`],
    ['a product of collections', 'item.select(%context.item.select(%context.item.select(%context.item)))'],
    ['collections that grow', `item${'.combine(%context.item)'.repeat(30)}`],
    [
      'each with each',
      'descendants() | descendants() | descendants() | descendants().select($this | %context.descendants())',
    ],
    ['intersections', 'item.select(%context.descendants().intersect(%context.descendants()))'],
    ['backtracking', "item.answer.value.ofType(string).first().matches('(a+)+b')"],
    ['many quantifiers', "item.answer.value.ofType(string).first().matches('a*a*a*a*a*a*b')"],
    ['many choices', `item.answer.value.ofType(string).first().matches('${'a?'.repeat(30)}b')`],
    ['reference back', String.raw`item.answer.value.ofType(string).first().matches('(a*)\\1b')`],
    ['replacing by pattern', "item.answer.value.ofType(string).first().replaceMatches('(a|a)+b', '')"],
  ])('%s', (_, text) => {
    expect(evaluate(text)).toMatchObject({ ok: false, fault: 'data' })
  })

  test.each([
    ['too long', `1${'+1'.repeat(2000)}`, /longer than/],
    ['nested too deep', `${'('.repeat(200)}1${')'.repeat(200)}`, /nested deeper/],
    ['signs without end', `${'-'.repeat(1500)}1`, /nested deeper/],
    ['not FHIRPath', 'item.where(', /no FHIRPath/],
    ['a look-up', "item.answer.value.memberOf('http://x.example')", /look something up/],
    ['a look-up of a resource', 'subject.resolve()', /look something up/],
    ['a name without a value', '%patient.name', /no value here/],
    ['a name of JavaScript', '%constructor', /no value here/],
  ])('%s is told before it is evaluated', (_, text, said) => {
    const found = evaluate(text)
    expect(found).toMatchObject({ ok: false, fault: 'expression' })
    expect(found.ok ? '' : found.text).toMatch(said)
  })

  test('all expressions of a request are paid from one tank', () => {
    const engine = createEngine(createFuel(100_000))
    const text = 'descendants().count()'
    const found = Array.from({ length: 200 }, () => evaluate(text, engine).ok)
    expect(found[0]).toBe(true)
    expect(found.at(-1)).toBe(false)
  })

  test('a fault says nothing of what was looked at', () => {
    expect(JSON.stringify(evaluate('item.answer.value + 1'))).not.toContain('urn:s')
  })
})

describe('ordinary expressions', () => {
  test.each([
    ["item.where(linkId = 'i3').answer.value.ofType(Coding).code", ['c3']],
    ['descendants().count() > 1000', [true]],
    ["item.first().linkId.matches('^i[0-9]$')", [true]],
    ["item.first().linkId.matchesFull('i')", [false]],
    ["'a-b'.replaceMatches('-', '+')", ['a+b']],
    ["item.first().linkId.trace('x')", ['i0']],
    ['1.5 * 2', [3]],
    ['%loinc | %sct', undefined],
  ])('%s', (text, values) => {
    const found = evaluate(text)
    expect(found.ok ? found.values : undefined).toEqual(values)
  })

  test.each([
    ['^[^@]+@[^@]+\\.[^@]+$', true],
    ['^\\d{5}(-\\d{4})?$', true],
    ['^(?:yes|no)$', true],
    ['(ab)+', false],
    ['(?=a)b', false],
    ['(a)\\1', false],
  ])('the pattern %s is taken: %s', (pattern, taken) => {
    expect(patternCost(pattern, 'text') !== undefined).toBe(taken)
  })
})
