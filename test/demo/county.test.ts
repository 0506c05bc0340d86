import type { Consent, Resource } from 'fhir/r4'
import { describe, expect, it } from 'vitest'
import { county, stories } from '../../src/demo/county.ts'
import { questionnaireOf } from '../../src/questionnaire/library.ts'

const now = new Date('2026-06-15T12:00:00Z')
const world = county(now)
const resources = world.records.flatMap((it) => it.resources)
const key = (it: Resource): string => `${it.resourceType}/${it.id}`
const isConsent = (it: Resource): it is Consent => it.resourceType === 'Consent'
const consents = resources.filter(isConsent)

/** Every value of this property, however deep. */
const deep = (value: unknown, name: string): unknown[] => {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([k, v]) => [...(k === name ? [v] : []), ...deep(v, name)])
}

describe('the demo county', () => {
  it('has twelve stories, each of a patient that is there', () => {
    expect(stories).toHaveLength(12)
    const keys = new Set(resources.map(key))
    expect(stories.filter((it) => !keys.has(it.patient))).toEqual([])
    expect(new Set(stories.map((it) => it.name)).size).toBe(12)
  })

  it('holds twelve persons: the same name and birth date wherever they are known', () => {
    const persons = resources
      .filter((it) => it.resourceType === 'Patient')
      .map((it) => JSON.stringify([deep(it, 'family'), deep(it, 'birthDate')]))
    expect(new Set(persons).size).toBe(12)
  })

  it('is the same whenever it is seeded, and shares no object between seedings', () => {
    const other = county(new Date('2029-01-01T00:00:00Z'))
    expect(other.records).toEqual(world.records)
    expect(other.records[0]?.resources[0]).not.toBe(world.records[0]?.resources[0])
  })

  it('has one of each id', () => {
    expect(resources.every((it) => /^[A-Za-z0-9.-]{1,64}$/.test(it.id ?? ''))).toBe(true)
    expect(new Set(resources.map(key)).size).toBe(resources.length)
  })

  it('resolves every reference and every questionnaire', () => {
    const known = new Set([...resources.map(key), ...world.partners.map((it) => `Organization/${it.id}`)])
    const dangling = deep(resources, 'reference').filter((it) => typeof it === 'string' && !known.has(it))
    expect(dangling).toEqual([])
    expect(deep(resources, 'questionnaire').every((it) => questionnaireOf(String(it)) !== undefined)).toBe(
      true,
    )
    const named = [
      ...world.records.map((it) => it.custodian),
      ...world.clients.map((it) => it.organization),
      ...world.crosswalk.flatMap((it) => [it.organization, it.patient]),
      ...world.partners.flatMap((it) => [it.partOf, it.principal].filter((ref) => ref !== undefined)),
    ]
    expect(named.filter((it) => !known.has(it))).toEqual([])
  })

  it('has the clients of the contract, one purpose each beside emergencies', () => {
    expect(world.clients.map((it) => it.id).toSorted()).toEqual([
      'county-health',
      'harbor-psychiatry',
      'lakeside-schools',
      'mercy-general',
      'moodtrack',
      'riverbend',
      'riverbend-recovery',
    ])
    expect(world.clients.every((it) => it.purposes.filter((code) => code !== 'BTG').length === 1)).toBe(true)
  })

  it('gives a school identifier to one student only', () => {
    const ids = world.crosswalk
      .filter((it) => it.organization === 'Organization/lakeside-schools')
      .map((it) => it.identifier?.value)
    expect(ids).toEqual(['S-1001', 'S-1002', 'S-1003'])
  })
})

const has = (it: Consent, name: string): boolean =>
  it.extension?.some((ext) => ext.url === `https://sluice.example/fhir/StructureDefinition/${name}`) ?? false

/** What of 42 CFR 2.31(a) a Consent lacks. */
const lacking = (it: Consent): string[] => {
  const children = it.provision?.provision ?? []
  const permits = children.filter((child) => child.type === 'permit')
  const role = (code: string) =>
    deep(it.provision, 'role').some((given) => deep(given, 'code').includes(code))
  const elements: Record<string, boolean> = {
    patient: it.patient?.display !== undefined,
    discloser: role('CST') && it.organization !== undefined,
    description: has(it, 'consent-description') && permits.every((child) => Object.keys(child).length > 2),
    recipient: role('IRCP') || has(it, 'recipient-class'),
    purpose: permits.every((child) => (child.purpose ?? []).length > 0),
    revocation: has(it, 'revocation-statement'),
    expiry: it.provision?.period?.end !== undefined || has(it, 'expiry-event'),
    signature: deep(it.extension, 'valueSignature').some((given) => deep(given, 'type').flat().length === 2),
    date: it.dateTime !== undefined,
  }
  return Object.entries(elements).flatMap(([name, present]) => (present ? [] : [name]))
}

describe('its Consents', () => {
  it.each(consents.map((it) => [it.id, it] as const))('%s has what 42 CFR 2.31(a) asks for', (id, it) => {
    expect(lacking(it)).toEqual(id === 'grace-consent' ? ['revocation'] : [])
    expect(it.provision?.type).toBe('deny')
    expect(it.policy?.every((policy) => policy.uri?.startsWith('https://www.ecfr.gov/current/title-'))).toBe(
      true,
    )
  })

  it('carry the TPO statements where the purposes are all of treatment, payment and operations', () => {
    const tpo = consents.filter((it) => deep(it.provision, 'code').includes('HPAYMT'))
    expect(tpo.map((it) => [it.id, has(it, 'tpo-statements')])).toEqual([['daniel-consent', true]])
  })

  it('end in 2030, but for the expired one, the one without an end and the revoked one', () => {
    expect(consents.filter((it) => it.status !== 'active').map((it) => it.id)).toEqual(['marcus-consent'])
    const ended = consents.filter((it) => new Date(it.provision?.period?.end ?? '2030-01-01') < now)
    expect(ended.map((it) => it.id)).toEqual(['ruth-consent'])
    expect(consents.filter((it) => it.provision?.period?.end === undefined).map((it) => it.id)).toEqual([
      'daniel-consent',
    ])
  })

  it('are held by the organization that they bind', () => {
    const strays = world.records.flatMap(({ custodian, resources: held }) =>
      held.filter(isConsent).filter((it) => !it.organization?.some((ref) => ref.reference === custodian)),
    )
    expect(strays).toEqual([])
  })
})
