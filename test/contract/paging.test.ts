import type { Bundle } from 'fhir/r4'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { kinds } from './databases.ts'
import { linkOf, matches, searchset } from './outcome.ts'
import { concept, labelled, observation, patient } from './records.ts'
import { openWorld, type Who, type World } from './world.ts'

const total = 57

describe.each(kinds)('pages and order on %s', (kind) => {
  let world: World

  beforeAll(async () => {
    world = await openWorld(kind)
    await world.load('clinic', [
      patient('ann', { name: [{ family: 'Beta', given: ['Zoe'] }] }),
      patient('bea', { name: [{ family: 'Alpha', given: ['Yan'] }] }),
      patient('cyd', { name: [{ family: 'Beta', given: ['Abe'] }] }),
    ])
    await world.load(
      'clinic',
      Array.from({ length: total }, (_, place) =>
        observation(`o${String((place * 37) % total).padStart(2, '0')}`, 'ann', {
          code: concept('urn:c', `c${place % 3}`),
          ...(place % 10 === 9
            ? {}
            : { effectiveDateTime: `2026-03-${String((place % 5) + 1).padStart(2, '0')}` }),
          // Every third one is hidden from the hospital.
          ...(place % 3 === 2 ? labelled(['HIV']) : {}),
        }),
      ).map((one, place) => (place % 10 === 9 ? withoutDate(one) : one)),
    )
    await world.know('hospital', 'Patient/ann')
  })
  afterAll(() => world.close())

  /** Follows `next` to the end. */
  const pages = async (who: Who, first: string): Promise<Bundle[]> => {
    const read: Bundle[] = []
    for (let at: string | undefined = first; at !== undefined;) {
      if (read.length > total) throw new Error('the pages do not end')
      const bundle = searchset(await world.get(who, at))
      read.push(bundle)
      at = linkOf(bundle, 'next')
    }
    return read
  }

  const idsOf = (bundles: readonly Bundle[]): string[] =>
    bundles.flatMap(({ entry }) => (entry ?? []).map(({ resource }) => resource?.id ?? ''))

  test.each(['', '&_sort=date', '&_sort=-date', '&_sort=code,-date', '&_sort=-_lastUpdated', '&_sort=_id'])(
    'all pages together hold each once, with the exact total%s',
    async (sort) => {
      for (const count of [1, 7, 19, 57, 100]) {
        const read = await pages('clinic', `Observation?patient=ann&_count=${count}${sort}`)
        expect(new Set(read.map((page) => page.total))).toEqual(new Set([total]))
        expect(read.length).toBe(Math.ceil(total / count))
        const ids = idsOf(read)
        expect(ids.length).toBe(total)
        expect(new Set(ids).size).toBe(total)
      }
    },
  )

  test('what is hidden is in no page and in no total, and every page but the last is full', async () => {
    const read = await pages('hospital', 'Observation?patient=ann&_count=7')
    expect(new Set(read.map((page) => page.total))).toEqual(new Set([38]))
    expect(read.map(({ entry }) => entry?.length)).toEqual([7, 7, 7, 7, 7, 3])
    const hidden = idsOf(await pages('clinic', 'Observation?patient=ann&_security=HIV'))
    expect(hidden.length).toBe(19)
    expect(idsOf(read).filter((id) => hidden.includes(id))).toEqual([])
  })

  test('previous leads back, and self to the same page', async () => {
    const [first, second] = await pages('clinic', 'Observation?patient=ann&_count=20')
    if (first === undefined || second === undefined) throw new Error('there is one page only')
    expect(linkOf(first, 'previous')).toBeUndefined()
    expect(searchset(await world.get('clinic', linkOf(second, 'previous') ?? '')).entry).toEqual(first.entry)
    expect(searchset(await world.get('clinic', linkOf(second, 'self') ?? '')).entry).toEqual(second.entry)
  })

  const values = async (query: string, read: (resource: Observed) => string | undefined) => {
    const bundle = searchset(await world.get('clinic', `Observation?patient=ann&_count=100&${query}`))
    return (bundle.entry ?? []).map(({ resource }) => read(resource as Observed) ?? '')
  }

  test('_sort=date and -date: in order, those without a date last', async () => {
    for (const [query, direction] of [
      ['_sort=date', 1],
      ['_sort=-date', -1],
    ] as const) {
      const dates = await values(query, ({ effectiveDateTime }) => effectiveDateTime)
      const dated = dates.filter((date) => date !== '')
      expect(dates.slice(dated.length).every((date) => date === '')).toBe(true)
      expect(dated.length).toBeLessThan(total)
      expect(dated).toEqual(dated.toSorted((one, other) => direction * one.localeCompare(other)))
    }
  })

  test('_sort by several keys', async () => {
    const keys = await values('_sort=code,-date', ({ code, effectiveDateTime }) => {
      const day = Number((effectiveDateTime ?? '').slice(8) || 0)
      return `${code.coding?.[0]?.code ?? ''} ${String(99 - day)}`
    })
    expect(keys).toEqual(keys.toSorted())
  })

  test('_sort by words', async () => {
    expect(matches(await world.get('clinic', 'Patient?_sort=family,given'))).toEqual(['bea', 'cyd', 'ann'])
    expect(matches(await world.get('clinic', 'Patient?_sort=-family,-given'))).toEqual(['ann', 'cyd', 'bea'])
    expect(matches(await world.get('clinic', 'Patient?_sort=-_id'))).toEqual(['cyd', 'bea', 'ann'])
  })

  test('the same search gives the same order', async () => {
    const query = 'Observation?patient=ann&_sort=date&_count=100'
    expect(matches(await world.get('clinic', query))).toEqual(matches(await world.get('clinic', query)))
  })
})

type Observed = ReturnType<typeof observation>

const withoutDate = ({ effectiveDateTime: _date, ...rest }: Observed): Observed => rest
