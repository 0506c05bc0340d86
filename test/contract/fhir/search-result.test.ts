import type { Bundle, FhirResource, Observation } from 'fhir/r4'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { kinds } from '../databases.ts'
import { expectOutcome, linkOf, searchset } from '../outcome.ts'
import { concept, observation, patient } from '../records.ts'
import { base, openWorld, type World } from '../world.ts'
import { inOrder, pageOf } from './asking.ts'

const ucum = 'http://unitsofmeasure.org'
const subsetted = { system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue', code: 'SUBSETTED' }

const grams = (value: number, code = 'g') => ({ value, unit: code, system: ucum, code })

const story = (text: string): Observation['text'] => ({
  status: 'generated',
  div: `<div xmlns="http://www.w3.org/1999/xhtml">${text}</div>`,
})

describe.each(kinds)('how results are put (FHIR R4 search 3.1.1.5) on %s', (kind) => {
  let world: World

  beforeAll(async () => {
    world = await openWorld(kind)
    const { effectiveDateTime: _date, ...timeless } = observation('e', 'bea', { code: { text: 'no code' } })
    const resources: readonly FhirResource[] = [
      patient('ann', { name: [{ family: 'Zeta' }] }),
      patient('bea', { name: [{ family: 'alpha' }] }),
      observation('a', 'ann', {
        text: story('first'),
        code: concept('urn:z', 'zinc'),
        valueQuantity: grams(2),
        effectiveDateTime: '2026-01-03',
        note: [{ text: 'kept to itself' }],
        performer: [{ display: 'somebody' }],
      }),
      observation('b', 'bea', {
        code: concept('urn:z', 'yeast'),
        valueQuantity: grams(500, 'mg'),
        effectiveDateTime: '2026-01-01',
        status: 'amended',
      }),
      observation('c', 'ann', {
        code: concept('urn:a', 'zest'),
        valueQuantity: grams(1),
        effectiveDateTime: '2026-01-02',
      }),
      observation('d', 'ann', {
        code: concept('urn:a', 'yak'),
        effectiveDateTime: '2026-01-01',
        status: 'amended',
      }),
      timeless,
      { resourceType: 'ValueSet', id: 'v2', url: 'urn:v:2', status: 'active', name: 'Beta' },
      { resourceType: 'ValueSet', id: 'v1', url: 'urn:v:1', status: 'active', name: 'Ångström' },
      { resourceType: 'ValueSet', id: 'v3', status: 'active' },
    ]
    for (const [place, resource] of resources.entries()) {
      world.setClock(`2026-06-15T12:00:${String(50 - place)}Z`)
      await world.load('clinic', [resource])
    }
  })
  afterAll(() => world.close())

  test.each([
    ['Observation?_sort=date', 'b d c a e'],
    ['Observation?_sort=-date', 'a c b d e'],
    ['Observation?_sort=date,-_id', 'd b c a e'],
    ['Observation?_sort=-date,-_id', 'a c d b e'],
    ['Observation?_sort=code', 'd b c a e'],
    ['Observation?_sort=-code', 'a c b d e'],
    ['Observation?_sort=status,code', 'd b c a e'],
    ['Observation?_sort=-status,-date', 'a c e b d'],
    ['Observation?_sort=value-quantity', 'b c a d e'],
    ['Observation?_sort=-value-quantity', 'a c b d e'],
    ['Observation?_sort=patient,_id', 'a c d b e'],
    ['Observation?_sort=-subject,_id', 'b e a c d'],
    ['Observation?_sort=_id', 'a b c d e'],
    ['Observation?_sort=-_id', 'e d c b a'],
    ['Observation?_sort=_lastUpdated', 'e d c b a'],
    ['Observation?_sort=-_lastUpdated', 'a b c d e'],
    ['Observation?_sort=date&_sort=-_id', 'd b c a e'],
    ['Patient?_sort=family', 'bea ann'],
    ['Patient?_sort=-family', 'ann bea'],
    ['ValueSet?_sort=name', 'v1 v2 v3'],
    ['ValueSet?_sort=-name', 'v2 v1 v3'],
    ['ValueSet?_sort=url', 'v1 v2 v3'],
    ['ValueSet?_sort=-url', 'v2 v1 v3'],
  ])('%s: missing values last, both ways', async (query, ids) => {
    expect((await inOrder(world, query)).join(' ')).toBe(ids)
  })

  test.each([
    ['', 20, 5],
    ['_count=0', 0, 5],
    ['_count=1', 1, 5],
    ['_count=3', 3, 5],
    ['_count=5', 5, 5],
    ['_count=100000', 5, 5],
    ['_summary=count', 0, 5],
    ['_total=none', 5, undefined],
    ['_total=estimate', 5, 5],
    ['_total=accurate', 5, 5],
    ['_total=accurate&_count=2', 2, 5],
    ['_total=none&_count=2', 2, undefined],
    ['_total=accurate&code=yak', 1, 1],
    ['_total=none&code=yak', 1, undefined],
  ])('_count and _total: Observation?%s', async (query, most, total) => {
    const bundle = await pageOf(world, `Observation?${query}`)
    expect(bundle.total).toBe(total)
    expect(bundle.entry?.length ?? 0).toBe(Math.min(most, total ?? most))
    expect(linkOf(bundle, 'next') !== undefined).toBe(most === 2 || (most === 1 && total === 5) || most === 3)
    expect(bundle.link?.some(({ relation }) => relation === 'self')).toBe(true)
  })

  const only = async (query: string): Promise<Observation> => {
    const [entry] = (await pageOf(world, `Observation?_id=a&${query}`)).entry ?? []
    return entry?.resource as Observation
  }

  const shape = async (query: string): Promise<string> =>
    Object.keys(await only(query))
      .toSorted()
      .join(' ')

  test.each([
    ['_summary=true', 'code effectiveDateTime id meta resourceType status subject valueQuantity performer'],
    ['_summary=text', 'code id meta resourceType status text'],
    [
      '_summary=data',
      'code effectiveDateTime id meta note performer resourceType status subject valueQuantity',
    ],
    [
      '_summary=false',
      'code effectiveDateTime id meta note performer resourceType status subject text valueQuantity',
    ],
    ['_elements=note', 'code id meta note resourceType status'],
    ['_elements=note,value', 'code id meta note resourceType status valueQuantity'],
    ['_elements=Observation.subject', 'code id meta resourceType status subject'],
    ['_elements=text', 'code id meta resourceType status text'],
    ['_elements=note&_elements=subject', 'code id meta note resourceType status subject'],
  ])('%s', async (query, names) => {
    expect(await shape(query)).toBe(names.split(' ').toSorted().join(' '))
    const { meta } = await only(query)
    if (query === '_summary=false') expect(meta?.tag).toBeUndefined()
    else expect(meta?.tag).toEqual([subsetted])
  })

  test('what was subsetted keeps its version and date', async () => {
    const whole = (await world.get('clinic', 'Observation/a')).as<Observation>()
    expect((await only('_elements=status')).meta).toMatchObject({
      versionId: whole.meta?.versionId,
      lastUpdated: whole.meta?.lastUpdated,
    })
  })

  test.each([
    ['Observation?code=yak', 'code=yak'],
    ['Observation?code=yak&_count=5&_sort=-date', 'code=yak&_count=5&_sort=-date'],
    ['Observation?code=&status=final', 'status=final'],
    ['Observation?code=urn:a|yak,urn:z|zinc', 'code=urn%3Aa%7Cyak%2Curn%3Az%7Czinc'],
    ['Observation', ''],
  ])('self says how it was understood: %s', async (query, stated) => {
    const bundle = searchset(await world.get('clinic', query))
    expect(bundle.link?.find(({ relation }) => relation === 'self')?.url).toBe(
      `${base}/Observation${stated === '' ? '' : `?${stated}`}`,
    )
  })

  const form = { 'content-type': 'application/x-www-form-urlencoded' }

  test.each([
    'code=yak',
    'status=final&_sort=-date&_count=2',
    'patient=ann&_include=Observation:patient',
    '_summary=count',
    '',
  ])('POST _search is GET: %s', async (query) => {
    const posted = await world.send('clinic', 'POST', 'Observation/_search', { headers: form, body: query })
    const got = await world.get('clinic', `Observation?${query}`)
    expect(unsealed(searchset(posted))).toEqual(unsealed(searchset(got)))
  })

  /** Without what is sealed anew each time. */
  const unsealed = (bundle: Bundle): Bundle => ({
    ...bundle,
    link: bundle.link?.map(({ relation, url }) => ({
      relation,
      url: url.replace(/_cursor=[^&]*/, '_cursor='),
    })),
  })

  test.each([
    ['nonsense=1', 400],
    ['code:nonsense=1', 400],
    ['_filter=code eq yak', 400],
    ['_text=first', 400],
    ['_content=first', 400],
    ['_query=mine', 400],
    ['_sort=nonsense', 400],
    ['_sort=code-value-quantity', 400],
    ['_total=some', 400],
    ['_summary=much', 400],
    ['_count=-1', 400],
    ['_count=1.5', 400],
  ])('what is unknown is refused where handling is strict: %s', async (query, status) => {
    expectOutcome(await world.get('clinic', `Observation?${query}`), status)
    expectOutcome(await world.get('clinic', `Observation?${query}`, { prefer: 'handling=strict' }), status)
  })

  test.each(['nonsense=1', '_filter=code eq yak', '_text=first'])(
    'and passed over where it is lenient: %s',
    async (query) => {
      const bundle = searchset(
        await world.get('clinic', `Observation?code=yak&${query}`, { prefer: 'handling=lenient' }),
      )
      expect(bundle.total).toBe(1)
      expect(linkOf(bundle, 'self')).toBe('/fhir/Observation?code=yak')
    },
  )

  test.each(['code:nonsense=1', 'date=soon', 'value-quantity=tall', '_count=many'])(
    'what is known but wrong is refused even then: %s',
    async (query) => {
      expectOutcome(await world.get('clinic', `Observation?${query}`, { prefer: 'handling=lenient' }), 400)
    },
  )
})
