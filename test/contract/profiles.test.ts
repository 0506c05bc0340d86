import type {
  Bundle,
  CapabilityStatement,
  FhirResource,
  OperationOutcome,
  StructureDefinition,
} from 'fhir/r4'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { elements } from '../../src/fhir/definitions/structures.ts'
import { profiles } from '../../src/validate/profiles.ts'
import { kinds } from './databases.ts'
import { expectStatus } from './outcome.ts'
import { openWorld, type World } from './world.ts'

const named = profiles.map((profile) => [profile.id ?? '', profile] as const)

describe.each(kinds)('the pages of the profiles on %s', (kind) => {
  let world: World

  beforeAll(async () => {
    world = await openWorld(kind)
  })
  afterAll(() => world.close())

  const page = async (path: string): Promise<string> => {
    const reply = expectStatus(await world.send(undefined, 'GET', path), 200)
    expect(reply.headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(reply.headers.get('content-security-policy')).toContain("default-src 'none'")
    return reply.text
  }

  it('are led to by the home page, and list every profile, without a login', async () => {
    expect(await page('/')).toContain('/profiles"')
    const list = await page('/profiles')
    for (const [id, { title = '' }] of named) expect(list).toContain(`<a href="/profiles/${id}">${title}</a>`)
  })

  it.each(named)('%s has a page with its elements, constraints, codes and examples', async (id, profile) => {
    const text = await page(`/profiles/${id}`)
    expect(text.match(/<h1>/g)).toHaveLength(1)
    expect(text).not.toMatch(/<script|<link|<img|\son\w+=|undefined|\[object /i)
    expect(text).toContain(profile.url)
    for (const { sliceName, constraint = [] } of profile.differential?.element ?? []) {
      if (sliceName !== undefined) expect(text).toContain(sliceName)
      for (const { key } of constraint) expect(text).toContain(`<code>${key}</code>`)
    }
    expect(text).toContain('conforms</span>')
    expect(text).toContain('refused</span>')
    const ids = [...text.matchAll(/\sid="([^"]+)"/g)].map(([, it]) => it)
    expect(new Set(ids).size).toBe(ids.length)
    const inner = [...text.matchAll(/href="#([^"]+)"/g)].map(([, it]) => it)
    expect(inner.filter((it) => !ids.includes(it))).toEqual([])
  })

  it('shows what R4 asks for by itself as well', async () => {
    const text = await page('/profiles/treatment-goal')
    const asked = Object.entries(elements('Goal')).filter(([, { min }]) => min === 1)
    for (const [name] of asked) expect(text).toContain(`<code>${name}</code>`)
  })

  it('lead from one profile to the extension in it, and to US Core', async () => {
    const text = await page('/profiles/safety-plan')
    expect(text).toContain('<a href="/profiles/review-date">')
    expect(text).toContain('us/core/STU6.1/StructureDefinition-us-core-careplan.html')
  })

  it.each(named)('%s is there as JSON', async (id, profile) => {
    const reply = expectStatus(await world.send(undefined, 'GET', `/profiles/${id}.json`), 200)
    expect(reply.headers.get('content-type')).toContain('application/fhir+json')
    expect(reply.as<StructureDefinition>()).toEqual(profile)
  })

  it('are there as one Bundle, with every code system and value set that they need', async () => {
    const bundle = expectStatus(await world.send(undefined, 'GET', '/profiles/all.json'), 200).as<
      Bundle<FhirResource>
    >()
    const urls = new Set(bundle.entry?.map(({ fullUrl }) => fullUrl))
    for (const [, { url }] of named) expect(urls).toContain(url)
    const bound = profiles.flatMap(({ differential }) =>
      (differential?.element ?? []).flatMap(({ binding }) => binding?.valueSet ?? []),
    )
    expect(bound.filter((url) => url.startsWith('https://sluice.example/') && !urls.has(url))).toEqual([])
    expect(urls.size).toBe(bundle.entry?.length)
  })

  it.each([
    'nothing',
    'nothing.json',
    'safety-plan.xml',
    'all',
    '..%2f',
    'toString',
    'safety-plan.json.json',
  ])('%s is not found, and is not said again', async (name) => {
    const reply = expectStatus(await world.send(undefined, 'GET', `/profiles/${name}`), 404)
    expect(reply.as<OperationOutcome>().resourceType).toBe('OperationOutcome')
    expect(reply.text).not.toContain(name)
  })

  it('take GET alone', async () => {
    expectStatus(await world.send(undefined, 'POST', '/profiles/safety-plan'), 405)
  })

  it('are those that the CapabilityStatement names', async () => {
    const { rest } = expectStatus(await world.get(undefined, 'metadata'), 200).as<CapabilityStatement>()
    const declared = (rest?.[0]?.resource ?? []).flatMap(({ type, supportedProfile = [] }) =>
      supportedProfile.map((url) => `${type} ${url}`),
    )
    const own = profiles.filter(({ kind }) => kind === 'resource').map(({ type, url }) => `${type} ${url}`)
    expect(declared.toSorted()).toEqual(own.toSorted())
  })
})
