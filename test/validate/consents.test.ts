import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import index from '../../profiles/examples/consent/index.json' with { type: 'json' }
import { expansions, profiles } from '../../src/validate/profiles.ts'
import { createValidator } from '../../src/validate/validate.ts'

const validator = createValidator(profiles, expansions)

/** Faults alone: what should be better is told beside them. */
const validate = (resource: unknown) =>
  validator.validate(resource).filter(({ severity }) => severity === 'error')
const folder = new URL('../../profiles/examples/consent/', import.meta.url)
const example = (file: string): unknown => JSON.parse(readFileSync(new URL(file, folder), 'utf8'))

const valid = index.filter(({ missing }) => missing === null)
const deficient = index.filter(({ missing }) => missing !== null)

describe('42 CFR 2.31: the consent examples', () => {
  it('are ten and ten, each deficient one by an element of its own', () => {
    expect(valid).toHaveLength(10)
    expect(new Set(deficient.map(({ missing }) => missing)).size).toBe(10)
  })

  it.each(valid)('$file has every element', ({ file }) => {
    expect(validate(example(file))).toEqual([])
  })

  it.each(deficient)('$file lacks $missing', ({ file, citation = '' }) => {
    const issues = validate(example(file))
    expect(issues).toHaveLength(1)
    expect(issues[0]?.text).toContain(citation)
    expect(issues[0]?.severity).toBe('error')
  })
})

describe('the signature of a consent (42 CFR 2.31(a)(8))', () => {
  const url = 'https://sluice.example/fhir/StructureDefinition/consent-signature'
  const purpose = { system: 'urn:iso-astm:E1762-95:2013', code: '1.2.840.10065.1.12.1.7' }
  const capacity = { system: 'https://sluice.example/fhir/CodeSystem/signer-capacity', code: 'patient' }
  const signed = (signature: object) => ({
    resourceType: 'Basic',
    code: { text: 'x' },
    extension: [
      { url, valueSignature: { when: '2026-01-01T00:00:00Z', who: { display: 'x' }, ...signature } },
    ],
  })

  it('has a purpose and a capacity', () => {
    expect(validate(signed({ type: [purpose, capacity] }))).toEqual([])
  })

  it.each([
    ['no capacity', [purpose, purpose]],
    ['an unknown capacity', [purpose, { ...capacity, code: 'friend' }]],
    ['a capacity of another system', [purpose, { ...capacity, system: 'http://x.example' }]],
    ['only a capacity', [capacity]],
  ])('is refused with %s', (_, type) => {
    const expressions = validate(signed({ type })).map(({ expression }) => expression)
    expect(expressions[0]).toMatch(/^Basic\.extension\[0\]\.value\.type/)
  })
})

describe('the profiles', () => {
  it.each(profiles.map((profile) => [profile.id, profile] as const))('%s is itself valid', (_, profile) => {
    expect(validate(profile)).toEqual([])
  })
})
