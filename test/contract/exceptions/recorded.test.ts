import { sql } from 'drizzle-orm'
import type { Bundle, Observation } from 'fhir/r4'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { kinds } from '../databases.ts'
import { expectStatus } from '../outcome.ts'
import { observation, unnamed } from '../records.ts'
import type { World } from '../world.ts'
import { breakGlass, by, exceptionRows, openClinicians, opened, readable, stated } from './emergency.ts'

interface Account {
  readonly basis: readonly {
    readonly exception?: string
    readonly kind?: string
    readonly citation?: string
  }[]
  readonly purpose: string
  readonly custodian: string
  readonly notice: string | null
  readonly resources: readonly string[]
}

describe.each(kinds)('what an emergency leaves behind on %s', (kind) => {
  let world: World

  beforeAll(async () => {
    world = (await openClinicians(kind)).world
    expectStatus(await breakGlass(world, 'emergency-room', by('n1')), 202)
    expectStatus(await breakGlass(world, 'emergency-room', by('nobody')), 202)
    expectStatus(await breakGlass(world, 'reception', by('n1')), 202)
  })
  afterAll(() => world.close())

  const emergency = () => world.token('emergency-room', { purpose: 'BTG' })

  const accounts = () =>
    world.rows<Account>(sql`SELECT a.basis, a.purpose, o.id AS custodian, a.notice,
        (SELECT jsonb_agg(d->>'resource') FROM jsonb_array_elements(a.description) d) AS resources
      FROM accounting a JOIN organization o ON o.key = a.custodian ORDER BY a.key`)

  test('every disclosure is accounted, and leads to what was stated', async () => {
    const who = await emergency()
    await world.get(who, 'Observation')
    await world.get(who, 'Observation/plain')
    const [exception] = await exceptionRows(world)
    const rows = await accounts()
    const told = rows.map(({ custodian, resources }) => `${custodian}: ${resources.toSorted().join(' ')}`)
    expect(told.toSorted()).toEqual([
      'clinic: Observation/mood Observation/plain',
      'clinic: Observation/plain',
      'recovery: Observation/sud',
    ])
    for (const row of rows) {
      expect(row.purpose).toBe('BTG')
      expect(row.basis).toEqual([{ exception: exception?.id, kind: 'emergency', citation: '42 CFR 2.51' }])
    }
    expect(exception?.form).toEqual(
      Object.fromEntries(stated.map(({ name, valueString }) => [name, valueString])),
    )
    expect(rows.find(({ custodian }) => custodian === 'recovery')?.notice).toMatch(/^42 CFR part 2 prohibits/)
  })

  test('what leaves names the exception that it goes under', async () => {
    const [exception] = await exceptionRows(world)
    const sud = expectStatus(await world.get(await emergency(), 'Observation/sud'), 200).as<Observation>()
    expect(JSON.stringify(sud.meta?.extension)).toContain(
      `{"url":"exception","valueString":"${exception?.id}"}`,
    )
    expect(JSON.stringify(sud.meta?.extension)).toContain('emergency, 42 CFR 2.51')
    expect(JSON.stringify(sud)).not.toMatch(/Reyes|unresponsive/)
  })

  test('every use is on the trail: of the patient and of each custodian where it opened something', async () => {
    const rows = await world.rows<{ client: string; outcome: string; resources: readonly unknown[][] }>(
      sql`SELECT client, outcome, detail->'resources' AS resources FROM audit WHERE interaction = 'break-glass' AND outcome = 'written' ORDER BY key`,
    )
    const [exception] = await exceptionRows(world)
    expect(
      rows.map(({ client, resources }) => [client, resources.map(([what, , how]) => [what, how])]),
    ).toEqual([
      [
        'emergency-room',
        ['Patient/nora', 'Patient/nora-2'].map((one) => [one, `exception/${exception?.id}`]),
      ],
      ['emergency-room', []],
      ['reception', []],
    ])
    const own = await world.token('clinic', { patient: 'nora-2' })
    for (const who of [own, 'clinic-policy', 'recovery-policy']) {
      const events = expectStatus(await world.get(who, 'AuditEvent'), 200).as<Bundle>()
      expect(JSON.stringify(events)).toContain(`exception/${exception?.id}`)
    }
  })

  test('nothing that was stated is in the trail or the accounting itself', async () => {
    const all = JSON.stringify([
      await world.rows(sql`SELECT detail FROM audit`),
      await world.rows(sql`SELECT basis, description FROM accounting`),
    ])
    expect(all).not.toMatch(/Reyes|unresponsive|conscious|n1"/)
  })

  test('nobody opens an exception by writing a resource', async () => {
    const before = await exceptionRows(world)
    const who = await world.token('psychiatry', { purpose: 'BTG' })
    const policy = [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActReason', code: 'BTG' }]
    const attempts = [
      { resourceType: 'Basic', code: { coding: policy }, subject: { reference: 'Patient/nora' } },
      { resourceType: 'Basic', code: { text: 'exception' } },
      unnamed(observation('', 'nora', { meta: { security: policy } })),
      {
        resourceType: 'Consent',
        status: 'active',
        scope: { text: 'x' },
        category: [{ text: 'x' }],
        policyRule: { text: 'x' },
        provision: { type: 'permit', purpose: policy },
      },
      {
        resourceType: 'AuditEvent',
        type: { code: 'rest' },
        recorded: '2026-06-15T12:00:00Z',
        purposeOfEvent: [{ coding: policy }],
      },
      { resourceType: 'Task', status: 'requested', intent: 'order', code: { text: 'break-glass' } },
      { resourceType: 'Parameters', parameter: [...stated, by('n1')] },
    ] as const
    for (const attempt of attempts) await world.post(who, attempt.resourceType, attempt)
    const entry = [
      {
        resource: { resourceType: 'Parameters', parameter: [...stated, by('n1')] },
        request: { method: 'POST', url: 'Patient/$break-glass' },
      },
    ]
    for (const type of ['batch', 'transaction'])
      await world.post(who, '', { resourceType: 'Bundle', type, entry })
    expect(await exceptionRows(world)).toEqual(before)
    expect(await readable(world, who, opened)).toEqual([])
  })
})
