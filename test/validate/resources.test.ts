import { describe, expect, it } from 'vitest'
import { expansions, profiles } from '../../src/validate/profiles.ts'
import { createValidator } from '../../src/validate/validate.ts'
import invalid from './cases/invalid.json' with { type: 'json' }
import valid from './cases/valid.json' with { type: 'json' }

const validator = createValidator(profiles, expansions)

/** Faults alone: what should be better is told beside them. */
const validate = (resource: unknown) =>
  validator.validate(resource).filter(({ severity }) => severity === 'error')

describe('a resource with one fault', () => {
  it.each(invalid)('$note', ({ resource, expect: expected }) => {
    const found = validate(resource).map(({ code, expression, key }) => ({
      code,
      expression,
      ...('key' in expected ? { key } : {}),
    }))
    expect(found).toEqual([expected])
  })
})

describe('a resource without faults', () => {
  it.each(valid)('$note', ({ resource }) => {
    expect(validate(resource)).toEqual([])
  })
})

describe('an issue', () => {
  const secret = 'Zebulon-4711'
  const resource = {
    resourceType: 'Patient',
    id: `${secret} `,
    gender: secret,
    birthDate: secret,
    [`${secret} x`]: secret,
    name: [{ family: [secret], given: secret }],
    managingOrganization: { reference: `${secret}/${secret}` },
    meta: { profile: [`https://sluice.example/fhir/StructureDefinition/${secret}`] },
    text: { status: secret, div: secret },
  }

  it('never repeats a value', () => {
    const issues = validate(resource)
    expect(issues.length).toBeGreaterThanOrEqual(9)
    expect(JSON.stringify(issues)).not.toContain(secret)
  })

  it('is given once for what both R4 and a profile ask for', () => {
    const issues = validate({
      resourceType: 'Condition',
      meta: { profile: [profiles[0]?.url] },
      category: [{ text: 'x' }],
      code: { text: 'x' },
    })
    expect(issues.map(({ expression }) => expression)).toEqual(['Condition.subject'])
  })
})
