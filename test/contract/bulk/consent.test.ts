import { sql } from 'drizzle-orm'
import type { CarePlan, Consent, FhirResource } from 'fhir/r4'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { buildConsent, type ConsentSpec } from '../consents.ts'
import { longKinds } from '../databases.ts'
import { expectOutcome, expectStatus } from '../outcome.ts'
import { condition, icd10, labelled, observation, patient } from '../records.ts'
import { openWorld, type World } from '../world.ts'
import { download, drain, exported, fetched, kickOff, linesAt, manifestAt, pathOf } from './exporting.ts'

const consentOf = (id: string, subject: string, spec: ConsentSpec): Consent =>
  JSON.parse(JSON.stringify(buildConsent(id, spec)).replaceAll('@patient', `Patient/${subject}`)) as Consent

/** Lets the hospital have what is labelled HIV. */
const permit = (subject: string): Consent =>
  consentOf(`${subject}-consent`, subject, {
    root: { effect: 'permit', to: ['hospital'], purposes: ['TREAT'], labels: ['HIV'] },
  })

const plan = (id: string, title: string, problems: readonly string[]): CarePlan => ({
  resourceType: 'CarePlan',
  id,
  status: 'active',
  intent: 'plan',
  title,
  subject: { reference: 'Patient/ann' },
  addresses: problems.map((one) => ({ reference: `Condition/${one}` })),
})

describe.each(longKinds)('$export is decided when it is written and when it is downloaded, on %s', (kind) => {
  let world: World

  const held = (subject: string): FhirResource[] => [
    patient(subject),
    observation(`${subject}-plain`, subject),
    observation(`${subject}-hiv`, subject, labelled(['HIV'])),
    condition(`${subject}-hiv`, subject, labelled(['HIV'])),
    permit(subject),
  ]

  beforeAll(async () => {
    world = await openWorld(kind)
    for (const subject of ['ann', 'bea', 'cal', 'dan', 'eve']) await world.load('clinic', held(subject))
    for (const subject of ['ann', 'bea', 'cal', 'dan', 'eve'])
      await world.know('hospital', `Patient/${subject}`)
    await world.load('clinic', [
      condition('cold', 'ann'),
      condition('alcohol', 'ann', { code: icd10('F10.20') }),
      plan('plan', 'first', ['cold', 'alcohol']),
    ])
  })
  afterAll(() => world.close())

  const revoke = (subject: string) => world.load('clinic', [{ ...permit(subject), status: 'inactive' }])
  const filtered = (subject: string, type: string): string =>
    `$export?_type=${type}&_typeFilter=${encodeURIComponent(`${type}?patient=Patient/${subject}`)}`

  test('what goes under a consent is accounted, each chunk before it leaves', async () => {
    const { keys, resources } = await exported(world, 'hospital', filtered('ann', 'Observation'))
    expect(keys).toEqual(['Observation/ann-hiv', 'Observation/ann-plain'])
    expect(JSON.stringify(resources[0])).toContain('disclosed-under')
    const [audit] = await world.rows<{ outcome: string; detail: { resources: string[][] } }>(
      sql`SELECT outcome, detail FROM audit WHERE interaction = 'export-file' ORDER BY at DESC, key DESC LIMIT 1`,
    )
    expect(audit?.outcome).toBe('disclosed')
    expect(audit?.detail.resources.map(([key, , basis]) => [key, basis])).toEqual([
      ['Observation/ann-hiv', 'consent'],
      ['Observation/ann-plain', 'default'],
    ])
    const accounted = await world.rows<{ description: { resource: string }[]; recipient: string }>(
      sql`SELECT description, recipient FROM accounting`,
    )
    expect(accounted.flatMap(({ description }) => description.map(({ resource }) => resource))).toContain(
      'Observation/ann-hiv',
    )
    expect(accounted.every(({ recipient }) => recipient === 'Organization/hospital')).toBe(true)
  })

  test('revoked before it was written: it is not there', async () => {
    const job = await kickOff(world, 'hospital', filtered('bea', 'Observation'))
    await revoke('bea')
    await drain(world)
    expect((await fetched(world, 'hospital', job)).keys).toEqual(['Observation/bea-plain'])
  })

  test('revoked after it was written: manifest and file have it no more, and it comes back with the consent', async () => {
    const path = `${filtered('cal', 'Observation')}&_type=Condition&_typeFilter=${encodeURIComponent('Condition?patient=Patient/cal')}`
    const job = await kickOff(world, 'hospital', path)
    await drain(world)
    const before = await fetched(world, 'hospital', job)
    expect(before.keys).toEqual(['Condition/cal-hiv', 'Observation/cal-hiv', 'Observation/cal-plain'])
    await revoke('cal')
    const after = await fetched(world, 'hospital', job)
    expect(after.keys).toEqual(['Observation/cal-plain'])
    expect(after.manifest.output.map(({ type, count }) => [type, count])).toEqual([['Observation', 1]])
    const gone = before.manifest.output.find(({ type }) => type === 'Condition')?.url ?? ''
    expectOutcome(await download(world, 'hospital', gone), 404)
    await world.load('clinic', [permit('cal')])
    expect((await fetched(world, 'hospital', job)).keys).toEqual(before.keys)
  })

  test('a record that changes goes as the version that it was; one that is gone as well', async () => {
    const job = await kickOff(world, 'hospital', filtered('dan', 'Observation'))
    await drain(world)
    world.setClock('2026-06-15T13:00:00Z')
    const changed = observation('dan-plain', 'dan', { status: 'amended' })
    expectStatus(await world.put('clinic', 'Observation/dan-plain', changed), 200)
    expectStatus(await world.del('clinic', 'Observation/dan-hiv'), 204)
    const { resources } = await fetched(world, 'hospital', job)
    expect(resources.map(({ id, status }) => [id, status])).toEqual([
      ['dan-hiv', 'final'],
      ['dan-plain', 'final'],
    ])
    const labelledNow = observation('dan-plain', 'dan', { ...labelled(['PSYTHPN']), status: 'amended' })
    expectStatus(await world.put('clinic', 'Observation/dan-plain', labelledNow), 200)
    expect((await fetched(world, 'hospital', job)).keys).toEqual(['Observation/dan-hiv'])
  })

  test('what changes while the lines are looked for goes as it was when it began', async () => {
    world.setClock('2026-06-16T10:00:00Z')
    await world.load('clinic', [
      observation('early', 'eve', { status: 'preliminary' }),
      observation('again', 'eve', { status: 'preliminary' }),
    ])
    const job = await kickOff(world, 'hospital', filtered('eve', 'Observation'))
    world.setClock('2026-06-16T11:00:00Z')
    expectStatus(await world.put('clinic', 'Observation/early', observation('early', 'eve')), 200)
    expectStatus(await world.del('clinic', 'Observation/again'), 204)
    await world.load('clinic', [observation('late', 'eve')])
    await drain(world)
    const { resources, manifest } = await fetched(world, 'hospital', job)
    expect(manifest.transactionTime).toBe('2026-06-16T10:00:00.000Z')
    expect(resources.find(({ id }) => id === 'early')?.['status']).toBe('preliminary')
    expect(resources.map(({ id }) => id)).not.toContain('late')
    world.setClock('2026-06-16T12:00:00Z')
    const next = await exported(
      world,
      'hospital',
      `${filtered('eve', 'Observation')}&_since=${manifest.transactionTime}`,
    )
    expect(next.keys).toEqual(['Observation/early', 'Observation/late'])
    expect(next.deleted).toEqual(['DELETE Observation/again'])
  })

  test('a masked part is not there, and its changes are none', async () => {
    world.setClock('2026-06-17T10:00:00Z')
    const path = `${filtered('ann', 'CarePlan')}`
    const first = await exported(world, 'hospital', path)
    expect(first.resources[0]?.['addresses']).toEqual([{ reference: 'Condition/cold' }])
    world.setClock('2026-06-17T11:00:00Z')
    await world.load('clinic', [condition('wine', 'ann', { code: icd10('F10.20') })])
    expectStatus(await world.put('clinic', 'CarePlan/plan', plan('plan', 'first', ['cold', 'wine'])), 200)
    const since = `&_since=${first.manifest.transactionTime}`
    expect((await exported(world, 'hospital', path + since)).keys).toEqual([])
    expect((await exported(world, 'clinic', path + since)).keys).toEqual(['CarePlan/plan'])
    world.setClock('2026-06-17T12:00:00Z')
    expectStatus(await world.put('clinic', 'CarePlan/plan', plan('plan', 'second', ['cold', 'wine'])), 200)
    expect((await exported(world, 'hospital', path + since)).keys).toEqual(['CarePlan/plan'])
    const until = '2026-06-17T11:30:00Z'
    expect((await exported(world, 'hospital', `${path}&_until=${until}`)).keys).toEqual([])
    expect((await exported(world, 'clinic', `${path}&_until=2026-06-17T12:00:01Z`)).keys).toEqual([
      'CarePlan/plan',
    ])
  })

  test('deletions since then: of what could be seen, in what was asked for', async () => {
    world.setClock('2026-06-18T10:00:00Z')
    await world.load('clinic', [
      patient('flo'),
      patient('gus'),
      ...['flo', 'gus'].flatMap((id) => [
        observation(`${id}-1`, id),
        observation(`${id}-2`, id, labelled(['HIV'])),
      ]),
      {
        resourceType: 'Group',
        id: 'one',
        type: 'person',
        actual: true,
        member: [{ entity: { reference: 'Patient/flo' } }],
      },
    ])
    for (const id of ['flo', 'gus']) await world.know('hospital', `Patient/${id}`)
    world.setClock('2026-06-18T11:00:00Z')
    for (const id of ['flo-1', 'flo-2', 'gus-1', 'gus-2'])
      expectStatus(await world.del('clinic', `Observation/${id}`), 204)
    const since = '_since=2026-06-18T10:30:00Z&_type=Observation,Patient'
    const of = async (path: string) => exported(world, 'hospital', path)
    const gone = ['DELETE Observation/flo-1', 'DELETE Observation/gus-1']
    expect((await of(`$export?${since}`)).deleted).toEqual(gone)
    expect((await of(`Patient/$export?${since}`)).deleted).toEqual(gone)
    expect((await of(`Group/one/$export?${since}`)).deleted).toEqual(gone.slice(0, 1))
    expect((await of('$export?_type=Observation')).deleted).toEqual([])
    const late = await of('$export?_since=2026-06-18T11:30:00Z&_type=Observation')
    expect(late.manifest).toMatchObject({ output: [], deleted: [] })
    const job = await kickOff(world, 'hospital', `$export?${since}`)
    await drain(world)
    const [file] = (await manifestAt(world, 'hospital', job)).deleted
    expect(file).toMatchObject({ type: 'Bundle', count: 2 })
    world.setClock('2026-06-18T12:00:00Z')
    expectStatus(await world.put('clinic', 'Observation/flo-1', observation('flo-1', 'flo')), 201)
    expect(await linesAt(world, 'hospital', file?.url ?? '')).toHaveLength(2)
    await world.load('clinic', [consentOf('flo-deny', 'flo', { root: { effect: 'deny', to: ['hospital'] } })])
    expect(await linesAt(world, 'hospital', file?.url ?? '')).toHaveLength(1)
    expectOutcome(await world.get('clinic', pathOf(file?.url ?? '')), 404)
  })

  test('each chunk is decided when it leaves: what is revoked or cancelled on the way ends there', async () => {
    const many = Array.from({ length: 120 }, (_, n) =>
      observation(`many-${String(n).padStart(3, '0')}`, 'hal', labelled(['HIV'])),
    )
    await world.load('clinic', [patient('hal'), ...many, permit('hal')])
    await world.know('hospital', 'Patient/hal')
    const job = await kickOff(world, 'hospital', filtered('hal', 'Observation'))
    await drain(world)
    const [file] = (await manifestAt(world, 'hospital', job)).output
    expect(file?.count).toBe(120)
    const { token } = await world.token('hospital')
    const begin = () => world.app.request(file?.url ?? '', { headers: { authorization: `Bearer ${token}` } })
    const begun = await begin()
    await revoke('hal')
    expect((await begun.text()).split('\n')).toHaveLength(51)
    await world.load('clinic', [permit('hal')])
    const again = await begin()
    expectStatus(await world.del('hospital', job), 202)
    await expect(again.text()).rejects.toThrow()
  })

  test('nothing of a chunk leaves if its record cannot be kept', async () => {
    const job = await kickOff(world, 'hospital', filtered('ann', 'Observation'))
    await drain(world)
    const [file] = (await manifestAt(world, 'hospital', job)).output
    await world.rows(sql`ALTER TABLE audit RENAME TO audit_away`)
    try {
      const reply = await download(world, 'hospital', file?.url ?? '')
      expect([reply.status, reply.text]).toEqual([500, ''])
    } finally {
      await world.rows(sql`ALTER TABLE audit_away RENAME TO audit`)
    }
    expect(await linesAt(world, 'hospital', file?.url ?? '')).toHaveLength(2)
  })
})
