import type { Bundle, CodeableConcept, FhirResource, Observation } from 'fhir/r4'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { kinds } from '../databases.ts'
import { expectOutcome, expectStatus, keysOf, linkOf, matches, searchset } from '../outcome.ts'
import { concept, labelled, observation, patient, practitioner } from '../records.ts'
import type { World } from '../world.ts'
import { openTwins, plain, type Twins } from './twins.ts'

const vital = { category: [concept('urn:category', 'vital')] }

const of = (id: string, code: CodeableConcept, date: string, more: Partial<Observation> = {}): Observation =>
  observation(id, 'ann', { ...vital, code, effectiveDateTime: date, ...more })

const [pulse, weight] = [concept('urn:a', 'pulse'), concept('urn:a', 'weight')]
const translated: CodeableConcept = {
  coding: [
    { system: 'urn:a', code: 'pulse' },
    { system: 'urn:b', code: '8867' },
  ],
}

const shown: readonly FhirResource[] = [
  patient('ann'),
  patient('bea'),
  practitioner('doc'),
  of('p1', pulse, '2026-01-01'),
  of('p2', pulse, '2026-01-02', { performer: [{ reference: 'Practitioner/doc' }] }),
  of('p3', translated, '2026-01-03'),
  of('w1', weight, '2026-01-01'),
  of('w2', weight, '2026-01-05', { status: 'amended' }),
  of('t1', { text: 'how it feels' }, '2026-01-01'),
  of('t2', { text: 'how it feels' }, '2026-01-04'),
  of('s1', { coding: [{ code: 'pulse' }] }, '2026-01-01'),
  of('n1', concept('urn:a', 'other'), '2026-01-01', { category: [concept('urn:category', 'note')] }),
  { ...of('b1', pulse, '2026-05-01'), subject: { reference: 'Patient/bea' } },
]

/** The newest of one code, and all of another: hidden from the hospital. */
const hidden: readonly FhirResource[] = [
  of('h1', pulse, '2026-04-01', labelled(['HIV'])),
  of('h2', pulse, '2026-04-02', labelled(['HIV'])),
  of('h3', concept('urn:a', 'secret'), '2026-04-03', labelled(['HIV'])),
]

describe.each(kinds)('the last n observations on %s', (kind) => {
  let twins: Twins
  let world: World

  beforeAll(async () => {
    twins = await openTwins(kind, shown, hidden, (one) => one.know('hospital', 'Patient/ann'))
    world = twins.whole
  })
  afterAll(() => twins.close())

  const found = async (query: string, who = 'hospital'): Promise<string[]> =>
    matches(await world.get(who, `Observation/$lastn?${query}`))

  test('the last one of each code, the most recent first', async () => {
    expect(await found('patient=ann&category=vital')).toEqual(['w2', 't2', 'p3', 's1'])
    expect(await found('subject=Patient/ann&category=urn:category|vital&max=1')).toEqual([
      'w2',
      't2',
      'p3',
      's1',
    ])
  })

  test('max of each code: what has another coding beside the first is no other code', async () => {
    expect(await found('patient=ann&category=vital&max=2')).toEqual(
      ['w2', 't2', 'p3', 'p2', 's1', 'w1', 't1'].toSorted(byDate),
    )
    expect(await found('patient=ann&code=urn:a|pulse&max=2')).toEqual(['p3', 'p2'])
    expect(await found('patient=ann&code=urn:a|pulse,urn:a|weight&max=9')).toEqual([
      'w2',
      'p3',
      'p2',
      'p1',
      'w1',
    ])
  })

  test('the other parameters are those of a search, and come before the counting', async () => {
    expect(await found('patient=ann&category=vital&date=le2026-01-02')).toEqual(['p2', 's1', 't1', 'w1'])
    expect(await found('patient=ann&code=urn:a|weight&status=final')).toEqual(['w1'])
    expect(await found('patient=ann&category=vital&_sort=date')).toEqual(['s1', 'p3', 't2', 'w2'])
    expect(await found('patient=ann&category=vital&performer=Practitioner/doc')).toEqual(['p2'])
    const brought = await world.get(
      'hospital',
      'Observation/$lastn?patient=ann&code=pulse&max=2&_include=Observation:performer',
    )
    expect(keysOf(searchset(brought))).toContain('Practitioner/doc')
  })

  test.each([
    'patient=ann&category=vital',
    'patient=ann&category=vital&max=2',
    'patient=ann&category=vital&max=3&_count=2',
    'patient=ann&code=urn:a|pulse',
    'patient=ann&code=urn:a|secret',
    'patient=ann&category=vital&_summary=count',
    'patient=ann&category=vital&_count=0',
    'patient=bea&category=vital',
    'patient=nobody&category=vital',
  ])('what is hidden takes nobody’s place, and makes no group: %s', async (query) => {
    for (const who of ['hospital', 'school'])
      expect(plain(await twins.whole.get(who, `Observation/$lastn?${query}`))).toEqual(
        plain(await twins.without.get(who, `Observation/$lastn?${query}`)),
      )
  })

  test('the custodian gets the newest that there is', async () => {
    expect(await found('patient=ann&code=urn:a|pulse&max=3', 'clinic')).toEqual(['h2', 'h1', 'p3'])
  })

  test('pages have one total, and each once', async () => {
    const whole = searchset(
      await world.get('hospital', 'Observation/$lastn?patient=ann&category=vital&max=2'),
    )
    expect(whole.total).toBe(7)
    const pages: Bundle[] = []
    for (
      let at: string | undefined = 'Observation/$lastn?patient=ann&category=vital&max=2&_count=3';
      at !== undefined;
    ) {
      const page = searchset(await world.get('hospital', at))
      pages.push(page)
      at = linkOf(page, 'next')
    }
    expect(pages.map(({ entry }) => entry?.length)).toEqual([3, 3, 1])
    expect(pages.map(({ total }) => total)).toEqual([7, 7, 7])
    expect(pages.flatMap(keysOf)).toEqual(keysOf(whole))
    expect(linkOf(whole, 'self')).toMatch(/^\/fhir\/Observation\/\$lastn\?.*max=2/)
    const more = (linkOf(pages[0] ?? whole, 'next') ?? '').replace('max=2', 'max=3')
    expectOutcome(await world.get('hospital', more), 400)
  })

  test('_count=0 tells how many there are', async () => {
    const counted = searchset(
      await world.get('hospital', 'Observation/$lastn?patient=ann&category=vital&_count=0'),
    )
    expect(counted.total).toBe(4)
    expect(counted.entry).toBeUndefined()
  })

  test.each([
    'category=vital',
    'patient=ann',
    'patient=&category=vital',
    'patient:missing=true&category=vital',
    'patient=ann&code:not=x',
    'patient=ann&category=vital&max=0',
    'patient=ann&category=vital&max=two',
    'patient=ann&category=vital&max=1&max=2',
    'patient=ann&category=vital&nonsense=1',
  ])('what is missing or cannot be read is refused: %s', async (query) => {
    expectOutcome(await world.get('hospital', `Observation/$lastn?${query}`), 400)
  })

  test('needs the scope to search observations', async () => {
    const few = await world.token('hospital', { scope: 'system/Observation.r' })
    expectOutcome(await world.get(few, 'Observation/$lastn?patient=ann&category=vital'), 403)
  })

  test('in a batch, and by POST', async () => {
    const entry = [{ request: { method: 'GET', url: 'Observation/$lastn?patient=ann&code=urn:a|weight' } }]
    const batch = await world.post('hospital', '', { resourceType: 'Bundle', type: 'batch', entry })
    const [answered] = expectStatus(batch, 200).as<Bundle>().entry ?? []
    expect(keysOf(answered?.resource as Bundle)).toEqual(['Observation/w2'])
    const parameter = [
      { name: 'patient', valueString: 'ann' },
      { name: 'code', valueString: 'urn:a|weight' },
      { name: 'max', valuePositiveInt: 2 },
    ]
    const posted = await world.post('hospital', 'Observation/$lastn', {
      resourceType: 'Parameters',
      parameter,
    })
    expect(matches(posted)).toEqual(['w2', 'w1'])
  })
})

const dates = new Map(shown.map((one) => [one.id ?? '', (one as Observation).effectiveDateTime ?? '']))

/** Newest first, and by id on one day. */
const byDate = (one: string, other: string): number =>
  (dates.get(other) ?? '').localeCompare(dates.get(one) ?? '') || one.localeCompare(other)
