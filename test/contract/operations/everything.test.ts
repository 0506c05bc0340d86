import type { Bundle, Encounter, FhirResource, PractitionerRole } from 'fhir/r4'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { longKinds } from '../databases.ts'
import { expectOutcome, expectStatus, keysOf, linkOf, searchset } from '../outcome.ts'
import { condition, labelled, observation, patient, practitioner } from '../records.ts'
import { base, type Who, type World } from '../world.ts'
import { openTwins, plain, type Twins } from './twins.ts'

const ambulatory = { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'AMB' }

const encounter = (id: string, subject: string, more: Partial<Encounter> = {}): Encounter => ({
  resourceType: 'Encounter',
  id,
  status: 'finished',
  class: ambulatory,
  subject: { reference: `Patient/${subject}` },
  period: { start: '2026-02-01T09:00:00Z', end: '2026-02-01T10:00:00Z' },
  ...more,
})

const role: PractitionerRole = {
  resourceType: 'PractitionerRole',
  id: 'role',
  practitioner: { reference: 'Practitioner/chief' },
}

const shown: readonly FhirResource[] = [
  practitioner('doc'),
  practitioner('chief'),
  practitioner('idle'),
  role,
  patient('ann', { generalPractitioner: [{ reference: 'PractitionerRole/role' }] }),
  patient('bea', { link: [{ other: { reference: 'Patient/ann' }, type: 'seealso' }] }),
  encounter('visit', 'ann'),
  observation('o1', 'ann', {
    encounter: { reference: 'Encounter/visit' },
    performer: [{ reference: 'Practitioner/doc' }],
    effectiveDateTime: '2026-01-10',
  }),
  observation('o2', 'ann', { effectiveDateTime: '2026-02-10' }),
  observation('o3', 'ann', { focus: [{ reference: 'Observation/b1' }], effectiveDateTime: '2026-03-10' }),
  condition('c1', 'ann'),
  observation('b1', 'bea'),
]

/** Hidden from the hospital, the only ones that cite the practitioner `idle`, and one that is cited by what is shown. */
const hidden: readonly FhirResource[] = [
  observation('h1', 'ann', { ...labelled(['HIV']), performer: [{ reference: 'Practitioner/idle' }] }),
  observation('h2', 'ann', { ...labelled(['HIV']), effectiveDateTime: '2026-06-01' }),
  condition('h3', 'ann', labelled(['HIV'])),
]

describe.each(longKinds)('everything on %s', (kind) => {
  let twins: Twins
  let world: World

  beforeAll(async () => {
    twins = await openTwins(kind, shown, hidden, (one) => one.know('hospital', 'Patient/ann'))
    world = twins.whole
  })
  afterAll(() => twins.close())

  const all = async (who: Who, first: string): Promise<Bundle[]> => {
    const pages: Bundle[] = []
    for (let at: string | undefined = first; at !== undefined; at = linkOf(pages.at(-1) ?? never, 'next')) {
      if (pages.length > 50) throw new Error('the pages do not end')
      pages.push(searchset(await world.get(who, at)))
    }
    return pages
  }
  const never = { resourceType: 'Bundle', type: 'searchset' } satisfies Bundle

  const own = [
    'Patient/ann',
    'Condition/c1',
    'Encounter/visit',
    'Observation/o1',
    'Observation/o2',
    'Observation/o3',
  ]
  const cited = ['Practitioner/chief', 'Practitioner/doc', 'PractitionerRole/role']

  test('the patient, what is in the compartment, and what that cites, to any depth', async () => {
    const bundle = searchset(await world.get('hospital', 'Patient/ann/$everything'))
    expect(keysOf(bundle)).toEqual([...own, ...cited])
    expect(bundle.entry?.map(({ search }) => search?.mode)).toEqual([
      ...own.map(() => 'match'),
      ...cited.map(() => 'include'),
    ])
    expect(bundle.total).toBe(own.length)
    expect(bundle.meta?.security?.map(({ code }) => code)).toEqual(['N'])
    expect(linkOf(bundle, 'self')).toBe('/fhir/Patient/ann/$everything')
    for (const { resource, fullUrl } of bundle.entry ?? []) {
      const address = `${resource?.resourceType}/${resource?.id}`
      expect(fullUrl).toBe(`${base}/${address}`)
      expect((await world.get('hospital', address)).as()).toEqual(resource)
    }
  })

  test('the custodian gets what is labelled as well, and nobody a record of somebody else', async () => {
    const bundle = searchset(await world.get('clinic', 'Patient/ann/$everything'))
    expect(bundle.total).toBe(own.length + hidden.length)
    expect(keysOf(bundle)).toEqual(expect.arrayContaining(['Observation/h1', 'Practitioner/idle']))
    expect(keysOf(bundle).filter((key) => key.endsWith('bea') || key.endsWith('b1'))).toEqual([])
    expect(bundle.meta?.security?.map(({ code }) => code)).toEqual(['R'])
  })

  test.each([
    'Patient/ann/$everything',
    'Patient/ann/$everything?_count=2',
    'Patient/ann/$everything?_count=0',
    'Patient/ann/$everything?_type=Observation,Practitioner',
    'Patient/ann/$everything?start=2026-01-01&end=2026-12-31',
    'Patient/ann/$everything?_since=2026-01-01T00:00:00Z',
    'Encounter/visit/$everything',
    'Patient/bea/$everything',
    'Patient/nobody/$everything',
    'Encounter/nobody/$everything',
  ])('answers as if what is hidden were not there: %s', async (address) => {
    for (const who of ['hospital', 'school', 'recovery'])
      expect(plain(await twins.whole.get(who, address))).toEqual(plain(await twins.without.get(who, address)))
  })

  test('a patient who is hidden is a patient who is not there', async () => {
    const [hiddenOne, absent] = [
      await world.get('hospital', 'Patient/bea/$everything'),
      await world.get('hospital', 'Patient/nobody/$everything'),
    ]
    expectOutcome(hiddenOne, 404)
    expect(plain(hiddenOne)).toEqual(plain(absent))
  })

  test.each([1, 2, 3, 5, 100])('pages of %i: each once, in one order, with one total', async (count) => {
    for (const who of ['clinic', 'hospital']) {
      const whole = searchset(await world.get(who, 'Patient/ann/$everything'))
      const pages = await all(who, `Patient/ann/$everything?_count=${count}`)
      expect(pages.flatMap(keysOf)).toEqual(keysOf(whole))
      expect(new Set(pages.map(({ total }) => total))).toEqual(new Set([whole.total]))
      expect(pages.slice(0, -1).every(({ entry }) => entry?.length === count)).toBe(true)
    }
  })

  test('a cursor is good for its caller, its patient and its parameters', async () => {
    const first = searchset(await world.get('hospital', 'Patient/ann/$everything?_count=2'))
    const next = linkOf(first, 'next') ?? ''
    const cursor = new URL(next, base).searchParams.get('_cursor') ?? ''
    expectStatus(await world.get('hospital', next), 200)
    expectOutcome(await world.get('clinic', next), 400)
    expectOutcome(await world.get('clinic', `Patient/bea/$everything?_cursor=${cursor}`), 400)
    expectOutcome(await world.get('hospital', `Patient/ann/$everything?_type=Patient&_cursor=${cursor}`), 400)
    expectOutcome(await world.get('hospital', 'Patient/ann/$everything?_cursor=bm9uc2Vuc2U'), 400)
  })

  test('what is written while pages are read leaves no gap and nothing twice', async () => {
    const first = searchset(await world.get('clinic', 'Patient/ann/$everything?_count=4'))
    const late = observation('aa-late', 'ann')
    await world.load('clinic', [late])
    await world.put('clinic', 'Observation/o3', { ...shown.find(({ id }) => id === 'o3'), status: 'amended' })
    const rest = await all('clinic', linkOf(first, 'next') ?? '')
    const keys = [first, ...rest].flatMap(keysOf)
    expect(new Set(keys).size).toBe(keys.length)
    expect(keys).toEqual(expect.arrayContaining([...own, 'Observation/aa-late']))
    expectStatus(await world.del('clinic', 'Observation/aa-late'), 204)
    expect((await all('clinic', 'Patient/ann/$everything')).flatMap(keysOf)).not.toContain(
      'Observation/aa-late',
    )
  })

  const keys = async (query: string): Promise<string[]> =>
    keysOf(searchset(await world.get('hospital', `Patient/ann/$everything?${query}`)))

  test('start and end are dates of care; what has none is in any range', async () => {
    const always = ['Patient/ann', 'Condition/c1']
    const members = (all: readonly string[]) => all.filter((key) => !key.startsWith('Practitioner'))
    expect(members(await keys('start=2026-02-02'))).toEqual([...always, 'Observation/o2', 'Observation/o3'])
    expect(members(await keys('end=2026-02-01'))).toEqual([...always, 'Encounter/visit', 'Observation/o1'])
    expect(members(await keys('start=2026-02-01&end=2026-02-10'))).toEqual([
      ...always,
      'Encounter/visit',
      'Observation/o2',
    ])
    expect(await keys('start=2026-02-02')).not.toContain('Practitioner/doc')
  })

  test('_type picks from all of it, also what is only cited', async () => {
    expect(await keys('_type=Observation,Encounter')).toEqual([
      'Encounter/visit',
      'Observation/o1',
      'Observation/o2',
      'Observation/o3',
    ])
    expect(await keys('_type=Practitioner')).toEqual(['Practitioner/chief', 'Practitioner/doc'])
    expect(await keys('_type=Patient&_type=Condition')).toEqual(['Patient/ann', 'Condition/c1'])
  })

  test('_since: what was updated then or later', async () => {
    expect(await keys('_since=2027-01-01T00:00:00Z')).toEqual([])
    world.setClock('2026-08-01T00:00:00Z')
    const o2 = { ...shown.find(({ id }) => id === 'o2'), language: 'en' }
    expectStatus(await world.put('clinic', 'Observation/o2', o2), 200)
    world.setClock('2026-06-15T12:00:00Z')
    expect(await keys('_since=2026-08-01T00:00:00Z')).toEqual(['Observation/o2'])
  })

  test.each([
    'start=soon',
    'end=2026-13',
    '_since=x',
    '_type=Nothing',
    '_count=many',
    'nonsense=1',
    'start=2026&start=2027',
  ])('what cannot be read is refused: %s', async (query) => {
    expectOutcome(await world.get('hospital', `Patient/ann/$everything?${query}`), 400)
  })

  test('types without scope stay out; one that is asked for by name is refused', async () => {
    const few = await world.token('hospital', { scope: 'system/Patient.r system/Observation.r' })
    const bundle = searchset(await world.get(few, 'Patient/ann/$everything'))
    expect(keysOf(bundle)).toEqual(['Patient/ann', 'Observation/o1', 'Observation/o2', 'Observation/o3'])
    expect(bundle.total).toBe(4)
    expectOutcome(await world.get(few, 'Patient/ann/$everything?_type=Condition'), 403)
    expectOutcome(await world.get(few, 'Encounter/visit/$everything'), 403)
    const none = await world.token('hospital', { scope: 'system/Observation.rs' })
    expectOutcome(await world.get(none, 'Patient/ann/$everything'), 403)
  })

  test('of an encounter: what is in its compartment, and whose it is', async () => {
    const bundle = searchset(await world.get('hospital', 'Encounter/visit/$everything'))
    expect(keysOf(bundle)).toEqual([
      'Encounter/visit',
      'Observation/o1',
      'Patient/ann',
      'Practitioner/chief',
      'Practitioner/doc',
      'PractitionerRole/role',
    ])
    expect(bundle.total).toBe(2)
  })

  test('without an id: the patient whose own token it is, and nobody for anybody else', async () => {
    const ann = await world.token('clinic', { patient: 'ann' })
    const bundle = searchset(await world.get(ann, 'Patient/$everything'))
    expect(bundle.total).toBe(own.length + hidden.length)
    expect(linkOf(searchset(await world.get(ann, 'Patient/$everything?_count=1')), 'next')).toMatch(
      /^\/fhir\/Patient\/\$everything\?/,
    )
    expectOutcome(await world.get('clinic', 'Patient/$everything'), 400)
    expectOutcome(await world.get(ann, 'Patient/bea/$everything'), 404)
  })

  test('by POST with Parameters, and in a batch', async () => {
    const got = searchset(await world.get('hospital', 'Patient/ann/$everything?_type=Observation&_count=2'))
    const parameter = [
      { name: '_type', valueString: 'Observation' },
      { name: '_count', valueInteger: 2 },
    ]
    const posted = searchset(
      await world.post('hospital', 'Patient/ann/$everything', { resourceType: 'Parameters', parameter }),
    )
    expect(posted.entry).toEqual(got.entry)
    expect(keysOf(searchset(await world.get('hospital', linkOf(posted, 'next') ?? '')))).toEqual([
      'Observation/o3',
    ])
    expect(searchset(await world.send('hospital', 'POST', 'Patient/ann/$everything')).total).toBe(own.length)
    expectOutcome(await world.post('hospital', 'Patient/ann/$everything', patient('x')), 400)
    const batch = await world.post('hospital', '', {
      resourceType: 'Bundle',
      type: 'batch',
      entry: [
        { request: { method: 'GET', url: 'Patient/ann/$everything?_type=Observation&_count=2' } },
        { request: { method: 'GET', url: 'Patient/bea/$everything' } },
      ],
    })
    const [first, second] = expectStatus(batch, 200).as<Bundle>().entry ?? []
    expect((first?.resource as Bundle | undefined)?.entry).toEqual(got.entry)
    expect(second?.response?.status).toBe('404')
  })

  test('a deleted patient is gone for those who saw it, and not there for the rest', async () => {
    await world.load('clinic', [patient('dan')])
    expectStatus(await world.del('clinic', 'Patient/dan'), 204)
    expectOutcome(await world.get('clinic', 'Patient/dan/$everything'), 410)
    expectOutcome(await world.get('hospital', 'Patient/dan/$everything'), 404)
  })
})
