import type { Bundle, Observation, Patient } from 'fhir/r4'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { longKinds } from './databases.ts'
import { expectOutcome, keysOf, linkOf, matches, searchset } from './outcome.ts'
import { concept, observation, patient, practitioner } from './records.ts'
import { base, openWorld, type World } from './world.ts'

const [a, b] = ['urn:a', 'urn:b']

const coded = (id: string, system: string | undefined, code: string, more: Partial<Observation> = {}) =>
  observation(id, 'ann', {
    category: [{ coding: [{ ...(system === undefined ? {} : { system }), code }] }],
    ...more,
  })

const named = (id: string, family: string, given: string, more: Partial<Patient> = {}) =>
  patient(id, { name: [{ family, given: [given] }], ...more })

describe.each(longKinds)('search of one type on %s', (kind) => {
  let world: World

  beforeAll(async () => {
    world = await openWorld(kind)
    await world.load('clinic', [
      practitioner('doc'),
      practitioner('dob'),
      named('ann', 'Núñez', 'José', { active: true, telecom: [{ system: 'phone', value: '555-1234' }] }),
      named('bea', 'NUNEZ-SMITH', 'Bea', { active: false, birthDate: '1980-02-29' }),
      named('cyd', "O'Brien", 'Cydney', { address: [{ city: 'Ålesund', line: ['1 50%_off Street'] }] }),
      named('dan', 'Brien', 'Dan'),
    ])
    await world.load('clinic', [
      coded('t1', a, 'x', { status: 'final', performer: [{ reference: 'Practitioner/doc' }] }),
      coded('t2', b, 'x', { status: 'amended', performer: [{ reference: 'Practitioner/dob' }] }),
      coded('t3', undefined, 'x', { performer: [{ reference: 'Patient/bea' }] }),
      coded('t4', a, 'y', {
        identifier: [{ system: a, value: 'one,two' }],
        performer: [{ reference: 'Organization/ann' }],
      }),
      coded('t5', a, 'y|z', { identifier: [{ value: 'bare' }], subject: { reference: 'Patient/bea' } }),
      coded('t6', a, 'q', { subject: { reference: 'https://other.example/fhir/Patient/ann' } }),
      coded('t7', a, 'q', { subject: { reference: `${base}/Patient/bea` } }),
    ])
  })
  afterAll(() => world.close())

  const find = async (query: string): Promise<string[]> =>
    matches(await world.get('clinic', query)).toSorted()

  test.each([
    ['category=x', ['t1', 't2', 't3']],
    ['category=urn:a|x', ['t1']],
    ['category=|x', ['t3']],
    ['category=urn:a|', ['t1', 't4', 't5', 't6', 't7']],
    ['category=urn:c|x', []],
    ['category=X', []],
    ['category=urn:a|x,urn:b|x', ['t1', 't2']],
    ['category=x&status=amended', ['t2']],
    ['category=x&category=urn:b|', ['t2']],
    ['status=http://hl7.org/fhir/observation-status|amended', ['t2']],
    [String.raw`identifier=urn:a|one\,two`, ['t4']],
    [String.raw`identifier=one\,two`, ['t4']],
    ['identifier=one,two', []],
    ['identifier=|bare', ['t5']],
    [String.raw`category=urn:a|y\|z`, ['t5']],
  ])('token: %s', async (query, ids) => {
    expect(await find(`Observation?${query}`)).toEqual(ids)
  })

  test.each([
    ['active=true', ['ann']],
    ['active=false', ['bea']],
    ['telecom=555-1234', ['ann']],
    ['gender=female', ['ann', 'bea', 'cyd', 'dan']],
    ['_id=ann,cyd', ['ann', 'cyd']],
    ['_id=ann&_id=cyd', []],
    ['_id=nobody', []],
  ])('token of a Patient: %s', async (query, ids) => {
    expect(await find(`Patient?${query}`)).toEqual(ids)
  })

  const ofAnn = ['t1', 't2', 't3', 't4']
  test.each([
    ['subject=Patient/ann', ofAnn],
    ['subject=ann', ofAnn],
    ['patient=ann', ofAnn],
    ['patient=Patient/ann', ofAnn],
    [`subject=${base}/Patient/ann`, ofAnn],
    ['subject:Patient=ann', ofAnn],
    ['subject=https://other.example/fhir/Patient/ann', ['t6']],
    ['subject=Patient/bea', ['t5', 't7']],
    ['subject=Patient/ann,Patient/bea', [...ofAnn, 't5', 't7']],
    ['subject=Group/ann', []],
    ['subject=Patient/nobody', []],
    ['performer=Practitioner/doc', ['t1']],
    ['performer=doc', ['t1']],
    ['performer=Practitioner/doc,Practitioner/dob', ['t1', 't2']],
    ['performer=Organization/ann', ['t4']],
    ['performer:Practitioner=doc', ['t1']],
    ['performer:Organization=doc', []],
  ])('reference: %s', async (query, ids) => {
    expect(await find(`Observation?${query}`)).toEqual(ids)
  })

  test('reference: a Patient who is cited beside the subject', async () => {
    expect(await find('Observation?performer=Patient/bea')).toEqual(['t3'])
    expect(await find('Observation?performer=bea')).toEqual(['t3'])
  })

  test.each([
    ['family=nunez', ['ann', 'bea']],
    ['family=Núñez', ['ann', 'bea']],
    ['family=NUN', ['ann', 'bea']],
    ['family=smith', []],
    ['family:contains=smith', ['bea']],
    ['family:contains=BRIEN', ['cyd', 'dan']],
    ['family=brien', ['dan']],
    ['given=jose', ['ann']],
    ['name=jose', ['ann']],
    ['name=bea', ['bea']],
    ['family=nunez,brien', ['ann', 'bea', 'dan']],
    ['family=nunez&given=bea', ['bea']],
    ['address-city=alesund', ['cyd']],
    ['address=1 50%25_off', ['cyd']],
    ['address=1 50%25xoff', []],
    ['address-city=%25', []],
    ['address-city=_lesund', []],
  ])('string: %s', async (query, ids) => {
    expect(await find(`Patient?${query}`)).toEqual(ids)
  })

  test.each([
    'Observation?nonsense=1',
    'Observation?family=x',
    'Observation?_has:Condition:x:y=1',
    'Observation?status.name=x',
    'Observation?subject.nonsense=x',
    'Observation?status:above=x',
    'Observation?subject:Medication=x',
    'Patient?family:below=x',
    'Observation?_id:exact=t1',
    'Observation?_count=many',
    'Observation?_count=-1',
    'Observation?_cursor=bm9uc2Vuc2U',
    'Observation?_sort=nonsense',
    'Observation?_include=Observation:nonsense',
    'Observation?_include=Patient:organization',
    'Observation?_include=Observation:status',
    'Observation?date=yesterday',
    'Observation?date=2026-13',
    'Observation?date=2026-02-30',
    'Observation?_lastUpdated=soon',
  ])('what is not served is refused by name: %s', async (query) => {
    expectOutcome(await world.get('clinic', query), 400)
  })

  test('lenient handling leaves out what is unknown, and the self link says so', async () => {
    const query = 'Observation?nonsense=1&category=urn:b|x'
    const found = await world.get('clinic', query, { prefer: 'handling=lenient' })
    expect(matches(found)).toEqual(['t2'])
    expect(linkOf(searchset(found), 'self')).toBe('/fhir/Observation?category=urn%3Ab%7Cx')
    expectOutcome(await world.get('clinic', query, { prefer: 'handling=strict' }), 400)
  })

  test('POST _search finds the same as GET, from the form and from the address', async () => {
    const form = { 'content-type': 'application/x-www-form-urlencoded' }
    const search = (path: string, body: string) => world.send('clinic', 'POST', path, { headers: form, body })
    const got = searchset(await world.get('clinic', 'Observation?category=x&status=final'))
    const posted = searchset(await search('Observation/_search', 'category=x&status=final'))
    const both = searchset(await search('Observation/_search?category=x', 'status=final'))
    expect(keysOf(got)).toEqual(['Observation/t1', 'Observation/t3'])
    expect(posted).toEqual(got)
    expect(both.entry).toEqual(got.entry)
    expectOutcome(await world.post('clinic', 'Observation/_search', { category: 'x' }), 415)
  })

  test('each entry has its fullUrl and the resource as read', async () => {
    const [entry] = searchset(await world.get('clinic', 'Observation?_id=t1')).entry ?? []
    expect(entry?.fullUrl).toBe(`${base}/Observation/t1`)
    expect(entry?.resource).toEqual((await world.get('clinic', 'Observation/t1')).as())
  })

  test('_count=0 tells the total alone', async () => {
    const bundle = searchset(await world.get('clinic', 'Observation?category=x&_count=0'))
    expect(bundle.total).toBe(3)
    expect(bundle.entry).toBeUndefined()
    expect(linkOf(bundle, 'next')).toBeUndefined()
  })

  test('_include brings what the page cites, once', async () => {
    const bundle = searchset(
      await world.get(
        'clinic',
        'Observation?category=x&_include=Observation:subject&_include=Observation:performer',
      ),
    )
    expect(bundle.total).toBe(3)
    const included = (bundle.entry ?? []).filter(({ search }) => search?.mode === 'include')
    expect(included.map(({ fullUrl = '' }) => fullUrl).toSorted()).toEqual([
      `${base}/Patient/ann`,
      `${base}/Patient/bea`,
      `${base}/Practitioner/dob`,
      `${base}/Practitioner/doc`,
    ])
    const narrowed = searchset(
      await world.get('clinic', 'Observation?category=x&_include=Observation:performer:Practitioner'),
    )
    expect(
      keysOf(narrowed)
        .filter((key) => !key.startsWith('Observation/'))
        .toSorted(),
    ).toEqual(['Practitioner/dob', 'Practitioner/doc'])
  })

  test('_lastUpdated', async () => {
    world.setClock('2026-07-01T08:00:00Z')
    await world.load('clinic', [observation('late', 'ann', { code: concept(a, 'late') })])
    const late = async (query: string) => (await find(`Observation?${query}`)).includes('late')
    expect(await late('_lastUpdated=2026-07-01')).toBe(true)
    expect(await late('_lastUpdated=gt2026-06-30')).toBe(true)
    expect(await late('_lastUpdated=ge2026-07-01T08:00:00Z')).toBe(true)
    expect(await late('_lastUpdated=gt2026-07-01')).toBe(false)
    expect(await late('_lastUpdated=lt2026-07-01T08:00:00Z')).toBe(false)
    expect(await late('_lastUpdated=2026-06')).toBe(false)
    expect(await find('Observation?_lastUpdated=ge2026-07&_lastUpdated=lt2026-08')).toEqual(['late'])
  })

  test('a search with nothing to find is an empty searchset with total 0', async () => {
    const bundle = searchset(await world.get('clinic', 'Observation?category=none')) satisfies Bundle
    expect(bundle.total).toBe(0)
    expect(bundle.entry).toBeUndefined()
  })
})
