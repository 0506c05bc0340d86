import { sql } from 'drizzle-orm'
import type { AuditEvent, Bundle, DocumentReference } from 'fhir/r4'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Disclosure } from '../../../src/admin/operations/accounting.ts'
import { reportText } from '../../../src/exchange/report-document.ts'
import { bit } from '../../../src/consent/labels.ts'
import { buildConsent } from '../consents.ts'
import { kinds } from '../databases.ts'
import { expectOutcome, expectStatus, matches, searchset } from '../outcome.ts'
import { labelled, observation, patient, practitioner, unnamed } from '../records.ts'
import { type Bearer, openWorld, type World } from '../world.ts'
import { command } from './officer.ts'

const base = {
  kind: 'child-abuse',
  custodian: 'Organization/clinic',
  patient: 'Patient/lily',
  by: 'P. Officer',
  reporter: 'Dr. Jo Reyes, psychologist',
  noticed: '2026-06-14',
  statement: 'Bruises on both arms; says that she is afraid to go home.',
  informed: true,
  records: ['Observation/hiv', 'Observation/plain'],
}

/** Rows as a county might set them: made up for the test. */
const reports = [
  { state: 'OR', kind: 'child-abuse', agency: 'Organization/health', citation: 'ORS 419B.010' },
  { state: 'OR', kind: 'adult-abuse', agency: 'Organization/holder', citation: 'ORS 124.060' },
]

interface Written {
  readonly id: string
  readonly document: string
}

describe.each(kinds)('a mandated report on %s', (kind) => {
  let world: World
  let told: Written
  let untold: Written
  let program: Written
  let agency: Bearer

  const add = async (more: object): Promise<Written> =>
    (await command(world, ['report', 'add', '--file', 'x.json'], { ...base, ...more })).json as Written

  const refused = (more: object, text: string | RegExp) => expect(add(more)).rejects.toThrow(text)

  beforeAll(async () => {
    world = await openWorld(kind)
    await world.client({
      id: 'hotline',
      organization: 'Organization/health',
      scope: 'system/*.cruds user/*.cruds',
      purposes: ['THREAT', 'PUBHLTH'],
    })
    await world.load('clinic', [
      patient('lily', { birthDate: '2015-02-03' }),
      patient('noel'),
      observation('plain', 'lily'),
      observation('hiv', 'lily', labelled(['HIV'])),
      observation('of-noel', 'noel'),
      practitioner('kim'),
    ])
    await world.load('recovery', [patient('rae'), observation('part2', 'rae')])
    await world.know('hospital', 'Patient/lily')
    await world.know('health', 'Patient/lily')
    await world.member('officer', 'Practitioner/kim', 'Organization/clinic', 'officer')
    await command(world, ['table', 'set', '--file', 'x.json'], { reports })
    told = await add({})
    untold = await add({ informed: { withheld: 'the reporter fears for her safety' } })
    program = await add({ custodian: 'Organization/recovery', patient: 'Patient/rae', records: [] })
    agency = await world.token('hotline', { purpose: 'THREAT' })
  })
  afterAll(() => world.close())

  test('the agency of the state row reads it, with the law that it goes under', async () => {
    const reply = expectStatus(await world.get(agency, told.document), 200)
    const document = reply.as<DocumentReference>()
    const text = reportText(document)
    expect(text).toContain('Demanded by: ORS 419B.010')
    expect(text).toContain('About: Given Family-lily, born 2015-02-03')
    expect(text).toContain(base.statement)
    expect(JSON.stringify(document.meta)).toContain('42 CFR 2.12(c)(6), 45 CFR 164.512(b)(1)(ii)')
    expect(matches(await world.get(agency, 'DocumentReference'))).toHaveLength(3)
  })

  test('a report of a Part 2 program goes too, with its notice (42 CFR 2.12(c)(6), (d), 2.32)', async () => {
    const reply = expectStatus(await world.get(agency, program.document), 200)
    expect(reply.text).toContain('42 CFR part 2 prohibits unauthorized use or disclosure of these records.')
  })

  test('nothing else of the patient becomes visible, not even the Patient, and what it names is pruned', async () => {
    const document = expectStatus(await world.get(agency, told.document), 200).as<DocumentReference>()
    expect(document.subject).toBeUndefined()
    expect(document.context).toBeUndefined()
    for (const [hidden, absent] of [
      ['Patient/lily', 'Patient/nobody'],
      ['Patient/rae', 'Patient/nobody'],
      ['Observation/plain', 'Observation/nobody'],
      ['Observation/hiv', 'Observation/nobody'],
      ['Observation/part2', 'Observation/nobody'],
    ] as const) {
      const reply = await world.get(agency, hidden)
      expectOutcome(reply, 404)
      expect(reply.text).toBe((await world.get(agency, absent)).text)
    }
    for (const search of [
      'Observation',
      'Patient',
      'DocumentReference?patient=Patient/lily',
      'DocumentReference?subject:Patient.birthdate=2015-02-03',
      'DocumentReference?related=Observation/plain',
      'DocumentReference?_include=DocumentReference:subject&_id=nobody',
    ])
      expect(searchset(await world.get(agency, search)).total, search).toBe(0)
    const included = searchset(await world.get(agency, 'DocumentReference?_include=*'))
    expect(included.entry?.map(({ resource }) => resource?.resourceType)).toEqual(
      included.entry?.map((entry) =>
        entry.resource?.resourceType === 'Organization' ? 'Organization' : 'DocumentReference',
      ),
    )
    expect(included.entry?.some(({ resource }) => resource?.id === 'lily')).toBe(false)
  })

  test('nobody else outside the custodian reads it, whatever the purpose, and hidden answers like absent', async () => {
    await world.load('clinic', [
      buildConsent('wide', {
        patient: 'Patient/lily',
        from: ['clinic'],
        root: { effect: 'permit', to: ['hospital'], purposes: ['TREAT'], labels: ['HIV', 'MH', 'BH'] },
      }),
    ])
    const askers = [
      await world.token('hospital'),
      await world.token('health'),
      await world.token('health', { purpose: 'PUBHLTH' }),
      await world.token('hotline', { purpose: 'PUBHLTH' }),
      await world.token('billing', { purpose: 'HOPERAT' }),
      await world.token('recovery'),
      await world.token('holder'),
    ]
    for (const who of askers) {
      const hidden = await world.get(who, told.document)
      expectOutcome(hidden, 404)
      expect(hidden.text).toBe((await world.get(who, 'DocumentReference/nobody')).text)
      expect(
        matches(await world.get(who, `DocumentReference?_id=${told.document.split('/')[1] ?? ''}`)),
      ).toEqual([])
    }
    const user = await world.token('hospital', { purpose: 'BTG' })
    expectOutcome(await world.get(user, told.document), 404)
  })

  test("the custodian's own client and its officer read it whole, and nobody changes it", async () => {
    const officer = await world.token('clinic', { user: 'officer' })
    for (const who of ['clinic', officer] as const) {
      const document = expectStatus(await world.get(who, told.document), 200).as<DocumentReference>()
      expect(document.subject?.reference).toBe('Patient/lily')
      expect(document.context?.related).toHaveLength(2)
    }
    const seen = expectStatus(await world.get('clinic-policy', told.document), 200).as<object>()
    expectOutcome(await world.put('clinic-policy', told.document, { ...seen, status: 'superseded' }), 403)
    expectOutcome(await world.del('clinic-policy', told.document), 403)
    expectOutcome(await world.del('clinic', told.document), 403)
  })

  test('the patient reads one that the patient was told of, and learns nothing of another', async () => {
    const lily = await world.token('clinic', { patient: 'lily', purpose: 'PATRQT' })
    await world.get(agency, told.document)
    await world.get(agency, untold.document)
    expectStatus(await world.get(lily, told.document), 200)
    const hidden = await world.get(lily, untold.document)
    expectOutcome(hidden, 404)
    expect(hidden.text).toBe((await world.get(lily, 'DocumentReference/nobody')).text)
    const trail = searchset(await world.get(lily, 'AuditEvent?patient=lily'))
    expect(JSON.stringify(trail)).toContain(told.document)
    expect(JSON.stringify(trail)).not.toContain(untold.document)
    const own = (trail.entry ?? []).map(({ resource }) => resource as AuditEvent)
    expect(own.filter(({ subtype }) => subtype?.[0]?.code === 'report-add')).toHaveLength(1)
    const everything = (await world.get(lily, 'Patient/lily/$everything?_count=100')).as<Bundle>()
    expect(JSON.stringify(everything)).not.toContain(untold.document)
    const officer = await world.token('clinic', { user: 'officer' })
    const whole = searchset(await world.get(officer, 'AuditEvent?patient=lily&_count=100'))
    expect(JSON.stringify(whole)).toContain(untold.document)
  })

  test('no sender can put its marks on a record, to hide it from the patient', async () => {
    const security = ['patient-untold', 'mandated-report'].map((code) => ({
      system: 'https://sluice.example/fhir/CodeSystem/sensitivity',
      code,
    }))
    const made = expectStatus(
      await world.post('clinic', 'Observation', { ...unnamed(observation('', 'lily')), meta: { security } }),
      201,
    )
    const [row] = await world.rows<{ mask: bigint }>(
      sql`SELECT mask FROM resource WHERE type = 'Observation' AND id = ${made.as<{ id: string }>().id}`,
    )
    expect(BigInt(row?.mask ?? 0n) & (bit('patient-untold') | bit('mandated-report'))).toBe(0n)
  })

  test('every disclosure of it is on the trail and in the accounting, under the clause of the law', async () => {
    const before = (await world.rows(sql`SELECT key FROM accounting`)).length
    expectStatus(await world.get(agency, told.document), 200)
    const rows = await world.rows<{ basis: unknown; recipient: string; purpose: string; hash: string }>(
      sql`SELECT basis, recipient, purpose, hash FROM accounting ORDER BY key`,
    )
    expect(rows).toHaveLength(before + 1)
    expect(rows.at(-1)).toMatchObject({
      basis: [
        {
          exception: told.id,
          kind: 'child-abuse-report',
          citation: '42 CFR 2.12(c)(6), 45 CFR 164.512(b)(1)(ii)',
        },
      ],
      recipient: 'Organization/health',
      purpose: 'THREAT',
    })
    const [audit] = await world.rows<{ what: string; basis: string; outcome: string }>(
      sql`SELECT outcome, detail->'resources'->0->>0 AS what, detail->'resources'->0->>2 AS basis FROM audit ORDER BY key DESC LIMIT 1`,
    )
    expect(audit).toEqual({ outcome: 'disclosed', what: told.document, basis: 'exception' })
    const accounts = (await command(world, ['accounting', '--patient', 'Patient/lily'])).json as Disclosure[]
    expect(accounts.at(-1)?.exceptions[0]).toMatchObject({
      id: told.id,
      form: { citation: 'ORS 419B.010', reporter: base.reporter },
    })
    const list = (await command(world, ['report', 'list'])).json as { id: string; disclosures: number }[]
    expect(list.find(({ id }) => id === told.id)?.disclosures).toBeGreaterThan(0)
    expect((await command(world, ['report', 'show', '--id', told.id])).text).toContain(base.statement)
    expect((await command(world, ['report', 'list'])).text).toContain('withheld from the patient')
  })

  test('where its record cannot be kept, it does not leave', async () => {
    const { record } = world.services
    Object.assign(world.services, { record: { keep: () => Promise.reject(new Error('full')) } })
    expect((await world.get(agency, told.document)).status).toBe(500)
    Object.assign(world.services, { record })
  })

  test('it is refused, clearly, where the law does not carry it', async () => {
    await refused(
      { kind: 'domestic-violence' },
      'no row says that OR demands a report of `domestic-violence`',
    )
    await refused(
      { kind: 'adult-abuse', custodian: 'Organization/recovery', patient: 'Patient/rae', records: [] },
      '42 CFR 2.12(c)(6)',
    )
    await refused({ patient: 'Patient/rae' }, 'the custodian has no `Patient/rae`')
    await refused({ patient: 'Patient/nobody' }, 'the custodian has no `Patient/nobody`')
    await refused({ records: ['Observation/of-noel'] }, 'no `Observation/of-noel` of this patient')
    await refused({ informed: undefined }, '45 CFR 164.512(c)(2)')
    await refused({ statement: ' ' }, '`statement`: is empty')
    await refused({ agency: 'Organization/hospital' }, 'the agency is that of the state row')
    await refused({ kind: 'gossip' }, 'must be child-abuse, adult-abuse, domestic-violence')
    await expect(command(world, ['report', 'show', '--id', 'none'])).rejects.toThrow('no report `none`')
    await expect(
      command(world, ['table', 'set', '--file', 'x.json'], {
        reports: [{ ...reports[0], agency: 'Organization/nobody' }],
      }),
    ).rejects.toThrow('no organization `Organization/nobody`')
  })

  test('an agency that needs no state row gets nothing: adult abuse goes to the agency of its own row', async () => {
    const adult = await add({ kind: 'adult-abuse', records: [] })
    expectOutcome(await world.get(agency, adult.document), 404)
    const protective = await world.client({
      id: 'protective',
      organization: 'Organization/holder',
      scope: 'system/*.rs',
      purposes: ['THREAT'],
    })
    expect(protective.id).toBe('protective')
    expectStatus(await world.get('protective', adult.document), 200)
  })

  test('a year later the agency reads it no more', async () => {
    world.setClock('2027-06-16T12:00:00Z')
    expectOutcome(await world.get(agency, told.document), 404)
    world.setClock('2026-06-15T12:00:00Z')
  })
})
