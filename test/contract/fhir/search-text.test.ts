import type { FhirResource, ServiceRequest, ValueSet } from 'fhir/r4'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { kinds } from '../databases.ts'
import { expectOutcome } from '../outcome.ts'
import { patient, serviceRequest } from '../records.ts'
import { openWorld, type World } from '../world.ts'
import { type Case, find } from './asking.ts'

const valueSet = (id: string, url: string, more: Partial<ValueSet> = {}): ValueSet => ({
  resourceType: 'ValueSet',
  id,
  url,
  status: 'active',
  ...more,
})

const following = (id: string, ...instantiatesUri: string[]): ServiceRequest =>
  serviceRequest(id, 'ann', { instantiatesUri })

describe.each(kinds)('search by string and by uri on %s', (kind) => {
  let world: World

  beforeAll(async () => {
    world = await openWorld(kind)
    const { name: _name, ...unnamed } = patient('anon')
    const resources: readonly FhirResource[] = [
      patient('ann', {
        name: [
          { use: 'official', family: 'Müller-Lüdenscheidt', given: ['Ånn', 'Marie'], prefix: ['Dr.'] },
          { use: 'maiden', family: "d'Årc", text: 'Ann of Arc, née d’Årc' },
        ],
        address: [
          { line: ['12 Elm St', 'Apt 4'], city: 'Salem', state: 'OR', postalCode: '97301', country: 'US' },
        ],
      }),
      patient('bea', {
        name: [{ family: 'MULLER', given: ['Beatrice'] }],
        address: [{ text: 'General Delivery, Bend', city: 'Bend', postalCode: '97701', use: 'home' }],
      }),
      patient('cyd', { name: [{ family: 'Smith,Jones', given: ['Cyd$'] }] }),
      patient('dot', { name: [{ family: String.raw`50%_\x`, given: ['D'] }] }),
      unnamed,
      following('elm', 'http://acme.org/fhir/protocol/elm'),
      following('elms', 'http://acme.org/fhir/protocol/elm/2'),
      following('elsewhere', 'http://acme.org/other', 'urn:oid:1.2.3.4'),
      following('deep', 'urn:oid:1.2.3.4.5'),
      serviceRequest('none', 'ann'),
      valueSet('v1', 'http://acme.org/fhir/ValueSet/a', { version: '1', name: 'A' }),
      valueSet('v2', 'http://acme.org/fhir/ValueSet/a2', { version: '2', title: 'All of A' }),
    ]
    await world.load('clinic', resources)
  })
  afterAll(() => world.close())

  const strings: readonly Case[] = [
    ['family=muller', ['ann', 'bea']],
    ['family=Müller', ['ann', 'bea']],
    ['family=mull', ['ann', 'bea']],
    ['family=uller', []],
    ['family=ludenscheidt', []],
    ['family:contains=ludenscheidt', ['ann']],
    ['family:contains=ULL', ['ann', 'bea']],
    ['family:exact=MULLER', ['bea']],
    ['family:exact=Muller', []],
    ['family:exact=Müller-Lüdenscheidt', ['ann']],
    ['family:exact=Müller', []],
    ['family:exact=Muller-Ludenscheidt', []],
    ["family=d'arc", ['ann']],
    ['given=ann', ['ann']],
    ['given=marie', ['ann']],
    ['given:exact=Marie', ['ann']],
    ['name=dr', ['ann']],
    ['name=ann of arc', ['ann']],
    ['name=beatrice', ['bea']],
    ['name:contains=ne', ['ann', 'cyd']],
    [String.raw`family=smith\,jones`, ['cyd']],
    ['family=smith,muller', ['ann', 'bea', 'cyd']],
    [String.raw`given=cyd\$`, ['cyd']],
    ['given=cyd$', ['cyd']],
    ['family=50%', ['dot']],
    ['family=50%_', ['dot']],
    ['family=5_', []],
    ['family:contains=%', ['dot']],
    ['family:contains=_', ['dot']],
    [String.raw`family:exact=50%_\\x`, ['dot']],
    ['family=muller&given=ann', ['ann']],
    ['family=muller&family=d', ['ann']],
    ['family=muller&given=beatrice&address-city=salem', []],
    ['family:missing=true', ['anon']],
    ['name:missing=false', ['ann', 'bea', 'cyd', 'dot']],
    ['address=12 elm', ['ann']],
    ['address=apt', ['ann']],
    ['address=97', ['ann', 'bea']],
    ['address-city=BEND', ['bea']],
    ['address-postalcode=97701', ['bea']],
    ['address-state=or', ['ann']],
    ['address-country=us', ['ann']],
    ['address-use=home', ['bea']],
    ['address:missing=true', ['anon', 'cyd', 'dot']],
    ['phonetic:missing=true', ['anon']],
  ]

  test.each(strings)('string: Patient?%s', async (query, ids) => {
    expect(await find(world, `Patient?${query}`)).toEqual(ids)
  })

  const uris: readonly Case[] = [
    ['instantiates-uri=http://acme.org/fhir/protocol/elm', ['elm']],
    ['instantiates-uri=http://acme.org/fhir/protocol', []],
    ['instantiates-uri=http://acme.org/fhir/protocol/ELM', []],
    ['instantiates-uri=http://acme.org/fhir/protocol/elm,urn:oid:1.2.3.4', ['elm', 'elsewhere']],
    ['instantiates-uri:below=http://acme.org/fhir/', ['elm', 'elms']],
    ['instantiates-uri:below=http://acme.org/fhir/protocol/elm', ['elm', 'elms']],
    ['instantiates-uri:below=http://acme.org', ['elm', 'elms', 'elsewhere']],
    ['instantiates-uri:below=urn:oid:1.2.3', ['deep', 'elsewhere']],
    ['instantiates-uri:above=http://acme.org/fhir/protocol/elm/2', ['elm', 'elms']],
    ['instantiates-uri:above=http://acme.org/fhir/protocol/elm/2/x', ['elm', 'elms']],
    ['instantiates-uri:above=http://acme.org/fhir', []],
    ['instantiates-uri=urn:oid:1.2.3.4&instantiates-uri=http://acme.org/other', ['elsewhere']],
    ['instantiates-uri:missing=true', ['none']],
  ]

  test.each(uris)('uri (FHIR R4 search 3.1.1.4.15): ServiceRequest?%s', async (query, ids) => {
    expect(await find(world, `ServiceRequest?${query}`)).toEqual(ids)
  })

  test.each<Case>([
    ['url=http://acme.org/fhir/ValueSet/a', ['v1']],
    ['url:below=http://acme.org/fhir/ValueSet/a', ['v1', 'v2']],
    ['url=http://acme.org/fhir/ValueSet/a&version=1', ['v1']],
    ['url=http://acme.org/fhir/ValueSet/a&version=2', []],
    ['title=all', ['v2']],
    ['name:exact=A', ['v1']],
  ])('what is defined: ValueSet?%s', async (query, ids) => {
    expect(await find(world, `ValueSet?${query}`)).toEqual(ids)
  })

  test.each([
    'family:below=x',
    'family:not=x',
    'family:text=x',
    'family:missing=maybe',
    'address-use:exact=home',
  ])('a modifier that the kind does not have is refused: Patient?%s', async (query) => {
    expectOutcome(await world.get('clinic', `Patient?${query}`), 400)
  })
})
