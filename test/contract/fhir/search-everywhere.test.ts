import type { FhirResource } from 'fhir/r4'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { kinds } from '../databases.ts'
import { expectOutcome, keysOf, linkOf, searchset } from '../outcome.ts'
import { concept, condition, observation, patient, practitioner } from '../records.ts'
import { openWorld, type World } from '../world.ts'
import { type Case, find, pageOf } from './asking.ts'

const profile = 'https://profiles.example/StructureDefinition/vital'

describe.each(kinds)('what holds for every type (FHIR R4 search 3.1.1.4.1) on %s', (kind) => {
  let world: World

  beforeAll(async () => {
    world = await openWorld(kind)
    const resources: readonly FhirResource[] = [
      patient('ann', { generalPractitioner: [{ reference: 'Practitioner/doc' }] }),
      patient('bea', { link: [{ other: { reference: 'RelatedPerson/mum' }, type: 'seealso' }] }),
      practitioner('doc'),
      { resourceType: 'RelatedPerson', id: 'mum', patient: { reference: 'Patient/ann' } },
      { resourceType: 'Device', id: 'cuff' },
      {
        resourceType: 'Encounter',
        id: 'visit',
        status: 'finished',
        class: { code: 'AMB' },
        subject: { reference: 'Patient/ann' },
        participant: [{ individual: { reference: 'Practitioner/doc' } }],
      },
      observation('o1', 'ann', {
        meta: {
          tag: [{ system: 'urn:t', code: 'draft', display: 'A draft' }],
          profile: [`${profile}|1.0`],
          source: 'https://lab.example/feed#7',
        },
        encounter: { reference: 'Encounter/visit' },
        performer: [{ reference: 'Practitioner/doc' }],
        device: { reference: 'Device/cuff' },
      }),
      observation('o2', 'ann', {
        meta: {
          tag: [{ system: 'urn:t', code: 'final' }],
          profile: [profile],
          source: 'https://lab.example/feed',
        },
        performer: [{ reference: 'RelatedPerson/mum' }],
      }),
      observation('o3', 'bea', { meta: { tag: [{ code: 'draft' }], profile: [`${profile}-signs`] } }),
      condition('c1', 'ann', {
        meta: { tag: [{ system: 'urn:t', code: 'draft' }] },
        encounter: { reference: 'Encounter/visit' },
        asserter: { reference: 'RelatedPerson/mum' },
      }),
      condition('c2', 'bea', {
        recorder: { reference: 'Practitioner/doc' },
        asserter: { reference: 'Practitioner/doc' },
      }),
      {
        resourceType: 'List',
        id: 'mine',
        status: 'current',
        mode: 'working',
        subject: { reference: 'Patient/ann' },
        entry: [
          { item: { reference: 'Observation/o1' } },
          { item: { reference: 'Condition/c1' } },
          { item: { reference: 'Observation/gone' } },
        ],
      },
      {
        resourceType: 'List',
        id: 'other',
        status: 'current',
        mode: 'working',
        entry: [{ item: { reference: 'Observation/o3' } }],
      },
      {
        resourceType: 'Location',
        id: 'here',
        name: 'Elm',
        position: { latitude: 44.94, longitude: -123.03 },
      },
      { resourceType: 'Location', id: 'near', name: 'Oak', position: { latitude: 45.0, longitude: -123.0 } },
      { resourceType: 'Location', id: 'far', name: 'Ash', position: { latitude: 45.52, longitude: -122.68 } },
      { resourceType: 'Location', id: 'nowhere', name: 'Pine' },
    ]
    world.setClock('2026-06-15T12:00:00.250Z')
    await world.load('clinic', resources)
    world.setClock('2026-07-01T08:00:00Z')
    await world.load('clinic', [observation('o4', 'bea', { code: concept('urn:c', 'late') })])
  })
  afterAll(() => world.close())

  const cases: readonly Case[] = [
    ['_tag=draft', ['o1', 'o3']],
    ['_tag=urn:t|draft', ['o1']],
    ['_tag=|draft', ['o3']],
    ['_tag=urn:t|', ['o1', 'o2']],
    ['_tag=urn:t|draft,urn:t|final', ['o1', 'o2']],
    ['_tag:not=draft', ['o2', 'o4']],
    ['_tag:missing=true', ['o4']],
    ['_tag:text=a dra', ['o1']],
    [`_profile=${profile}`, ['o1', 'o2']],
    [`_profile=${profile}|1.0`, ['o1']],
    [`_profile:below=${profile}`, ['o1', 'o2', 'o3']],
    ['_profile:missing=true', ['o4']],
    ['_source=https://lab.example/feed', ['o2']],
    ['_source=https://lab.example/feed#7', ['o1']],
    ['_source:below=https://lab.example/feed', ['o1', 'o2']],
    ['_source:missing=true', ['o3', 'o4']],
    ['_security:missing=true', []],
    ['_security=http://terminology.hl7.org/CodeSystem/v3-Confidentiality|R', []],
    ['_security=http://terminology.hl7.org/CodeSystem/v3-Confidentiality|N', ['o1', 'o2', 'o3', 'o4']],
    ['_id=o1,o3', ['o1', 'o3']],
    ['_id=o1&_tag=draft', ['o1']],
    ['_id=Observation/o1', []],
    ['_id:missing=true', []],
    ['_lastUpdated=2026-07-01', ['o4']],
    ['_lastUpdated=2026-07-01T08:00:00Z', ['o4']],
    ['_lastUpdated=2026-06-15T12:00:00.250Z', ['o1', 'o2', 'o3']],
    ['_lastUpdated=2026-06-15T12:00:00Z', ['o1', 'o2', 'o3']],
    ['_lastUpdated=2026-06-15T12:00:00.251Z', []],
    ['_lastUpdated=lt2026-07', ['o1', 'o2', 'o3']],
    ['_lastUpdated=ge2026-07', ['o4']],
    ['_lastUpdated=ne2026-07', ['o1', 'o2', 'o3']],
    ['_lastUpdated=sa2026-06', ['o4']],
    ['_lastUpdated=eb2026-07', ['o1', 'o2', 'o3']],
    ['_lastUpdated=gt2026-06-15T12:00:00.250Z', ['o4']],
    ['_lastUpdated=le2026-06-15T12:00:00.250Z', ['o1', 'o2', 'o3']],
    ['_lastUpdated:missing=false', ['o1', 'o2', 'o3', 'o4']],
    ['_list=mine', ['o1']],
    ['_list=List/mine', ['o1']],
    ['_list=mine,other', ['o1', 'o3']],
    ['_list=nobody', []],
    ['_list=mine&_tag=draft', ['o1']],
  ]

  test.each(cases)('Observation?%s', async (query, ids) => {
    expect(await find(world, `Observation?${query}`)).toEqual(ids)
  })

  const keys = async (query: string): Promise<string[]> => keysOf(await pageOf(world, query)).toSorted()

  test.each<Case>([
    ['?_type=Observation,Condition&_tag=draft', ['Condition/c1', 'Observation/o1', 'Observation/o3']],
    ['?_type=Observation&_type=Condition&_tag=urn:t|draft', ['Condition/c1', 'Observation/o1']],
    ['?_type=Condition', ['Condition/c1', 'Condition/c2']],
    ['?_tag=draft', ['Condition/c1', 'Observation/o1', 'Observation/o3']],
    ['?_id=o1,c1', ['Condition/c1', 'Observation/o1']],
    ['?_list=mine', ['Condition/c1', 'Observation/o1']],
    ['?_type=Observation,Condition&patient=bea', ['Condition/c2', 'Observation/o3', 'Observation/o4']],
    [
      '?_type=Observation,Condition&patient.family=family-bea',
      ['Condition/c2', 'Observation/o3', 'Observation/o4'],
    ],
    ['?_type=Observation,Condition&_lastUpdated=2026-07-01', ['Observation/o4']],
  ])('across types: %s', async (query, found) => {
    expect(await keys(query)).toEqual(found)
  })

  test('across types all pages together hold each once', async () => {
    const whole = await pageOf(world, '?_count=1000&_sort=_id')
    const seen: string[] = []
    for (let at: string | undefined = '?_count=4&_sort=_id'; at !== undefined;) {
      const bundle = searchset(await world.get('clinic', at))
      seen.push(...keysOf(bundle))
      at = linkOf(bundle, 'next')
    }
    expect(seen).toEqual(keysOf(whole))
    expect(new Set(seen).size).toBe(whole.total)
  })

  test.each<Case>([
    ['Patient/ann/Observation', ['Observation/o1', 'Observation/o2']],
    ['Patient/ann/Observation?_tag=draft', ['Observation/o1']],
    ['Patient/ann/Condition', ['Condition/c1']],
    ['Patient/bea/Condition?patient=ann', []],
    ['Patient/nobody/Observation', []],
    ['Patient/ann/*?_type=Condition,Observation', ['Condition/c1', 'Observation/o1', 'Observation/o2']],
    [
      'Patient/ann/*',
      [
        'Condition/c1',
        'Encounter/visit',
        'List/mine',
        'Observation/o1',
        'Observation/o2',
        'RelatedPerson/mum',
      ],
    ],
    ['Practitioner/doc/Observation', ['Observation/o1']],
    ['Practitioner/doc/Condition', ['Condition/c2']],
    ['Practitioner/doc/Patient', ['Patient/ann']],
    [
      'Practitioner/doc/*',
      ['Condition/c2', 'Encounter/visit', 'Observation/o1', 'Patient/ann', 'Practitioner/doc'],
    ],
    ['RelatedPerson/mum/Observation', ['Observation/o2']],
    ['RelatedPerson/mum/Patient', ['Patient/bea']],
    ['RelatedPerson/mum/*', ['Condition/c1', 'Observation/o2', 'Patient/bea', 'RelatedPerson/mum']],
    ['Device/cuff/Observation', ['Observation/o1']],
    ['Device/cuff/*', ['Observation/o1']],
    ['Encounter/visit/Observation', ['Observation/o1']],
    ['Encounter/visit/*', ['Condition/c1', 'Encounter/visit', 'Observation/o1']],
  ])('compartment (FHIR R4 compartmentdefinition): %s', async (address, found) => {
    const bundle = await pageOf(world, address.includes('?') ? address : `${address}?_count=100`)
    expect(keysOf(bundle).toSorted()).toEqual(found)
    expect(bundle.total).toBe(found.length)
  })

  test('a compartment is searched by POST as well', async () => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    const posted = await world.send('clinic', 'POST', 'Patient/ann/Observation/_search', {
      headers,
      body: '_tag=draft',
    })
    expect(keysOf(searchset(posted))).toEqual(['Observation/o1'])
  })

  test.each<Case>([
    ['44.94|-123.03|1|km', ['here']],
    ['44.94|-123.03|10|km', ['here', 'near']],
    ['44.94|-123.03', ['here', 'near']],
    ['44.94|-123.03|100', ['far', 'here', 'near']],
    ['44.94|-123.03|5|[mi_i]', ['here', 'near']],
    ['44.94|-123.03|500|m', ['here']],
    ['45.52|-122.68|1|km,44.94|-123.03|1|km', ['far', 'here']],
  ])('special: Location?near=%s', async (value, ids) => {
    expect(await find(world, `Location?near=${value}`)).toEqual(ids)
  })

  test('near:missing', async () => {
    expect(await find(world, 'Location?near:missing=true&name:missing=false')).toContain('nowhere')
    expect(await find(world, 'Location?near:missing=false')).toEqual(['far', 'here', 'near'])
  })

  test.each([
    ['?_type=Nothing', 400],
    ['?_type=Observation,Location&patient=ann', 400],
    ['?nonsense=1', 400],
    ['?family=x', 400],
    ['Patient/ann/Location', 404],
    ['Patient/ann/Nothing', 404],
    ['Location/here/Observation', 404],
    ['Location?near=here', 400],
    ['Location?near=100|0', 400],
    ['Location?near=44.94|-123.03|1|furlong', 400],
    ['Observation?_list=$current-allergies', 400],
    ['Observation?_tag:exact=draft', 400],
  ])('what is not served is refused: %s', async (query, status) => {
    expectOutcome(await world.get('clinic', query), status)
  })
})
