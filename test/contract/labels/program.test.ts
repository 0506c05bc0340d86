import type { FhirResource, Observation, Organization } from 'fhir/r4'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { within } from '../../../src/admin/administered.ts'
import { addPartners, partnerSchema } from '../../../src/admin/partners.ts'
import { kinds } from '../databases.ts'
import { expectOutcome, expectStatus, matches } from '../outcome.ts'
import { condition, observation, patient } from '../records.ts'
import { openWorld, type World } from '../world.ts'
import { command, recordsOf } from './releases.ts'

const center = { id: 'center', name: 'Birch Center', class: 'covered-entity', state: 'OR' }

const codes = (resource: FhirResource): string[] =>
  (resource.meta?.security ?? []).map(({ code }) => code ?? '')

describe.each(kinds)(
  "records follow their custodian's program status, on %s",
  { timeout: 60_000 },
  (kind) => {
    let world: World

    beforeAll(async () => {
      world = await openWorld(kind)
      await partner({ ...center, part2: false })
      await world.client({ id: 'center', organization: 'Organization/center', scope: 'system/*.cruds', purposes: ['TREAT'] }) // prettier-ignore
      await world.load('center', [
        patient('ann'),
        condition('c', 'ann'),
        observation('o', 'ann', { hasMember: [{ reference: 'Observation/member' }] }),
        observation('member', 'ann'),
      ])
      await world.load('clinic', [
        patient('bob'),
        observation('citing', 'bob', { basedOn: [{ reference: 'CarePlan/p' }], note: [{ text: 'x' }] }),
        observation('named', 'bob', { performer: [{ reference: 'Organization/center', display: 'Birch' }] }),
        observation('was', 'bob', { performer: [{ reference: 'Organization/center', display: 'Birch' }] }),
      ])
      await world.put('clinic', 'Observation/was', observation('was', 'bob'))
      for (const one of ['ann', 'bob']) await world.know('hospital', `Patient/${one}`)
    })
    afterAll(() => world.close())

    const partner = async (spec: object): Promise<void> => {
      const ran = await command(world.services, ['partner', 'add', '--file', 'p.json'], { 'p.json': spec })
      expect(ran.fault).toBeUndefined()
    }

    const performers = async (address: string): Promise<number> =>
      expectStatus(await world.get('hospital', address), 200).as<Observation>().performer?.length ?? 0

    test('on and off, with all versions, and without a new one', async () => {
      const before = await recordsOf(world.database)
      expectStatus(await world.get('hospital', 'Condition/c'), 200)
      expect(await performers('Observation/named')).toBe(1)
      await partner({ ...center, part2: true })
      for (const address of [
        'Condition/c',
        'Observation/o',
        'Observation/member',
        'Condition/c/_history',
        'Patient/ann',
      ])
        expectOutcome(await world.get('hospital', address), 404)
      const own = (await world.get('center', 'Condition/c')).as<FhirResource>()
      expect(codes(own)).toEqual(['R', '42CFRPart2'])
      expect(matches(await world.get('center', 'Observation?_security=42CFRPart2')).toSorted()).toEqual([
        'member',
        'o',
      ])
      expect(await performers('Observation/named')).toBe(0)
      expect((await world.get('hospital', 'Observation/was/_history')).text).not.toContain('Birch')
      expect((await world.get('clinic', 'Observation/was/_history')).text).toContain('Birch')
      await partner({ ...center, part2: false })
      expectStatus(await world.get('hospital', 'Condition/c'), 200)
      expect(await performers('Observation/named')).toBe(1)
      const after = await recordsOf(world.database)
      const without = (rows: readonly string[] | undefined) =>
        rows?.filter((row) => !row.includes('Birch Center'))
      expect(without(after['resource'])).toEqual(without(before['resource']))
      expect(without(after['history'])).toEqual(without(before['history']))
    })

    test('a program is held from the very moment that it is one, and a write on the way is labelled right', async () => {
      await world.database.transaction((connection) =>
        addPartners(within(world.services, connection), [partnerSchema.parse({ ...center, part2: true })]),
      )
      for (const address of ['Condition/c', 'Observation/o', 'Condition/c/_history', 'Patient/ann'])
        expectOutcome(await world.get('hospital', address), 404)
      expect(await performers('Observation/citing')).toBe(0)
      expectOutcome(await world.get('hospital', 'Observation/named'), 404)
      expectStatus(await world.get('center', 'Condition/c'), 200)
      expectStatus(
        await world.put('center', 'Condition/c', condition('c', 'ann', { note: [{ text: 'more' }] })),
        200,
      )
      const own = (await world.get('center', 'Condition/c')).as<FhirResource>()
      expect(codes(own)).toEqual(['R', '42CFRPart2'])
      expectOutcome(await world.get('hospital', 'Condition/c/_history'), 404)
      const ran = await command(world.services, ['relabel'])
      expect(ran.json).toMatchObject({ due: false, held: 0 })
      expectOutcome(await world.get('hospital', 'Observation/o'), 404)
      expect(await performers('Observation/named')).toBe(0)
      await partner({ ...center, part2: false })
    })

    test('an Organization that a trusted import vouches for does the same', async () => {
      const organization: Organization = {
        resourceType: 'Organization',
        id: 'center',
        name: 'Birch Center',
        active: true,
        extension: [
          { url: 'https://sluice.example/fhir/StructureDefinition/part2-program', valueBoolean: true },
        ],
      }
      expectStatus(await world.get('hospital', 'Observation/o'), 200)
      await world.load('center', [organization])
      for (const address of ['Condition/c', 'Observation/o', 'Patient/ann'])
        expectOutcome(await world.get('hospital', address), 404)
      expect((await command(world.services, ['relabel', '--status'])).json).toMatchObject({ held: 0 })
    })
  },
)
