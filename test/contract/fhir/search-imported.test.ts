import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { importFiles, importRelease } from '../../terminology/fixtures.ts'
import { kinds } from '../databases.ts'
import { expectOutcome } from '../outcome.ts'
import { concept, labelled, observation, patient } from '../records.ts'
import { openWorld, type World } from '../world.ts'
import { type Case, find } from './asking.ts'

const sct = 'http://snomed.info/sct'
const icd = 'http://hl7.org/fhir/sid/icd-10-cm'

/** A category with so many codes that they are not listed in a statement. */
const many = 1500
const wide = [
  `00001 A00     0 ${'Wide'.padEnd(60)} Wide`,
  ...Array.from({ length: many }, (_none, at) => {
    const code = `A00${String(at).padStart(4, '0')}`
    return `${String(at + 2).padStart(5, '0')} ${code} 1 ${'Narrow'.padEnd(60)} Narrow`
  }),
].join('\n')

const coded = (id: string, system: string, code: string, whose = 'ann') =>
  observation(id, whose, { code: concept(system, code) })

const list = (id: string, system: string, value: string, op: 'is-a' | 'is-not-a' = 'is-a') => ({
  resourceType: 'ValueSet' as const,
  id,
  url: `urn:${id}`,
  status: 'active' as const,
  compose: { include: [{ system, filter: [{ property: 'concept', op, value }] }] },
})

describe.each(kinds)(
  'search by imported code systems (FHIR R4 search 3.1.1.4.4, 3.1.1.4.10) on %s',
  (kind) => {
    let world: World

    beforeAll(async () => {
      world = await openWorld(kind)
      await importRelease(world.services, 'snomed-ct')
      await importFiles(world.services, 'icd-10-cm', { 'icd10cm-order-2026.txt': wide })
      await world.load('clinic', [
      list('drugs', sct, '191816009'),
      list('wide', icd, 'A00'),
      list('not-wide', icd, 'A00', 'is-not-a'),
      patient('ann'),
      patient('bob'),
      coded('opioid', sct, '75544000'),
      coded('heroin', sct, '231477003'),
      coded('mood', sct, '370143000'),
      coded('w1', icd, 'A00.0001'),
      coded('w2', icd, `A00.${many - 1}`),
      coded('w0', icd, 'A00'),
      coded('out', icd, 'F11.20'),
      coded('elsewhere', 'urn:other', 'A00.0001'),
      coded('bobs', icd, 'A00.0002', 'bob'),
      { ...coded('hidden', icd, 'A00.0003'), ...labelled(['HIV']) },
      { ...observation('part', 'ann', { code: concept('urn:other', 'x') }), component: [{ code: concept(icd, 'A00.0005'), valueString: 'x' }] },
    ]) // prettier-ignore
      await world.know('hospital', 'Patient/ann')
    }, 120_000)
    afterAll(() => world.close())

    const wides = ['bobs', 'hidden', 'w0', 'w1', 'w2']
    const all = [...wides, 'elsewhere', 'heroin', 'mood', 'opioid', 'out', 'part']
    const but = (...ids: readonly string[]): string[] => all.filter((id) => !ids.includes(id)).toSorted()

    const cases: readonly Case[] = [
      [`code:below=${sct}|191816009`, ['heroin', 'opioid']],
      [`code:below=${sct}|231477003`, ['heroin']],
      [`code:above=${sct}|231477003`, ['heroin', 'opioid']],
      [`code:below=${sct}|nothing`, []],
      ['code:in=urn:drugs', ['heroin', 'opioid']],
      ['code:not-in=urn:drugs', but('heroin', 'opioid')],
      [`code:in=${sct}?fhir_vs=isa/75544000`, ['heroin', 'opioid']],
      [`code:below=${icd}|A00`, wides],
      ['code:in=urn:wide', wides],
      ['code:in=urn:wide,urn:drugs', [...wides, 'heroin', 'opioid']],
      ['code:not-in=urn:wide', but(...wides)],
      [`code:below=${icd}|A00&patient=ann`, ['hidden', 'w0', 'w1', 'w2']],
      ['code:in=urn:wide&patient=ann&code:not-in=urn:drugs', ['hidden', 'w0', 'w1', 'w2']],
      ['combo-code:in=urn:wide', [...wides, 'part']],
      ['patient:Patient._id=bob&code:in=urn:wide', ['bobs']],
      [`code:above=${icd}|A00.0001`, ['w0', 'w1']],
    ].map(([query, ids]) => [`Observation?${String(query)}`, (ids as string[]).toSorted()])

    test.each([...cases])('%s', async (query, ids) => {
      expect(await find(world, query)).toEqual(ids)
    })

    test('a chain and `_has` reach into it', async () => {
      expect(await find(world, 'Patient?_has:Observation:patient:code:in=urn:wide')).toEqual(['ann', 'bob'])
      expect(await find(world, `Patient?_has:Observation:patient:code:below=${sct}|191816009`)).toEqual([
        'ann',
      ])
    })

    test('what is hidden is not found by what its code means, and not counted', async () => {
      for (const query of ['code:in=urn:wide', `code:below=${icd}|A00`, 'code:in=urn:wide&patient=ann']) {
        const bundle = (await world.get('hospital', `Observation?${query}&_total=accurate`)).as<{
          total: number
          entry?: unknown[]
        }>()
        expect(JSON.stringify(bundle.entry)).not.toContain('hidden')
        expect(bundle.total).toBe(bundle.entry?.length)
      }
    })

    test('a hierarchy that is not known is refused, and not taken for flat', async () => {
      expectOutcome(
        await world.get('clinic', 'Observation?code:below=http://www.nlm.nih.gov/research/umls/rxnorm|1'),
        400,
      )
      await importFiles(world.services, 'icd-10-cm', {
        'icd10cm-codes-2025.txt': 'F1120   Opioid dependence\n',
      })
      expectOutcome(await world.get('clinic', `Observation?code:below=${icd}|F11`), 400)
      expectOutcome(await world.get('clinic', 'Observation?code:in=urn:wide'), 400)
    })
  },
)
