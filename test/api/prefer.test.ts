import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readPrefer } from '../../src/api/prefer.ts'

const usual = { returned: 'representation', handling: 'strict' }

describe('Prefer', () => {
  test.each([
    [undefined, usual],
    ['', usual],
    [',', usual],
    ['return', usual],
    ['return=', usual],
    ['return=minimal', { ...usual, returned: 'minimal' }],
    ['return = minimal', { ...usual, returned: 'minimal' }],
    ['return="OperationOutcome"', { ...usual, returned: 'OperationOutcome' }],
    ['handling=lenient,return=minimal', { returned: 'minimal', handling: 'lenient' }],
    ['a="x, return=minimal", handling=lenient', { ...usual, handling: 'lenient' }],
    ['a=b; return=minimal', usual],
    ['handling=strict, handling=lenient', usual],
  ])('%s', (header, read) => {
    expect(readPrefer(header)).toEqual(read)
  })

  const other = fc
    .tuple(fc.stringMatching(/^[a-z][a-z-]{0,8}$/), fc.option(fc.stringMatching(/^[\w ,;=]{0,8}$/)))
    .map(([name, value]) => `x-${name}${value === null ? '' : `="${value}"`}`)

  test('others before, between and after change nothing, whatever they hold', () => {
    fc.assert(
      fc.property(fc.array(other), fc.array(other), fc.array(other), (before, between, after) => {
        const header = [...before, 'return=minimal', ...between, 'handling=lenient', ...after].join(', ')
        expect(readPrefer(header)).toEqual({ returned: 'minimal', handling: 'lenient' })
      }),
    )
  })

  test('any text is read', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 500 }), (header) => {
        expect(['minimal', 'representation', 'OperationOutcome']).toContain(readPrefer(header).returned)
      }),
    )
  })
})
