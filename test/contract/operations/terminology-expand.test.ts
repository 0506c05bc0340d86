import type { ValueSet, ValueSetExpansionContains } from 'fhir/r4'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sql } from 'drizzle-orm'
import { kinds } from '../databases.ts'
import { expectOutcome, expectStatus } from '../outcome.ts'
import { labelled } from '../records.ts'
import { base, type Reply, type World } from '../world.ts'
import {
  address,
  animals,
  composed,
  icd,
  impossible,
  openTerminology,
  parameters,
  sct,
  setUrl,
} from './terminology-world.ts'

describe.each(kinds)('ValueSet/$expand on %s', (kind) => {
  let world: World
  beforeAll(async () => {
    world = await openTerminology(kind)
  }, 120_000)
  afterAll(() => world.close())

  const expand = (query: Readonly<Record<string, string>>, path = 'ValueSet/$expand'): Promise<Reply> =>
    world.get('hospital', address(path, query))
  const setOf = (reply: Reply): ValueSet => expectStatus(reply, 200).as<ValueSet>()
  const contained = (reply: Reply): ValueSetExpansionContains[] => setOf(reply).expansion?.contains ?? []
  const codesOf = (reply: Reply): string[] => contained(reply).map(({ code = '' }) => code)

  test.each(Object.entries(composed))('%s', async (name, [, codes]) => {
    const reply = await expand({ url: setUrl(name) })
    expect(codesOf(reply).toSorted()).toEqual([...codes].toSorted())
    expect(setOf(reply).expansion?.total).toBe(codes.length)
    expect(world.services.validate(setOf(reply)).filter(({ severity }) => severity !== 'warning')).toEqual([])
  })

  test.each(Object.entries(impossible))('cannot be told: %s', async (name, [, code, at]) => {
    const reply = await expand({ url: setUrl(name) })
    expectOutcome(reply, 400)
    expect(reply.as<{ issue: object[] }>().issue[0]).toMatchObject({ code, expression: [at] })
  })

  test('by instance, by URL, by URL and version, by POST, and sent along, it is the same', async () => {
    const version = { name: 'valueSetVersion', valueString: '2' }
    const url = { name: 'url', valueUri: setUrl('pets') }
    const stored = expectStatus(await world.get('hospital', 'ValueSet/pets'), 200).as<ValueSet>()
    for (const reply of [
      await world.get('hospital', 'ValueSet/pets/$expand'),
      await expand({ url: setUrl('pets') }),
      await expand({ url: `${setUrl('pets')}|2` }),
      await expand({ url: `${base}/ValueSet/pets` }),
      await expand({ url: setUrl('pets'), valueSetVersion: '2' }),
      await world.post('hospital', 'ValueSet/$expand', parameters(url, version)),
      await world.post('hospital', 'ValueSet/pets/$expand', { resourceType: 'Parameters' }),
      await world.post('hospital', 'ValueSet/$expand', parameters({ name: 'valueSet', resource: stored })),
    ]) {
      expect(contained(reply)).toEqual([
        { system: animals, code: 'cat', display: 'House cat' },
        { system: animals, code: 'dog', display: 'Dog' },
      ])
      expect(setOf(reply)).toMatchObject({
        url: setUrl('pets'),
        version: '2',
        name: 'Pets',
        status: 'active',
      })
    }
  })

  test('in a batch', async () => {
    const entry = [{ request: { method: 'GET', url: address('ValueSet/$expand', { url: setUrl('pets') }) } }]
    const reply = await world.post('hospital', '', { resourceType: 'Bundle', type: 'batch', entry })
    expect(reply.text).toContain('"House cat"')
  })

  test('what is shipped: own value sets and the required ones of R4', async () => {
    const own = setOf(await expand({ url: 'https://sluice.example/fhir/ValueSet/sensitivity' }))
    expect(own.expansion?.contains?.every(({ display }) => display !== undefined)).toBe(true)
    expect(codesOf(await expand({ url: 'http://hl7.org/fhir/ValueSet/administrative-gender' })).toSorted()).toEqual([
      'female', 'male', 'other', 'unknown',
    ]) // prettier-ignore
    expectStatus(await expand({ url: 'http://hl7.org/fhir/ValueSet/administrative-gender|4.0.1' }), 200)
    expectOutcome(await expand({ url: 'http://hl7.org/fhir/ValueSet/administrative-gender|5.0.0' }), 404)
  })

  test('what SNOMED CT and LOINC imply', async () => {
    expect(codesOf(await expand({ url: `${sct}?fhir_vs=isa/75544000` }))).toEqual(['231477003', '75544000'])
    expect(setOf(await expand({ url: `${sct}?fhir_vs` })).expansion?.total).toBe(11)
    expect(setOf(await expand({ url: 'http://loinc.org/vs' })).expansion?.total).toBe(10)
    expectOutcome(await expand({ url: `${sct}?fhir_vs=refset/1` }), 404)
  })

  test('what was used is told: parameters, releases, and the notice that LOINC asks for', async () => {
    const { expansion, copyright } = setOf(
      await expand({
        url: setUrl('scored-survey'),
        filter: 'score',
        count: '1',
        offset: '1',
        activeOnly: 'true',
      }),
    )
    expect(expansion).toMatchObject({
      total: 2,
      offset: 1,
      parameter: [
        { name: 'filter', valueString: 'score' },
        { name: 'offset', valueInteger: 1 },
        { name: 'count', valueInteger: 1 },
        { name: 'activeOnly', valueBoolean: true },
        { name: 'version', valueUri: 'http://loinc.org|2.80' },
      ],
    })
    expect(expansion?.identifier).toMatch(/^urn:uuid:/)
    expect(Date.parse(expansion?.timestamp ?? '')).toBe(world.services.clock.now().getTime())
    expect(copyright).toContain('LOINC')
    expect(setOf(await expand({ url: setUrl('pets') })).copyright).toBeUndefined()
  })

  test('displayLanguage is ignored, and that is said', async () => {
    const { expansion } = setOf(await expand({ url: setUrl('pets'), displayLanguage: 'de' }))
    expect(expansion?.parameter?.find(({ name }) => name === 'warning')?.valueString).toContain(
      'displayLanguage',
    )
    expect(expansion?.contains?.[1]?.display).toBe('Dog')
  })

  test('what is not in use is marked, and left out where that is asked for', async () => {
    const all = contained(await expand({ url: setUrl('retired-sct') }))
    expect(all).toEqual([
      { system: sct, code: '12345678', inactive: true, display: 'Retired thing (disorder)' },
    ])
    expect(
      contained(await expand({ url: setUrl('animals') })).find(({ code }) => code === 'dodo'),
    ).toMatchObject({ inactive: true })
    expect(codesOf(await expand({ url: setUrl('retired-sct'), activeOnly: 'true' }))).toEqual([])
    expect(codesOf(await expand({ url: setUrl('animals'), activeOnly: 'true' }))).not.toContain('dodo')
    expect(codesOf(await expand({ url: setUrl('animals'), activeOnly: 'false' }))).toContain('dodo')
    expect(
      contained(await expand({ url: setUrl('animals') })).find(({ code }) => code === 'animal'),
    ).toMatchObject({ abstract: true })
  })

  test.each([
    ['opioid', ['231477003', '75544000'].slice(1)],
    ['OPIO dep', ['75544000']],
    ['addict', ['75544000']],
    ['7554', ['75544000']],
    ['dependence', ['191816009', '231477003', '75544000']],
    ['opioid heroin', []],
    ['pendence', []],
    ["'; DROP TABLE concept --", []],
    ['  ', ['191816009', '231477003', '75544000']],
  ])('a filter looks at the beginnings of words, of synonyms too: %s', async (filter, codes) => {
    expect(codesOf(await expand({ url: setUrl('opioids'), filter })).toSorted()).toEqual(codes)
  })

  test('a filter never adds', async () => {
    for (const name of ['animals', 'mixed', 'opioids', 'icd-opioid', 'pets']) {
      const all = new Set(codesOf(await expand({ url: setUrl(name) })))
      for (const filter of ['a', 'd', 'o', 'dep', 'mam', 'F11', '3', 'cat', 'opioid'])
        for (const code of codesOf(await expand({ url: setUrl(name), filter }))) expect(all).toContain(code)
    }
  })

  test('pages have each code once, and the same total', async () => {
    for (const name of ['animals', 'mixed', 'icd-opioid', 'disorders-but-mood']) {
      const whole = contained(await expand({ url: setUrl(name) }))
      for (const count of [1, 2, 3, 100]) {
        const paged: ValueSetExpansionContains[] = []
        for (let offset = 0; offset < whole.length; offset += count) {
          const page = setOf(
            await expand({ url: setUrl(name), count: String(count), offset: String(offset) }),
          )
          expect(page.expansion?.total).toBe(whole.length)
          paged.push(...(page.expansion?.contains ?? []))
        }
        expect(paged).toEqual(whole)
      }
    }
    const beyond = setOf(await expand({ url: setUrl('animals'), offset: '50' }))
    expect(beyond.expansion).toMatchObject({ total: 7, offset: 50 })
    expect(beyond.expansion?.contains).toBeUndefined()
  })

  test('count 0 asks how many there are', async () => {
    const { expansion } = setOf(await expand({ url: setUrl('animals'), count: '0' }))
    expect(expansion?.total).toBe(7)
    expect(expansion?.contains).toBeUndefined()
  })

  test('a list that is too long for one answer is refused, with the way out', async () => {
    const concept = Array.from({ length: 1200 }, (_none, at) => ({ code: `c${at}` }))
    const long = {
      resourceType: 'ValueSet',
      status: 'active',
      compose: { include: [{ system: 'urn:long', concept }] },
    } as const
    const ask = (...more: object[]) =>
      world.post(
        'hospital',
        'ValueSet/$expand',
        parameters({ name: 'valueSet', resource: long }, ...(more as [])),
      )
    const refused = await ask()
    expect(expectOutcome(refused, 400)).toMatch(/`count` and `offset`.*`filter`/)
    expect(refused.as<{ issue: object[] }>().issue[0]).toMatchObject({
      code: 'too-costly',
      expression: ['count'],
    })
    expect(contained(await ask({ name: 'count', valueInteger: 5000 }))).toHaveLength(1000)
    expect(contained(await ask({ name: 'offset', valueInteger: 500 }))).toHaveLength(700)
    expect(codesOf(await ask({ name: 'filter', valueString: 'c1199' }))).toEqual(['c1199'])
  })

  test.each([
    [{}, 400, 'required', 'url'],
    [{ url: setUrl('nowhere') }, 404, 'not-found', 'url'],
    [{ url: `${setUrl('pets')}|9` }, 404, 'not-found', 'url'],
    [{ url: setUrl('pets'), valueSetVersion: '9' }, 404, 'not-found', 'url'],
    [{ url: `${setUrl('pets')}|2`, valueSetVersion: '9' }, 400, 'value', 'valueSetVersion'],
    [{ url: setUrl('pets'), count: '-1' }, 400, 'value', 'count'],
    [{ url: setUrl('pets'), offset: 'x' }, 400, 'value', 'offset'],
    [{ url: setUrl('pets'), activeOnly: 'maybe' }, 400, 'value', 'activeOnly'],
    [{ url: setUrl('pets'), includeDesignations: 'true' }, 400, 'not-supported', 'includeDesignations'],
    [{ url: setUrl('pets'), includeDefinition: 'true' }, 400, 'not-supported', 'includeDefinition'],
    [{ url: setUrl('pets'), date: '2020-01-01' }, 400, 'not-supported', 'date'],
    [{ url: setUrl('pets'), context: 'urn:x' }, 400, 'not-supported', 'context'],
    [{ url: setUrl('pets'), 'exclude-system': 'urn:x' }, 400, 'not-supported', 'exclude-system'],
    [{ url: setUrl('pets'), 'system-version': 'urn:x|1' }, 400, 'not-supported', 'system-version'],
    [{ url: setUrl('pets'), valueSet: 'x' }, 400, 'value', 'valueSet'],
    [{ url: setUrl('pets'), nonsense: 'x' }, 400, 'not-supported', 'nonsense'],
  ] as const)('is refused: %j', async (query, status, code, expression) => {
    const reply = await expand(query)
    expectOutcome(reply, status)
    expect(reply.as<{ issue: object[] }>().issue[0]).toMatchObject({ code, expression: [expression] })
    expect(reply.text).not.toContain('nowhere')
  })

  test('what changes nothing in a flat list may be said', async () => {
    const said = {
      excludeNested: 'true',
      excludeNotForUI: 'false',
      excludePostCoordinated: 'true',
      includeDesignations: 'false',
    }
    expect(codesOf(await expand({ url: setUrl('pets'), ...said }))).toEqual(['cat', 'dog'])
  })

  test('twice the same parameter, a URL at an instance, an instance that is not there', async () => {
    const url = encodeURIComponent(setUrl('pets'))
    expectOutcome(await world.get('hospital', `ValueSet/$expand?url=${url}&url=${url}`), 400)
    expectOutcome(await world.get('hospital', `ValueSet/pets/$expand?url=${url}`), 400)
    expectOutcome(await world.get('hospital', 'ValueSet/nowhere/$expand'), 404)
  })

  test('it needs a token that may read value sets, and without CodeSystem nothing of a stored one', async () => {
    const bearer = await world.token('hospital', { scope: 'system/Patient.rs' })
    expectOutcome(await world.get(bearer, address('ValueSet/$expand', { url: setUrl('pets') })), 403)
    const sets = await world.token('hospital', { scope: 'system/ValueSet.rs' })
    expectStatus(await world.get(sets, address('ValueSet/$expand', { url: setUrl('pets') })), 200)
    expectOutcome(await world.get(sets, address('ValueSet/$expand', { url: setUrl('mammals') })), 400)
    expectStatus(await world.get(sets, address('ValueSet/$expand', { url: setUrl('opioids') })), 200)
    expectOutcome(await world.get(undefined, address('ValueSet/$expand', { url: setUrl('pets') })), 401)
  })

  test('what is hidden and what does not exist answer alike', async () => {
    const secret = (id: string) => ({
      resourceType: 'ValueSet' as const,
      id,
      url: setUrl(id),
      status: 'active' as const,
      ...labelled(['HIV']),
      compose: { include: [{ system: icd, concept: [{ code: 'F32' }] }] },
    })
    await world.load('clinic', [secret('secret')])
    await world.rows(sql`UPDATE resource SET open = false WHERE type = 'ValueSet' AND id = 'secret'`)
    expectOutcome(await world.get('hospital', 'ValueSet/secret'), 404)
    const plain = (reply: Reply): object => ({ status: reply.status, text: reply.text })
    for (const path of [
      (id: string) => address('ValueSet/$expand', { url: setUrl(id) }),
      (id: string) => `ValueSet/${id}/$expand`,
    ])
      expect(plain(await world.get('hospital', path('secret')))).toEqual(
        plain(await world.get('hospital', path('absent'))),
      )
  })
})
