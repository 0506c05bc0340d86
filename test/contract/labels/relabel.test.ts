import type { Bundle, CarePlan, Condition, FhirResource, Observation } from 'fhir/r4'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type SensitivityTable, sensitivityTables } from '../../../mappings/sensitivity/index.ts'
import { jobOf } from '../../../src/admin/relabelling.ts'
import { step } from '../../../src/store/relabelling.ts'
import { longKinds } from '../databases.ts'
import { expectOutcome, expectStatus, matches } from '../outcome.ts'
import { condition, confidentiality, icd10, label, labelled, observation, patient } from '../records.ts'
import { openWorld, type World } from '../world.ts'
import { command, laxer, recordsOf, release, stricter } from './releases.ts'

/** A plan with an activity for each of these codes. */
const plan = (id: string, ...activities: readonly string[]): CarePlan => ({
  resourceType: 'CarePlan',
  id,
  status: 'active',
  intent: 'plan',
  subject: { reference: 'Patient/ann' },
  ...(activities.length > 0 && {
    activity: activities.map((code) => ({ detail: { status: 'scheduled', code: icd10(code) } })),
  }),
})

/** The next release labels everything again. */
const relabelled = async (world: World, tables: readonly SensitivityTable[]): Promise<void> => {
  const ran = await command(await release(world, tables), ['relabel'])
  expect(ran.fault).toBeUndefined()
  expect(ran.json).toMatchObject({ due: false, held: 0 })
}

const codes = (resource: FhirResource): string[] =>
  (resource.meta?.security ?? []).map(({ code }) => code ?? '')

describe.each(longKinds)('labels follow what they come from, on %s', { timeout: 60_000 }, (kind) => {
  let world: World
  beforeAll(async () => {
    world = await openWorld(kind)
    await world.load('clinic', [patient('ann')])
    await world.know('hospital', 'Patient/ann')
    await release(world, sensitivityTables)
  })
  afterAll(() => world.close())

  /** Loads records that the clinic holds, and tells how all is stored then. */
  const load = async (...resources: readonly FhirResource[]) => {
    await world.load('clinic', resources)
    return () => recordsOf(world.database)
  }

  const read = async <T extends FhirResource>(address: string, who = 'clinic'): Promise<T> =>
    expectStatus(await world.get(who, address), 200).as<T>()

  const hidden = async (...addresses: readonly string[]): Promise<void> => {
    for (const address of addresses) expectOutcome(await world.get('hospital', address), 404)
  }

  test('a table that says more raises: without a version, a date, or anybody who writes', async () => {
    await load(condition('cold', 'ann'), observation('o', 'ann'))
    const before = await read<Condition>('Condition/cold')
    expectStatus(await world.get('hospital', 'Condition/cold'), 200)
    await relabelled(world, stricter)
    const after = await read<Condition>('Condition/cold')
    expect(codes(after)).toEqual(['R', 'HIV'])
    expect({ ...after, meta: { ...after.meta, security: [] } }).toEqual({
      ...before,
      meta: { ...before.meta, security: [] },
    })
    const version = `Condition/cold/_history/${before.meta?.versionId ?? ''}`
    await hidden('Condition/cold', 'Condition/cold/_history', version)
    expect(matches(await world.get('hospital', 'Condition?patient=ann'))).toEqual([])
    expect(matches(await world.get('clinic', 'Condition?_security=HIV'))).toEqual(['cold'])
    expect((await read<Bundle>('Condition/cold/_history')).total).toBe(1)
    expectStatus(await world.get('hospital', 'Observation/o'), 200)
    await relabelled(world, sensitivityTables)
    expect(codes(await read<Condition>('Condition/cold', 'hospital'))).toEqual(['N'])
  })

  test('a table that says less lowers, but not what somebody stated; and back all is as it was', async () => {
    const code = icd10('F10.20')
    const stored = await load(
      condition('alcohol', 'ann', { code }),
      condition('spoken', 'ann', { code, ...labelled(['SUD']) }),
      condition('level', 'ann', { code, meta: { security: [confidentiality('R')] } }),
    )
    const before = await stored()
    await hidden('Condition/alcohol')
    await relabelled(world, laxer)
    expect(codes(await read<Condition>('Condition/alcohol', 'hospital'))).toEqual(['N'])
    expect(codes(await read<Condition>('Condition/spoken'))).toEqual(['R', 'SUD'])
    expect(codes(await read<Condition>('Condition/level', 'hospital'))).toEqual(['R'])
    await hidden('Condition/spoken')
    await relabelled(world, sensitivityTables)
    expect(await stored()).toEqual(before)
  })

  test('elements come and go with their labels; the version is the one that was there', async () => {
    await load(plan('parts', 'J00', 'F10.20'))
    const seen = async () => [
      (await read<CarePlan>('CarePlan/parts', 'hospital')).activity?.length,
      (await read<Bundle>('CarePlan/parts/_history', 'hospital')).total,
    ]
    const { meta } = await read<CarePlan>('CarePlan/parts')
    expect(await seen()).toEqual([1, 1])
    await relabelled(world, laxer)
    expect(await seen()).toEqual([2, 1])
    expect((await read<CarePlan>('CarePlan/parts', 'hospital')).meta).toMatchObject({
      versionId: meta?.versionId,
      lastUpdated: meta?.lastUpdated,
    })
    await relabelled(world, sensitivityTables)
    expect(await seen()).toEqual([1, 1])
    expect(matches(await world.get('hospital', 'CarePlan?activity-code=F10.20'))).toEqual([])
  })

  test('what the tables raise is held at once, and inside the custodian it is there all the while', async () => {
    await load(condition('held', 'ann'), plan('raised', 'J00'), plan('once'))
    expectStatus(await world.put('clinic', 'CarePlan/once', plan('once', 'J00')), 200)
    expectStatus(await world.put('clinic', 'CarePlan/once', plan('once')), 200)
    const addresses = ['Condition/held', 'CarePlan/raised', 'CarePlan/once']
    const next = await release(world, stricter)
    const status = async () => (await command(next, ['relabel', '--status'])).json as { stage: string }
    while ((await status()).stage !== 'cut') await step(jobOf(next))
    expect(await status()).toMatchObject({ due: true, done: 0 })
    await hidden(...addresses)
    for (const address of addresses) expectStatus(await world.get('clinic', address), 200)
    await relabelled(world, stricter)
    expect((await read<CarePlan>('CarePlan/raised', 'hospital')).activity).toBeUndefined()
    expectStatus(await world.get('hospital', 'CarePlan/once'), 200)
    await hidden('Condition/held')
    await relabelled(world, sensitivityTables)
  })

  test('what cites a record follows it, up and down, also where only an earlier version did', async () => {
    const focus = [{ reference: 'Condition/cited' }]
    const stored = await load(
      condition('cited', 'ann'),
      observation('first', 'ann', { focus }),
      observation('second', 'ann', { derivedFrom: [{ reference: 'Observation/first' }] }),
      observation('before', 'ann', { focus }),
      { ...plan('addressing'), addresses: [{ reference: 'Condition/cited', display: 'a cold' }] },
    )
    await world.put('clinic', 'Observation/before', observation('before', 'ann'))
    const citing = ['Observation/first', 'Observation/second', 'Observation/before']
    const before = await stored()
    await relabelled(world, stricter)
    await hidden(...citing)
    expect((await read<CarePlan>('CarePlan/addressing', 'hospital')).addresses).toBeUndefined()
    await relabelled(world, sensitivityTables)
    for (const address of citing) expectStatus(await world.get('hospital', address), 200)
    expect(await stored()).toEqual(before)
  })

  test('a ring of citations does not keep a label alive', async () => {
    const ring = (id: string, of: string): Observation =>
      observation(id, 'ann', { hasMember: [{ reference: `Observation/${of}` }] })
    const stored = await load(observation('a', 'ann', { code: icd10('J00') }), ring('b', 'a'))
    await world.put('clinic', 'Observation/a', { ...ring('a', 'b'), code: icd10('J00') })
    const before = await stored()
    await relabelled(world, stricter)
    await hidden('Observation/a', 'Observation/b')
    await relabelled(world, sensitivityTables)
    expect(await stored()).toEqual(before)
  })

  test('superseded versions are cut by their own elements, and keep their names', async () => {
    await load(plan('past', 'J00', 'I10'))
    await world.put('clinic', 'CarePlan/past', { ...plan('past', 'I10'), title: 'two' })
    const versions = async (who: string) =>
      (await read<Bundle>('CarePlan/past/_history', who)).entry?.map(({ resource }) => [
        resource?.meta?.versionId,
        (resource as CarePlan).activity?.length,
      ])
    const before = await versions('hospital')
    expect(before?.map(([, activities]) => activities)).toEqual([1, 2])
    await relabelled(world, stricter)
    expect(await versions('hospital')).toEqual(before?.map(([version]) => [version, 1]))
    expect(await versions('clinic')).toEqual(before)
    await relabelled(world, sensitivityTables)
    expect(await versions('hospital')).toEqual(before)
  })

  test('an earlier version, and a deleted record, carry what the record carries', async () => {
    const stored = await load(condition('was', 'ann'), condition('gone', 'ann'))
    await world.put('clinic', 'Condition/was', condition('was', 'ann', { code: icd10('I10') }))
    expectStatus(await world.del('clinic', 'Condition/gone'), 204)
    expect((await world.get('hospital', 'Condition/gone')).status).toBe(410)
    const before = await stored()
    await relabelled(world, stricter)
    await hidden('Condition/was', 'Condition/was/_history', 'Condition/gone')
    expect(codes(await read<Condition>('Condition/was'))).toEqual(['R', 'HIV'])
    expect((await world.get('clinic', 'Condition/gone')).status).toBe(410)
    await relabelled(world, sensitivityTables)
    expect((await world.get('hospital', 'Condition/gone')).status).toBe(410)
    expect(await stored()).toEqual(before)
  })

  test('a label that an officer puts on and takes off again is followed by what cites the record', async () => {
    const stored = await load(
      observation('said', 'ann'),
      observation('citing', 'ann', { derivedFrom: [{ reference: 'Observation/said' }] }),
    )
    const before = await stored()
    const change = (who: string, operation: string) =>
      world.post(who, `Observation/said/$${operation}`, {
        resourceType: 'Parameters',
        parameter: [{ name: 'meta', valueMeta: { security: [label('HIV')] } }],
      })
    expectStatus(await change('clinic', 'meta-add'), 200)
    await hidden('Observation/said', 'Observation/citing')
    expectStatus(await change('clinic-policy', 'meta-delete'), 200)
    expectStatus(await world.get('hospital', 'Observation/citing'), 200)
    expect(await stored()).toEqual(before)
  })

  test('more citing records than one transaction takes are held, and settled afterwards', async () => {
    const many = Array.from({ length: 501 }, (_, place) =>
      observation(`many-${place}`, 'ann', { derivedFrom: [{ reference: 'Observation/root' }] }),
    )
    await load(observation('root', 'ann'), ...many)
    const root = observation('root', 'ann', { code: icd10('B20') })
    expectStatus(await world.put('clinic', 'Observation/root', root), 200)
    await hidden('Observation/root', 'Observation/many-500')
    const now = await release(world, sensitivityTables)
    expect((await command(now, ['relabel', '--status'])).json).toMatchObject({ due: true, held: 501 })
    expectStatus(await world.get('clinic', 'Observation/many-500'), 200)
    await relabelled(world, sensitivityTables)
    await hidden('Observation/many-0', 'Observation/many-500')
    expect(codes(await read<Observation>('Observation/many-500'))).toEqual(['R', 'HIV'])
  })
})
