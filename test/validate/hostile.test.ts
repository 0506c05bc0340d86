import { describe, expect, it } from 'vitest'
import { expansions, profiles } from '../../src/validate/profiles.ts'
import { createValidator } from '../../src/validate/validate.ts'

const validator = createValidator(profiles, expansions)

/** Faults alone: what should be better is told beside them. */
const validate = (resource: unknown) =>
  validator.validate(resource).filter(({ severity }) => severity === 'error')

function nested(levels: number): object {
  let item: object = { linkId: 'last', type: 'string' }
  for (let level = 0; level < levels; level++) item = { linkId: `l${level}`, type: 'group', item: [item] }
  return { resourceType: 'Questionnaire', status: 'draft', item: [item] }
}

describe('hostile input', () => {
  it('is refused when nested too deep, without overflow', () => {
    expect(validate(nested(30))).toEqual([])
    expect(validate(nested(20_000)).map(({ code }) => code)).toEqual(['too-long'])
  })

  it('gets no more than a hundred issues', () => {
    const name = Array.from({ length: 100_000 }, () => ({ family: '' }))
    expect(validate({ resourceType: 'Patient', name })).toHaveLength(100)
  })

  it.each([
    null,
    undefined,
    [],
    'x',
    1,
    true,
    {},
    { resourceType: '__proto__' },
    { resourceType: ['Patient'] },
  ])('is refused when it is no resource: %j', (value) => {
    expect(validate(value)[0]?.code).toBe('structure')
  })

  it('has no elements through its prototype', () => {
    const resource: unknown = JSON.parse(
      '{"resourceType":"Patient","__proto__":{"a":1},"constructor":{"b":2}}',
    )
    expect(validate(resource)).toHaveLength(2)
  })

  it.each([
    ['<div>' + '<'.repeat(500_000)],
    ['<div ' + 'a="'.repeat(200_000)],
    ['<div ' + ' '.repeat(500_000)],
    [`<div style="${'url('.repeat(100_000)}"></div>`],
  ])('takes no long time over a narrative', (div) => {
    const start = performance.now()
    expect(validate({ resourceType: 'Patient', text: { status: 'generated', div } })).toHaveLength(1)
    expect(performance.now() - start).toBeLessThan(500)
  })

  it('may contain and cite ten thousand resources', () => {
    const ids = Array.from({ length: 10_000 }, (_, place) => `p${place}`)
    const resource = {
      resourceType: 'Observation',
      status: 'final',
      code: { text: 'mood' },
      contained: ids.map((id) => ({ resourceType: 'Patient', id })),
      focus: ids.map((id) => ({ reference: `#${id}` })),
    }
    expect(validate(resource)).toEqual([])
  })
})
