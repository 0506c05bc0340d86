import type { CodeSystem, ValueSet } from 'fhir/r4'
import { describe, expect, it } from 'vitest'
import { createTerminology } from '../../src/terminology/terminology.ts'
import { codeSystems, ownValueSets } from '../../src/validate/profiles.ts'

const url = 'http://a.example'
const drugs: CodeSystem = {
  resourceType: 'CodeSystem',
  url,
  status: 'active',
  content: 'complete',
  concept: [
    { code: 'opioid', display: 'Opioid', concept: [{ code: 'buprenorphine' }, { code: 'methadone' }] },
    { code: 'both', property: [{ code: 'subsumedBy', valueCode: 'buprenorphine' }] },
    { code: 'loop', property: [{ code: 'parent', valueCode: 'loop' }] },
  ],
}
const set = (name: string, compose: ValueSet['compose']): ValueSet => ({
  resourceType: 'ValueSet',
  url: `${url}/${name}`,
  status: 'active',
  ...(compose !== undefined && { compose }),
})
const isAnOpioid = { property: 'concept', op: 'is-a', value: 'opioid' } as const
const terminology = createTerminology(
  [drugs, ...codeSystems],
  [
    ...ownValueSets,
    set('all', { include: [{ system: url }] }),
    set('opioids', {
      include: [{ system: url, filter: [isAnOpioid] }],
      exclude: [{ system: url, concept: [{ code: 'methadone' }] }],
    }),
    set('imported', { include: [{ valueSet: [`${url}/opioids`, `${url}/listed`] }] }),
    set('listed', {
      include: [{ system: url, concept: [{ code: 'both' }, { code: 'loop', display: 'Round' }] }],
    }),
    set('circle', { include: [{ valueSet: [`${url}/circle`] }] }),
    set('elsewhere', { include: [{ system: 'http://b.example' }] }),
    set('by-regex', { include: [{ system: url, filter: [{ property: 'code', op: 'regex', value: '.*' }] }] }),
  ],
)
const codes = (name: string) => terminology.expand(`${url}/${name}`)?.map(({ code }) => code)

describe('an expansion', () => {
  it.each([
    ['all', ['opioid', 'both', 'loop', 'buprenorphine', 'methadone']],
    ['opioids', ['opioid', 'both', 'buprenorphine']],
    ['imported', ['both']],
    ['listed', ['both', 'loop']],
    ['circle', undefined],
    ['elsewhere', undefined],
    ['by-regex', undefined],
    ['nothing', undefined],
  ])('of %s', (name, expected) => {
    expect(codes(name)).toEqual(expected)
  })

  it('has the displays of the value set, then of the code system', () => {
    expect(terminology.expand(`${url}/listed`)?.[1]).toEqual({ system: url, code: 'loop', display: 'Round' })
    expect(terminology.expand('https://sluice.example/fhir/ValueSet/sensitivity|0.1.0')).toHaveLength(2)
  })

  it('is known for required bindings of R4', () => {
    expect(terminology.contains('http://hl7.org/fhir/ValueSet/administrative-gender', 'female')).toBe(true)
    expect(terminology.contains('http://hl7.org/fhir/ValueSet/administrative-gender', 'f')).toBe(false)
    expect(terminology.contains('http://hl7.org/fhir/ValueSet/mimetypes', 'text/plain')).toBeUndefined()
  })
})

describe('subsumption', () => {
  it.each([
    ['opioid', 'methadone', true],
    ['opioid', 'both', true],
    ['methadone', 'opioid', false],
    ['loop', 'loop', true],
    ['opioid', 'loop', false],
  ])('%s over %s: %s', (ancestor, code, expected) => {
    expect(terminology.subsumes(url, ancestor, code)).toBe(expected)
  })

  it('is unknown in a system that is not loaded', () => {
    expect(terminology.subsumes('http://b.example', 'a', 'b')).toBeUndefined()
    expect(terminology.subsumes('http://b.example', 'a', 'a')).toBe(true)
    expect(terminology.display(url, 'opioid')).toBe('Opioid')
  })
})
