import { describe, expect, test } from 'vitest'
import { UNMAPPED_POLICY } from '../../src/mapping/template/concepts.ts'
import { compileTemplate } from '../../src/mapping/template/compile.ts'
import { isObject } from '../../src/mapping/template/json.ts'
import { TemplateError } from '../../src/mapping/template/failure.ts'

const model = {
  Source: { name: { type: 'value', at: 'name' }, items: { type: 'Item', at: 'items' } },
  Item: { code: { type: 'value', at: 'code' }, size: { type: 'value', at: 'size' } },
}

const source = {
  name: 'box',
  items: [
    { code: 'a', size: 1 },
    { code: 'b', size: 2 },
  ],
}

function concepts(policy?: string) {
  return {
    letters: {
      resourceType: 'ConceptMap',
      ...(policy && { extension: [{ url: UNMAPPED_POLICY, valueCode: policy }] }),
      group: [
        { target: 'urn:letters', element: [{ code: 'a', target: [{ code: 'A', equivalence: 'equal' }] }] },
      ],
    },
  }
}

function give(template: unknown, policy = 'text-only', on: unknown = source) {
  return compileTemplate({ name: 'test/map', template }, { model, concepts: concepts(policy) })(on)
}

function value(template: unknown) {
  const result = give({ it: template })
  return !result.ok ? result.failure : isObject(result.value) ? result.value['it'] : undefined
}

describe('a template', () => {
  test.each([
    ['a constant', 'x', 'x'],
    ['a value', '{{ name }}', 'box'],
    ['a number', "{{ items.where(code = 'b').size }}", 2],
    ['text around values', '{{ name }}/{{ items.first().code }}', 'box/a'],
    ['an array', '{[ items.code ]}', ['a', 'b']],
    ['a condition', { "{% if name = 'box' %}": 'yes', '{% else %}': 'no' }, 'yes'],
    ['its other side', { '{% if name.empty() %}': 'yes', '{% else %}': 'no' }, 'no'],
    [
      'a loop',
      { '{% for i, item in items %}': { at: '{{ %i }}', code: '{{ %item.code }}' } },
      [
        { at: 0, code: 'a' },
        { at: 1, code: 'b' },
      ],
    ],
    ['a loop in an array', ['first', { '{% for item in items %}': '{{ %item.code }}' }], ['first', 'a', 'b']],
    [
      'assigned names',
      { '{% assign %}': [{ one: '{{ items.first() }}' }, { two: '{{ %one.code }}' }], x: '{{ %two }}' },
      { x: 'a' },
    ],
    ['a condition beside keys', { x: 1, '{% if name.exists() %}': { y: 2 } }, { x: 1, y: 2 }],
    ['a translation', "{{ items.first().code.translate('letters').code }}", 'A'],
    [
      'a translation as text only',
      { t: 'b', coding: "{[ items.last().code.translate('letters') ]}" },
      { t: 'b' },
    ],
  ])('gives %s', (_, template, expected) => {
    expect(value(template)).toEqual(expected)
  })

  test('what is empty is left out', () => {
    expect(give({ x: 1, gone: "{{ items.where(code = 'z').size }}", also: { deep: ['{{ {} }}'] } })).toEqual({
      ok: true,
      value: { x: 1 },
    })
  })

  test('a required value that is missing fails with file, target and source', () => {
    expect(give({ a: [{ b: "{{! items.where(code = 'z').size }}" }] })).toEqual({
      ok: false,
      failure: {
        kind: 'missing',
        file: 'test/map',
        target: 'a[0].b',
        expression: "items.where(code = 'z').size",
        source: ['items', 'size'],
        text: 'a required value is missing',
      },
    })
    expect(value("{[! items.where(code = 'z').size ]}")).toMatchObject({ kind: 'missing' })
    expect(value("x{{! items.where(code = 'z').size }}")).toMatchObject({ kind: 'missing' })
  })

  test('several values where one is asked for fail', () => {
    expect(value('{{ items.code }}')).toMatchObject({ kind: 'several', source: ['items', 'code'] })
  })

  test('an unmapped code follows the stated policy', () => {
    for (const policy of ['reject', 'hold']) {
      const result = give({ it: "{{ items.last().code.translate('letters').code }}" }, policy)
      expect(result).toMatchObject({ failure: { kind: 'unmapped', policy, source: ['items', 'code'] } })
    }
  })

  test('a key that is given twice, or a condition that is no condition, fails', () => {
    expect(value({ x: 1, '{% if name.exists() %}': { x: 2 } })).toMatchObject({ kind: 'type' })
    expect(value({ '{% if name %}': 1 })).toMatchObject({ kind: 'type' })
  })
})

describe('a defect is found at load', () => {
  test.each([
    ['a path that does not exist', '{{ nome }}', 'has no `nome`'],
    ['a path inside a filter', '{{ items.where(kode = 1).size }}', 'has no `kode`'],
    ["a path of a loop's item", { '{% for item in items %}': '{{ %item.kode }}' }, 'has no `kode`'],
    ['a field of a value', '{{ name.first().x }}', 'has no `x`'],
    ['a function that is not allowed', '{{ name.resolve() }}', '`resolve` is not allowed'],
    ['the clock', '{{ now() }}', '`now` is not allowed'],
    ['a variable out of scope', '{{ %other }}', '`%other` is not in scope'],
    ['an unknown concept map', "{{ name.translate('digits') }}", '`digits` is not known'],
    ['a directive that is none', { '{% while true %}': 1 }, 'is not a directive'],
    ['an else alone', { '{% else %}': 1 }, 'does not follow'],
    ['an expression that is none', '{{ name( }}', 'is not a FHIRPath expression'],
  ])('%s', (_, template, text) => {
    expect(() => give({ it: template })).toThrow(TemplateError)
    expect(() => give({ it: template })).toThrow(text)
  })

  test('a concept map without a policy', () => {
    expect(() =>
      compileTemplate({ name: 'test/map', template: {} }, { model, concepts: concepts() }),
    ).toThrow('concept map `letters` states no policy for unmapped codes')
  })
})
