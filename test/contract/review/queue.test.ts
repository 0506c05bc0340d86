import { sql } from 'drizzle-orm'
import type { CareTeam, Consent, Patient } from 'fhir/r4'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Settled } from '../../../src/admin/settle-item.ts'
import type { Waiting } from '../../../src/store/review-queue.ts'
import { buildConsent } from '../consents.ts'
import { kinds } from '../databases.ts'
import { breakGlass, by, noon, openClinicians, readable } from '../exceptions/emergency.ts'
import { command } from '../exceptions/officer.ts'
import { expectOutcome, expectStatus, searchset } from '../outcome.ts'
import { labelled, observation, patient, practitioner, unnamed } from '../records.ts'
import type { World } from '../world.ts'

describe.each(kinds)('what waits for an officer on %s', (kind) => {
  let world: World

  beforeAll(async () => {
    world = (await openClinicians(kind)).world
    await world.load('clinic', [
      patient('pia', { identifier: [{ system: 'https://oak.example/mrn', value: 'pia' }] }),
      observation('pia-plain', 'pia'),
      observation('pia-hiv', 'pia', labelled(['HIV'])),
    ])
    await world.know('psychiatry', 'Patient/pia')
  })
  afterAll(() => world.close())

  const list = async (...more: string[]) =>
    (await command(world, ['review', 'list', ...more])).json as Waiting[]
  const say = async (verdict: 'accept' | 'refuse', item: string) =>
    (await command(world, ['review', verdict, '--item', item, '--by', 'P. Officer', '--note', 'seen']))
      .json as Settled
  const waits = async (item: string) => (await list()).some((own) => own.item === item)

  const sentConsent = async (): Promise<string> => {
    const consent = JSON.parse(
      JSON.stringify(
        buildConsent('', {
          from: ['clinic'],
          root: { effect: 'permit', to: ['psychiatry'], purposes: ['TREAT'], labels: ['HIV'] },
        }),
      ).replaceAll('@patient', 'Patient/pia'),
    ) as Consent
    const made = expectStatus(await world.post('clinic', 'Consent', unnamed(consent)), 201).as<Consent>()
    return `Consent/${made.id ?? ''}`
  }

  test('nothing waits at first, and what waits is in one list', async () => {
    expect(await list()).toEqual([])
    expect((await command(world, ['review', 'list'])).text).toBe('nothing waits')
  })

  test('a Consent of a client without the role takes effect when it is accepted, without a new version', async () => {
    const item = await sentConsent()
    expectOutcome(await world.get('psychiatry', 'Observation/pia-hiv'), 404)
    const before = expectStatus(await world.get('clinic', item), 200)
    const [waiting] = await list('--custodian', 'Organization/clinic')
    expect(waiting).toMatchObject({
      item,
      queue: 'policy',
      custodian: 'Organization/clinic',
      patients: ['Patient/pia'],
    })
    expect(await list('--custodian', 'Organization/hospital')).toEqual([])
    expect((await command(world, ['review', 'show', '--item', item])).text).toContain(
      '"resourceType": "Consent"',
    )
    expect(await say('accept', item)).toMatchObject({ already: false, effect: 'in effect from now on' })
    expectStatus(await world.get('psychiatry', 'Observation/pia-hiv'), 200)
    const after = expectStatus(await world.get('clinic', item), 200)
    expect(after.headers.get('etag')).toBe(before.headers.get('etag'))
    expect(await waits(item)).toBe(false)
    expect(await say('accept', item)).toMatchObject({ already: true, effect: 'nothing changed' })
    await expect(say('refuse', item)).rejects.toThrow(`\`${item}\` was accepted by P. Officer already`)
    expectOutcome(await world.del('clinic', item), 403)
    expectStatus(await world.del('clinic-policy', item), 204)
    expectOutcome(await world.get('psychiatry', 'Observation/pia-hiv'), 404)
  })

  test('a Consent that is refused stays without effect, and a new version of it waits again', async () => {
    const item = await sentConsent()
    expect(await say('refuse', item)).toMatchObject({ already: false, effect: 'stays without effect' })
    expect(await waits(item)).toBe(false)
    await expect(say('accept', item)).rejects.toThrow('was refused by P. Officer already')
    expectOutcome(await world.get('psychiatry', 'Observation/pia-hiv'), 404)
    const seen = (await world.get('clinic', item)).as<Consent>()
    expectStatus(await world.put('clinic', item, { ...seen, dateTime: '2026-06-01' }), 200)
    expect(await waits(item)).toBe(true)
    await say('accept', item)
    expectStatus(await world.get('psychiatry', 'Observation/pia-hiv'), 200)
    expectStatus(await world.del('clinic-policy', item), 204)
  })

  test("a partner's Consent, accepted, binds the partner's own records and nobody else's", async () => {
    const consent = JSON.parse(
      JSON.stringify(
        buildConsent('', {
          from: ['clinic'],
          root: { effect: 'permit', to: ['psychiatry'], purposes: ['TREAT'], labels: ['HIV'] },
        }),
      ).replaceAll('@patient', 'Patient/pia'),
    ) as Consent
    const made = expectStatus(await world.post('psychiatry', 'Consent', unnamed(consent)), 201).as<Consent>()
    await say('accept', `Consent/${made.id ?? ''}`)
    expectOutcome(await world.get('psychiatry', 'Observation/pia-hiv'), 404)
  })

  test('a care team that is accepted lets its members in', async () => {
    await world.load('clinic', [practitioner('lou')])
    await world.member('lou', 'Practitioner/lou', 'Organization/clinic', 'clinician')
    const lou = await world.token('clinic', { user: 'lou' })
    const team: Omit<CareTeam, 'id'> = {
      resourceType: 'CareTeam',
      status: 'active',
      subject: { reference: 'Patient/pia' },
      participant: [{ member: { reference: 'Practitioner/lou' } }],
    }
    const made = expectStatus(await world.post('clinic', 'CareTeam', team), 201).as<CareTeam>()
    expectOutcome(await world.get(lou, 'Observation/pia-plain'), 404)
    await say('accept', `CareTeam/${made.id ?? ''}`)
    expectStatus(await world.get(lou, 'Observation/pia-plain'), 200)
  })

  test('emergencies wait, and are justified or end', async () => {
    await breakGlass(world, 'emergency-room', by('n1'))
    await breakGlass(world, 'emergency-room', by('nobody'))
    // Both were opened at the same moment, and have random ids.
    const emergencies = (await list())
      .filter(({ queue }) => queue === 'exception')
      .toSorted((one, other) => one.what.length - other.what.length)
    expect(emergencies.map(({ what, patients }) => [what, patients])).toEqual([
      ['emergency for Oak Hospital', ['Patient/nora', 'Patient/nora-2']],
      ['emergency for Oak Hospital, opened nothing: no-match', []],
    ])
    const [first, second] = emergencies.map(({ item }) => item)
    const { text } = await command(world, ['review', 'show', '--item', first ?? ''])
    expect(text).toContain('"clinician": "Dr. Jo Reyes"')
    const viewed = await world.rows<{ detail: object }>(
      sql`SELECT detail FROM audit WHERE interaction = 'review-show' ORDER BY key DESC LIMIT 1`,
    )
    expect(JSON.stringify(viewed)).toContain('Patient/nora')
    const who = await world.token('emergency-room', { purpose: 'BTG' })
    expect(await readable(world, who, ['Observation/sud'])).toEqual(['Observation/sud'])
    expect(await say('refuse', first ?? '')).toMatchObject({
      effect: 'not justified: the exception ends now',
    })
    expect(await readable(world, who, ['Observation/sud'])).toEqual([])
    expect(await say('refuse', first ?? '')).toMatchObject({ already: true })
    await expect(say('accept', first ?? '')).rejects.toThrow('was refused by P. Officer already')
    expect(await say('accept', second ?? '')).toMatchObject({ effect: 'justified' })
    expect((await list()).filter(({ queue }) => queue === 'exception')).toEqual([])
  })

  test('a mandated report waits; one that was not justified ends, and the patient learns nothing of it', async () => {
    await command(world, ['table', 'set', '--file', 'x.json'], {
      reports: [
        { state: 'OR', kind: 'child-abuse', agency: 'Organization/health', citation: 'a row of the test' },
      ],
    })
    await world.client({
      id: 'hotline',
      organization: 'Organization/health',
      scope: 'system/*.rs',
      purposes: ['THREAT'],
    })
    const report = (
      await command(world, ['report', 'add', '--file', 'x.json'], {
        kind: 'child-abuse',
        custodian: 'Organization/clinic',
        patient: 'Patient/pia',
        by: 'P. Officer',
        reporter: 'Dr. Jo Reyes',
        noticed: '2026-06-14',
        statement: 'what was seen',
        informed: { withheld: 'fear' },
      })
    ).json as { id: string; document: string }
    expectStatus(await world.get('hotline', report.document), 200)
    const item = `report/${report.id}`
    expect((await list()).find((own) => own.item === item)).toMatchObject({
      queue: 'report',
      custodian: 'Organization/clinic',
      patients: ['Patient/pia'],
    })
    await expect(say('accept', `exception/${report.id}`)).rejects.toThrow('there is no exception')
    await say('refuse', item)
    expectOutcome(await world.get('hotline', report.document), 404)
    const pia = await world.token('clinic', { patient: 'pia', purpose: 'PATRQT' })
    const trail = searchset(await world.get(pia, 'AuditEvent?patient=pia&_count=200'))
    expect(JSON.stringify(trail)).not.toMatch(/THREAT|report|exception-review/)
  })

  test('two Patients become one person where an officer says so, and stay two where not', async () => {
    const own = (given: string): Omit<Patient, 'id'> => ({
      resourceType: 'Patient',
      identifier: [{ system: 'https://oak.example/mrn', value: 'same' }],
      name: [{ family: 'Same', given: [given] }],
      birthDate: '1980-01-01',
    })
    const first = expectStatus(await world.post('hospital', 'Patient', own('Al')), 201).as<Patient>()
    const others = await Promise.all(
      ['1981-01-01', '1982-01-01'].map(async (birthDate) =>
        expectStatus(await world.post('hospital', 'Patient', { ...own('Al'), birthDate }), 201).as<Patient>(),
      ),
    )
    const waiting = (await list()).filter(({ queue }) => queue === 'identity')
    expect(waiting).toHaveLength(2)
    const itemOf = (id: string | undefined) =>
      waiting.find(({ patients }) => patients[0] === `Patient/${id ?? ''}`)?.item ?? ''
    const [joined, apart] = others.map(({ id }) => id)
    expectStatus(await world.post('hospital', 'Observation', unnamed(observation('', joined ?? ''))), 201)
    const { text } = await command(world, ['review', 'show', '--item', itemOf(joined)])
    expect(text).toContain('1980-01-01')
    expect(text).toContain('1981-01-01')
    expect(await say('accept', itemOf(joined))).toMatchObject({ effect: 'they are one person' })
    expect(await say('refuse', itemOf(apart))).toMatchObject({ effect: 'they are two persons' })
    expect(await say('accept', itemOf(joined))).toMatchObject({ already: true })
    await expect(say('accept', itemOf(apart))).rejects.toThrow('was refused')
    const al = await world.token('hospital', { patient: first.id ?? '', purpose: 'PATRQT' })
    const seen = searchset(await world.get(al, 'Patient')).entry?.map(({ resource }) => resource?.id)
    expect(seen?.toSorted()).toEqual(
      [first.id ?? '', joined ?? ''].toSorted((one, other) => (one < other ? -1 : 1)),
    )
    expect(searchset(await world.get(al, 'Observation')).total).toBe(1)
    expect(JSON.stringify(searchset(await world.get(al, 'AuditEvent?_count=200')))).toContain(
      `Patient/${joined ?? ''}`,
    )
    const left = await world.rows(
      sql`SELECT person FROM chart c WHERE NOT EXISTS (SELECT FROM resource r WHERE r.person = c.person)`,
    )
    expect(left).toEqual([])
  })

  test('what is no item is refused, and each word is on the trail', async () => {
    for (const item of ['Observation/plain', 'nonsense', 'identity/999', 'exception/none', 'Consent/none'])
      await expect(say('accept', item)).rejects.toThrow(/no|not an item/)
    await expect(say('accept', 'Observation/plain')).rejects.toThrow('`review list` shows them')
    await expect(command(world, ['review', 'show', '--item', 'Consent/none'])).rejects.toThrow(
      'does not wait',
    )
    await expect(
      command(world, ['review', 'accept', '--item', 'Consent/x', '--by', ' ', '--note', 'x']),
    ).rejects.toThrow('say who decides')
    const rows = await world.rows<{ how: string }>(
      sql`SELECT DISTINCT detail->'resources'->0->>2 AS how FROM audit WHERE interaction = 'review' ORDER BY 1`,
    )
    expect(rows.map(({ how }) => how)).toEqual(['accepted', 'refused'])
    world.setClock(noon)
  })
})
