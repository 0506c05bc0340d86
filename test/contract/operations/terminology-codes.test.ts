import { sql } from 'drizzle-orm'
import type { CodeSystem, ValueSet } from 'fhir/r4'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { kinds } from '../databases.ts'
import { expectOutcome, expectStatus } from '../outcome.ts'
import { labelled } from '../records.ts'
import type { Reply, World } from '../world.ts'
import {
  address,
  animals,
  answered,
  icd,
  loincUrl,
  openTerminology,
  parameters,
  rxnorm,
  sct,
  setUrl,
  valueOf,
} from './terminology-world.ts'

type Query = Readonly<Record<string, string>>

describe.each(kinds)('terminology, code by code, on %s', (kind) => {
  let world: World
  beforeAll(async () => {
    world = await openTerminology(kind)
  }, 120_000)
  afterAll(() => world.close())

  const ask = (path: string, query: Query): Promise<Reply> => world.get('hospital', address(path, query))
  const post = (path: string, ...given: Parameters<typeof parameters>): Promise<Reply> =>
    world.post('hospital', path, parameters(...given))
  const expectRefused = (reply: Reply, status: number, code: string, expression: string): void => {
    expectOutcome(reply, status)
    expect(reply.as<{ issue: object[] }>().issue[0]).toMatchObject({ code, expression: [expression] })
  }

  describe('ValueSet/$validate-code', () => {
    const path = 'ValueSet/$validate-code'
    const verdict = async (query: Query): Promise<[unknown, unknown]> => {
      const given = answered(await ask(path, query))
      return [valueOf(given, 'result'), valueOf(given, 'display')]
    }

    test.each([
      ['opioids', sct, '75544000', true, 'Opioid dependence (disorder)'],
      ['opioids', sct, '370143000', false, undefined],
      ['opioids', sct, '99999999', false, undefined],
      ['opioids', 'urn:other', '75544000', false, undefined],
      ['pets', animals, 'cat', true, 'House cat'],
      ['pets', animals, 'dog', true, 'Dog'],
      ['pets', animals, 'poodle', false, undefined],
      ['pets-but-dogs', animals, 'dog', false, undefined],
      ['pets-and-mammals', animals, 'cat', true, 'House cat'],
      ['disorders-but-mood', sct, '66344007', false, undefined],
      ['disorders-but-mood', sct, '231477003', true, 'Heroin dependence (disorder)'],
      ['not-disorders', sct, '441806004', true, 'Only a synonym'],
      ['above-heroin', sct, '404684003', true, 'Clinical finding (finding)'],
      [
        'scored-survey',
        loincUrl,
        '44261-6',
        true,
        'Patient Health Questionnaire 9 item (PHQ-9) total score [Reported]',
      ],
      ['scored-survey', loincUrl, '44249-1', false, undefined],
      ['mixed', rxnorm, '351266', true, 'buprenorphine 8 MG / naloxone 2 MG Sublingual Tablet'],
      ['mixed', icd, 'F32', true, 'Depressive episode'],
      ['active', sct, '12345678', false, undefined],
    ])('%s: %s|%s is %s', async (name, system, code, result, display) => {
      expect(await verdict({ url: setUrl(name), system, code })).toEqual([result, display])
    })

    test('an expansion has what is valid, and nothing else', async () => {
      for (const name of ['opioids', 'disorders-but-mood', 'not-disorders', 'mammals', 'above-heroin']) {
        const { expansion } = expectStatus(
          await ask('ValueSet/$expand', { url: setUrl(name) }),
          200,
        ).as<ValueSet>()
        const known = new Set(expansion?.contains?.map(({ code }) => code))
        const system = name === 'mammals' ? animals : sct
        const all = expectStatus(
          await ask(
            'ValueSet/$expand',
            system === sct ? { url: `${sct}?fhir_vs` } : { url: setUrl('animals') },
          ),
          200,
        ).as<ValueSet>()
        for (const { code = '' } of all.expansion?.contains ?? [])
          expect([code, (await verdict({ url: setUrl(name), system, code }))[0]]).toEqual([
            code,
            known.has(code),
          ])
      }
    })

    test('a display must be one that the code has; case and spaces do not count', async () => {
      const asked = { url: setUrl('opioids'), system: sct, code: '75544000' }
      expect((await verdict({ ...asked, display: 'opioid  DEPENDENCE' }))[0]).toBe(true)
      const wrong = answered(await ask(path, { ...asked, display: 'Depression' }))
      expect(wrong).toEqual([
        { name: 'result', valueBoolean: false },
        { name: 'message', valueString: 'the display is not one that the code has' },
        { name: 'display', valueString: 'Opioid dependence (disorder)' },
      ])
      expect((await verdict({ url: setUrl('pets'), system: animals, code: 'dog', display: 'Hund' }))[0]).toBe(
        true,
      )
      expect((await verdict({ url: setUrl('pets'), system: animals, code: 'cat', display: 'Cat' }))[0]).toBe(
        true,
      )
    })

    test('a code that only groups others counts where `abstract` allows it', async () => {
      const asked = { url: setUrl('animals'), system: animals, code: 'animal' }
      expect((await verdict({ ...asked, abstract: 'true' }))[0]).toBe(true)
      expect((await verdict({ ...asked, abstract: 'false' }))[0]).toBe(false)
      expect((await verdict({ ...asked, code: 'dog', abstract: 'false' }))[0]).toBe(true)
    })

    test('a Coding, and a CodeableConcept of which one coding counts', async () => {
      const url = { name: 'url', valueUri: setUrl('opioids') }
      const coding = { system: sct, code: '75544000', display: 'Opioid dependence' }
      expect(
        valueOf(answered(await post(path, url, { name: 'coding', valueCoding: coding })), 'result'),
      ).toBe(true)
      const both = { coding: [{ system: icd, code: 'F11.20' }, coding] }
      const judged = answered(await post(path, url, { name: 'codeableConcept', valueCodeableConcept: both }))
      expect(valueOf(judged, 'result')).toBe(true)
      expect(valueOf(judged, 'message')).toBe('the code is not in the value set')
      const none = answered(
        await post(path, url, { name: 'codeableConcept', valueCodeableConcept: { text: 'opioids' } }),
      )
      expect(valueOf(none, 'result')).toBe(false)
      const bare = answered(await post(path, url, { name: 'coding', valueCoding: { code: '75544000' } }))
      expect(valueOf(bare, 'result')).toBe(false)
      expect(
        valueOf(
          answered(await post(`ValueSet/opioids/$validate-code`, { name: 'coding', valueCoding: coding })),
          'result',
        ),
      ).toBe(true)
      const sent = {
        resourceType: 'ValueSet',
        status: 'active',
        compose: { include: [{ system: icd }] },
      } as const
      const own = answered(
        await post(
          path,
          { name: 'valueSet', resource: sent },
          { name: 'coding', valueCoding: { system: icd, code: 'F32' } },
        ),
      )
      expect(valueOf(own, 'result')).toBe(true)
    })

    test.each<[Query, number, string, string]>([
      [{ url: setUrl('pets'), code: 'cat' }, 400, 'required', 'system'],
      [{ url: setUrl('pets'), system: animals }, 400, 'required', 'code'],
      [{ system: animals, code: 'cat' }, 400, 'required', 'url'],
      [{ url: setUrl('nowhere'), system: animals, code: 'cat' }, 404, 'not-found', 'url'],
      [{ url: setUrl('pets'), valueSetVersion: '7', system: animals, code: 'cat' }, 404, 'not-found', 'url'],
      [
        { url: setUrl('pets'), system: animals, systemVersion: '7', code: 'cat' },
        404,
        'not-found',
        'systemVersion',
      ],
      [{ url: setUrl('pets'), system: animals, code: 'cat', abstract: 'x' }, 400, 'value', 'abstract'],
      [{ url: setUrl('pets'), system: animals, code: 'cat', date: '2020' }, 400, 'not-supported', 'date'],
      [{ url: setUrl('pets'), system: animals, code: 'cat', context: 'x' }, 400, 'not-supported', 'context'],
      [{ url: setUrl('pets'), system: animals, code: 'cat', coding: 'x' }, 400, 'value', 'coding'],
      [
        { url: setUrl('pets'), system: animals, code: 'cat', inferSystem: 'true' },
        400,
        'not-supported',
        'inferSystem',
      ],
      [
        { url: setUrl('by-ecl'), system: sct, code: '75544000' },
        400,
        'not-supported',
        'ValueSet.compose.include[0].filter[0]',
      ],
    ])('is refused: %j', async (query, status, code, expression) => {
      expectRefused(await ask(path, query), status, code, expression)
    })

    test('a code and a Coding together, a Coding of another type', async () => {
      const url = { name: 'url', valueUri: setUrl('pets') }
      const code = [
        { name: 'code', valueCode: 'cat' },
        { name: 'system', valueUri: animals },
      ] as const
      expectRefused(
        await post(path, url, ...code, { name: 'coding', valueCoding: { system: animals, code: 'cat' } }),
        400,
        'required',
        'code',
      )
      expectRefused(await post(path, url, { name: 'coding', valueString: 'cat' }), 400, 'value', 'coding')
    })
  })

  describe('CodeSystem/$validate-code', () => {
    const path = 'CodeSystem/$validate-code'

    test.each([
      [icd, 'F11.20', true, 'Opioid dependence, uncomplicated'],
      [icd, 'F1120', false, undefined],
      [sct, '12345678', true, 'Retired thing (disorder)'],
      [loincUrl, 'LA6568-5', true, 'Not at all'],
      [animals, 'dog', true, 'Dog'],
      [animals, 'unicorn', false, undefined],
    ])('%s|%s is %s', async (url, code, result, display) => {
      const given = answered(await ask(path, { url, code }))
      expect([valueOf(given, 'result'), valueOf(given, 'display')]).toEqual([result, display])
    })

    test('by instance, by Coding, by CodeableConcept, with version and display, and sent along', async () => {
      const result = async (reply: Promise<Reply>): Promise<unknown> =>
        valueOf(answered(await reply), 'result')
      expect(
        await result(
          ask('CodeSystem/animals/$validate-code', { code: 'dog', version: '1', display: 'hund' }),
        ),
      ).toBe(true)
      expect(await result(ask(path, { url: animals, code: 'dog', display: 'cat' }))).toBe(false)
      const url = { name: 'url', valueUri: animals }
      expect(
        await result(post(path, url, { name: 'coding', valueCoding: { system: animals, code: 'dog' } })),
      ).toBe(true)
      expect(
        await result(post(path, url, { name: 'coding', valueCoding: { system: 'urn:x', code: 'dog' } })),
      ).toBe(false)
      expect(
        await result(
          post(path, url, { name: 'coding', valueCoding: { system: animals, version: '9', code: 'dog' } }),
        ),
      ).toBe(false)
      const concept = {
        coding: [
          { system: 'urn:x', code: 'dog' },
          { system: animals, code: 'dog' },
        ],
      }
      expect(await result(post(path, url, { name: 'codeableConcept', valueCodeableConcept: concept }))).toBe(
        true,
      )
      expect(await result(ask(path, { url: animals, code: 'animal', abstract: 'false' }))).toBe(false)
      const sent: CodeSystem = {
        resourceType: 'CodeSystem',
        url: 'urn:sent',
        status: 'active',
        content: 'complete',
        concept: [{ code: 'x' }],
      }
      expect(
        await result(post(path, { name: 'codeSystem', resource: sent }, { name: 'code', valueCode: 'x' })),
      ).toBe(true)
    })

    test.each<[Query, number, string, string]>([
      [{ code: 'dog' }, 400, 'required', 'url'],
      [{ url: animals }, 400, 'required', 'code'],
      [{ url: 'urn:nowhere', code: 'dog' }, 404, 'not-found', 'url'],
      [{ url: animals, version: '9', code: 'dog' }, 404, 'not-found', 'url'],
      [{ url: 'urn:part', code: 'three' }, 400, 'not-supported', 'code'],
      [{ url: animals, code: 'dog', date: '2020' }, 400, 'not-supported', 'date'],
      [{ url: animals, code: 'dog', system: animals }, 400, 'not-supported', 'system'],
    ])('is refused: %j', async (query, status, code, expression) => {
      expectRefused(await ask(path, query), status, code, expression)
    })
    test('an instance that is not there', async () => {
      expectOutcome(await ask('CodeSystem/nowhere/$validate-code', { code: 'x' }), 404)
    })
  })

  describe('CodeSystem/$lookup', () => {
    const path = 'CodeSystem/$lookup'
    const properties = async (query: Query): Promise<[unknown, unknown][]> =>
      answered(await ask(path, query))
        .filter(({ name }) => name === 'property')
        .map(({ part = [] }) => [valueOf(part, 'code'), valueOf(part, 'value')])

    test('name, version, display, designations, parents, children and properties', async () => {
      const given = answered(await ask(path, { system: sct, code: '75544000' }))
      expect(valueOf(given, 'name')).toBe('SNOMED CT')
      expect(valueOf(given, 'version')).toBe('http://snomed.info/sct/900000000000207008/version/20260101')
      expect(valueOf(given, 'display')).toBe('Opioid dependence (disorder)')
      expect(
        given.filter(({ name }) => name === 'designation').map(({ part = [] }) => valueOf(part, 'value')),
      ).toEqual(['Addiction to opioids "street" opioids', 'Opioid dependence'])
      expect(await properties({ system: sct, code: '75544000' })).toEqual(
        expect.arrayContaining([
          ['url', sct],
          ['inactive', false],
          ['parent', '191816009'],
          ['child', '231477003'],
          ['sufficientlyDefined', true],
        ]),
      )
      expect(await properties({ system: sct, code: '12345678' })).toContainEqual(['inactive', true])
    })

    test('of a stored system, by a Coding, and only the properties that are asked for', async () => {
      const given = answered(
        await post(path, { name: 'coding', valueCoding: { system: animals, code: 'mammal' } }),
      )
      expect(valueOf(given, 'name')).toBe('Animals, a few')
      expect(valueOf(given, 'version')).toBe('1')
      expect(await properties({ system: animals, code: 'mammal' })).toEqual(
        expect.arrayContaining([
          ['definition', 'It gives milk.'],
          ['parent', 'animal'],
          ['child', 'dog'],
          ['child', 'cat'],
        ]),
      )
      expect(await properties({ system: animals, code: 'dog', property: 'parent' })).toEqual([
        ['parent', 'mammal'],
      ])
      expect(await properties({ system: animals, code: 'dog', property: 'legs' })).toEqual([['legs', 4]])
      const several = await world.get(
        'hospital',
        `${path}?system=${animals}&code=mammal&property=parent&property=child`,
      )
      expect(answered(several).filter(({ name }) => name === 'property')).toHaveLength(3)
      const hund = answered(await ask(path, { system: animals, code: 'dog', property: 'designation' }))
      expect(hund.find(({ name }) => name === 'designation')?.part).toEqual([
        { name: 'language', valueCode: 'de' },
        { name: 'value', valueString: 'Hund' },
      ])
      expect(
        world.services
          .validate({ resourceType: 'Parameters', parameter: given })
          .filter(({ severity }) => severity !== 'warning'),
      ).toEqual([])
    })

    test.each<[Query, number, string, string]>([
      [{ code: 'dog' }, 400, 'required', 'system'],
      [{ system: animals }, 400, 'required', 'code'],
      [{ system: 'urn:nowhere', code: 'dog' }, 404, 'not-found', 'system'],
      [{ system: animals, version: '9', code: 'dog' }, 404, 'not-found', 'system'],
      [{ system: animals, code: 'unicorn' }, 404, 'not-found', 'code'],
      [{ system: icd, code: 'Z99.99' }, 404, 'not-found', 'code'],
      [{ system: icd, code: 'F32', date: '2020' }, 400, 'not-supported', 'date'],
      [{ system: icd, code: 'F32', what: 'x' }, 400, 'not-supported', 'what'],
    ])('is refused: %j', async (query, status, code, expression) => {
      expectRefused(await ask(path, query), status, code, expression)
    })

    test('it is at type level alone', async () => {
      expectOutcome(await ask('CodeSystem/animals/$lookup', { code: 'dog' }), 404)
    })
  })

  describe('CodeSystem/$subsumes', () => {
    const path = 'CodeSystem/$subsumes'
    const outcome = async (query: Query, at = path): Promise<unknown> =>
      valueOf(answered(await ask(at, query)), 'outcome')

    test.each([
      [sct, '74732009', '231477003', 'subsumes'],
      [sct, '231477003', '74732009', 'subsumed-by'],
      [sct, '66344007', '66344007', 'equivalent'],
      [sct, '75544000', '66344007', 'not-subsumed'],
      [sct, '35489007', '66344007', 'subsumes'],
      [icd, 'F11', 'F11.220', 'subsumes'],
      [icd, 'F10', 'F11.20', 'not-subsumed'],
      [loincUrl, 'LP7803-7', '44261-6', 'subsumes'],
      [rxnorm, '351266', '371234', 'subsumed-by'],
      [animals, 'animal', 'poodle', 'subsumes'],
      [animals, 'bird', 'dog', 'not-subsumed'],
    ])('%s: %s and %s: %s', async (system, codeA, codeB, expected) => {
      expect(await outcome({ system, codeA, codeB })).toBe(expected)
    })

    test('by instance, by Codings, and with a version', async () => {
      expect(await outcome({ codeA: 'mammal', codeB: 'dog' }, 'CodeSystem/animals/$subsumes')).toBe(
        'subsumes',
      )
      expect(await outcome({ system: animals, version: '1', codeA: 'mammal', codeB: 'dog' })).toBe('subsumes')
      const coding = (name: string, code: string, system = sct) => ({ name, valueCoding: { system, code } })
      expect(
        valueOf(
          answered(await post(path, coding('codingA', '75544000'), coding('codingB', '231477003'))),
          'outcome',
        ),
      ).toBe('subsumes')
      expectRefused(
        await post(path, coding('codingA', '75544000'), coding('codingB', 'F11', icd)),
        400,
        'not-supported',
        'system',
      )
    })

    test('it is a partial order, and that of a naive walk', async () => {
      const { expansion } = expectStatus(
        await ask('ValueSet/$expand', { url: `${sct}?fhir_vs` }),
        200,
      ).as<ValueSet>()
      const codes = (expansion?.contains ?? []).map(({ code = '' }) => code)
      const edges = await world.rows<{ child: string; parent: string }>(
        sql`SELECT p.child, p.parent FROM concept_parent p JOIN code_release e ON e.key = p.release WHERE e.system = ${sct}`,
      )
      const below = (one: string, other: string): boolean =>
        one === other || edges.some(({ child, parent }) => child === other && below(one, parent))
      for (const codeA of codes)
        for (const codeB of codes) {
          const expected =
            codeA === codeB
              ? 'equivalent'
              : below(codeA, codeB)
                ? 'subsumes'
                : below(codeB, codeA)
                  ? 'subsumed-by'
                  : 'not-subsumed'
          expect([codeA, codeB, await outcome({ system: sct, codeA, codeB })]).toEqual([
            codeA,
            codeB,
            expected,
          ])
        }
    })

    test.each<[Query, number, string, string]>([
      [{ codeA: 'dog', codeB: 'cat' }, 400, 'required', 'system'],
      [{ system: animals, codeB: 'cat' }, 400, 'required', 'codeA'],
      [{ system: animals, codeA: 'cat' }, 400, 'required', 'codeB'],
      [{ system: animals, codeA: 'unicorn', codeB: 'cat' }, 404, 'not-found', 'codeA'],
      [{ system: animals, codeA: 'cat', codeB: 'unicorn' }, 404, 'not-found', 'codeB'],
      [{ system: 'urn:nowhere', codeA: 'a', codeB: 'b' }, 404, 'not-found', 'system'],
      [{ system: animals, version: '9', codeA: 'dog', codeB: 'cat' }, 404, 'not-found', 'system'],
      [{ system: 'urn:part', codeA: 'one', codeB: 'two' }, 400, 'not-supported', 'system'],
      [{ system: animals, codeA: 'dog', codeB: 'cat', url: 'x' }, 400, 'not-supported', 'url'],
    ])('is refused: %j', async (query, status, code, expression) => {
      expectRefused(await ask(path, query), status, code, expression)
    })
  })

  describe('ConceptMap/$translate', () => {
    const path = 'ConceptMap/$translate'
    const url = 'https://codes.example/ConceptMap/names'
    const matches = async (query: Query, at = path): Promise<unknown[]> =>
      answered(await ask(at, query))
        .filter(({ name }) => name === 'match')
        .map(({ part = [] }) => {
          const { system, code } = (valueOf(part, 'concept') ?? {}) as { system?: string; code?: string }
          return [valueOf(part, 'equivalence'), `${system}|${code}`]
        })

    test.each<[string, unknown[]]>([
      ['dog', [['wider', 'urn:latin|canis'], ['equal', 'urn:short|d']]],
      ['cat', [['equivalent', 'urn:latin|felis'], ['disjoint', 'urn:latin|lynx'], ['equal', 'urn:short|c']]],
      ['bird', [['equal', 'urn:short|bird']]],
      ['dodo', [['unmatched', 'undefined|undefined'], ['equal', 'urn:short|dodo']]],
      ['poodle', [['relatedto', 'urn:latin|animalia'], ['equal', 'urn:short|poodle']]],
    ])('%s', async (code, expected) => {
      expect(await matches({ url, system: animals, code })).toEqual(expected)
    }) // prettier-ignore

    test('the whole answer, and by instance', async () => {
      const query = { system: animals, code: 'dog', targetsystem: 'urn:latin' }
      for (const reply of [
        await ask(path, { url, ...query }),
        await ask('ConceptMap/names/$translate', query),
      ])
        expect(answered(reply)).toEqual([
          { name: 'result', valueBoolean: true },
          {
            name: 'match',
            part: [
              { name: 'equivalence', valueCode: 'wider' },
              { name: 'concept', valueCoding: { system: 'urn:latin', code: 'canis', display: 'Canis' } },
              {
                name: 'product',
                part: [
                  { name: 'element', valueUri: 'urn:p' },
                  { name: 'concept', valueCoding: { system: 'urn:q', code: 'tame' } },
                ],
              },
              { name: 'source', valueUri: url },
            ],
          },
        ])
    })

    test('what only does not match is no translation', async () => {
      const given = answered(
        await ask(path, { url, system: animals, code: 'dodo', targetsystem: 'urn:latin' }),
      )
      expect(valueOf(given, 'result')).toBe(false)
      expect(valueOf(given, 'message')).toBe('no translation of the code is known here')
    })

    test('reversed: wider becomes narrower', async () => {
      expect(await matches({ url, system: 'urn:latin', code: 'canis', reverse: 'true' })).toEqual([
        ['narrower', `${animals}|dog`],
      ])
      expect(await matches({ url, system: 'urn:latin', code: 'lynx', reverse: 'true' })).toEqual([
        ['disjoint', `${animals}|cat`],
      ])
      expect(
        await matches({ system: 'urn:short', code: 'd', reverse: 'true', targetsystem: animals }),
      ).toEqual([['equal', `${animals}|dog`]])
    })

    test('without a map it is every one that is between what is named', async () => {
      expect(await matches({ system: animals, code: 'cat', targetsystem: 'urn:short' })).toEqual([['equal', 'urn:short|c'], ['equal', 'urn:short|c']])
      expect(await matches({ system: animals, code: 'cat', source: setUrl('animals'), target: setUrl('latin') })).toHaveLength(3)
      expect(await matches({ system: animals, code: 'cat', target: setUrl('other') })).toEqual([])
      expect(await matches({ system: 'urn:latin', code: 'felis', reverse: 'true', source: setUrl('latin'), target: setUrl('animals') })).toHaveLength(1)
    }) // prettier-ignore

    test('maps that are shipped', async () => {
      const shipped = 'https://sluice.example/fhir/ConceptMap/hospital-administrative-sex'
      const given = await matches({
        url: shipped,
        system: 'http://terminology.hl7.org/CodeSystem/v2-0001',
        code: 'F',
      })
      expect(given).toEqual([['equivalent', 'http://hl7.org/fhir/administrative-gender|female']])
    })

    test('a Coding, a CodeableConcept, and a map that is sent along', async () => {
      const valueCoding = { system: animals, code: 'dog' }
      const named = { name: 'url', valueUri: url }
      expect(valueOf(answered(await post(path, named, { name: 'coding', valueCoding })), 'result')).toBe(true)
      const concept = { coding: [{ system: 'urn:x', code: 'x' }, valueCoding] }
      expect(
        valueOf(
          answered(await post(path, named, { name: 'codeableConcept', valueCodeableConcept: concept })),
          'result',
        ),
      ).toBe(true)
      const map = {
        resourceType: 'ConceptMap',
        status: 'active',
        group: [
          {
            source: 'urn:a',
            target: 'urn:b',
            element: [{ code: 'x', target: [{ code: 'y', equivalence: 'equal' }] }],
          },
        ],
      } as const
      const sent = answered(
        await post(
          path,
          { name: 'conceptMap', resource: map },
          { name: 'coding', valueCoding: { system: 'urn:a', code: 'x' } },
        ),
      )
      expect(valueOf(sent, 'result')).toBe(true)
    })

    test.each<[Query, number, string, string]>([
      [{ url, code: 'dog' }, 400, 'required', 'system'],
      [{ url, system: animals }, 400, 'required', 'code'],
      [{ system: animals, code: 'dog' }, 400, 'required', 'url'],
      [{ url: 'urn:nowhere', system: animals, code: 'dog' }, 404, 'not-found', 'url'],
      [{ url, conceptMapVersion: '9', system: animals, code: 'dog' }, 404, 'not-found', 'url'],
      [{ url, system: animals, code: 'dog', reverse: 'x' }, 400, 'value', 'reverse'],
      [{ url, system: animals, code: 'dog', dependency: 'x' }, 400, 'not-supported', 'dependency'],
      [{ url, system: animals, code: 'dog', what: 'x' }, 400, 'not-supported', 'what'],
    ])('is refused: %j', async (query, status, code, expression) => {
      expectRefused(await ask(path, query), status, code, expression)
    })

    test('dependencies are refused, and an instance that is not there is not found', async () => {
      const dependency = { name: 'dependency', part: [{ name: 'element', valueUri: 'urn:season' }] }
      expectRefused(
        await post(
          path,
          { name: 'url', valueUri: url },
          { name: 'system', valueUri: animals },
          { name: 'code', valueCode: 'bird' },
          dependency,
        ),
        400,
        'not-supported',
        'dependency',
      )
      expectOutcome(await ask('ConceptMap/nowhere/$translate', { system: animals, code: 'dog' }), 404)
    })
  })

  test('what is hidden and what does not exist answer alike', async () => {
    const secret: CodeSystem = {
      resourceType: 'CodeSystem',
      id: 'secret',
      url: 'urn:secret',
      status: 'active',
      content: 'complete',
      concept: [{ code: 'x', concept: [{ code: 'y' }] }],
      ...labelled(['HIV']),
    }
    const map = {
      resourceType: 'ConceptMap' as const,
      id: 'secret',
      url: 'urn:map:secret',
      status: 'active' as const,
      group: [
        {
          source: 'urn:a',
          target: 'urn:b',
          element: [{ code: 'x', target: [{ code: 'y', equivalence: 'equal' as const }] }],
        },
      ],
      ...labelled(['HIV']),
    }
    await world.load('clinic', [secret, map])
    await world.rows(sql`UPDATE resource SET open = false WHERE id = 'secret'`)
    expectOutcome(await world.get('hospital', 'CodeSystem/secret'), 404)
    const queries: readonly ((id: string) => Promise<Reply>)[] = [
      (id) => ask('CodeSystem/$lookup', { system: `urn:${id}`, code: 'x' }),
      (id) => ask('CodeSystem/$subsumes', { system: `urn:${id}`, codeA: 'x', codeB: 'y' }),
      (id) => ask(`CodeSystem/${id}/$subsumes`, { codeA: 'x', codeB: 'y' }),
      (id) => ask('CodeSystem/$validate-code', { url: `urn:${id}`, code: 'x' }),
      (id) => ask(`CodeSystem/${id}/$validate-code`, { code: 'x' }),
      (id) => ask('ConceptMap/$translate', { url: `urn:map:${id}`, system: 'urn:a', code: 'x' }),
      (id) => ask(`ConceptMap/${id}/$translate`, { system: 'urn:a', code: 'x' }),
    ]
    for (const query of queries) {
      const [hidden, absent] = [await query('secret'), await query('absent')]
      expect([hidden.status, hidden.text]).toEqual([absent.status, absent.text])
      expect(hidden.status).toBe(404)
    }
    expect(
      answered(await ask('ConceptMap/$translate', { system: 'urn:a', code: 'x', targetsystem: 'urn:b' }))[0],
    ).toEqual({ name: 'result', valueBoolean: false })
    const own = await world.get('clinic', address('CodeSystem/$lookup', { system: 'urn:secret', code: 'x' }))
    expect(own.status).toBe(200)
  })

  test('each needs its scope', async () => {
    const bearer = await world.token('hospital', { scope: 'system/ValueSet.rs' })
    for (const path of [
      'CodeSystem/$lookup?system=urn:x&code=y',
      'CodeSystem/$subsumes?system=urn:x&codeA=a&codeB=b',
      'CodeSystem/$validate-code?url=urn:x&code=a',
      'ConceptMap/$translate?url=urn:x&system=urn:y&code=a',
    ])
      expectOutcome(await world.get(bearer, path), 403)
  })
})
