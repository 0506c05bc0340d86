import { sql } from 'drizzle-orm'
import type { Consent, Coding, Observation, RelatedPerson } from 'fhir/r4'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { buildConsent } from '../consents.ts'
import { longKinds } from '../databases.ts'
import { command } from '../exceptions/officer.ts'
import { readable } from '../exceptions/emergency.ts'
import { expectOutcome, expectStatus, matches, searchset } from '../outcome.ts'
import { document, labelled, observation, patient, unnamed } from '../records.ts'
import { type Bearer, openWorld, type World } from '../world.ts'

/** Rows of three states, made up for the tests: none of them is anybody's law. */
const forRepresentatives = (state: string, label: string, effect: string) => ({
  class: 'representative',
  state,
  label,
  effect,
  citation: `a row of ${state}`,
})

const rows = [
  forRepresentatives('OR', 'ordinary', 'permit'),
  forRepresentatives('OR', 'MH', 'ordinary'),
  forRepresentatives('OR', 'HIV', 'permit'),
  forRepresentatives('OR', 'SUD', 'permit'),
  forRepresentatives('OR', 'PSYTHPN', 'permit'),
  forRepresentatives('WA', 'ordinary', 'permit'),
]

const minors = [
  { state: 'OR', label: 'SUD', minimumAge: 14, signs: 'minor', citation: 'a row of OR' },
  { state: 'OR', label: 'HIV', minimumAge: 15, signs: 'minor', since: '2026-07-01', citation: 'a row of OR' },
]

const related = (id: string, of: string, code: string, more: Partial<RelatedPerson> = {}): RelatedPerson => ({
  resourceType: 'RelatedPerson',
  id,
  patient: { reference: `Patient/${of}` },
  relationship: [{ coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-RoleCode', code }] }],
  ...more,
})

const recordsOf = (of: string) => [
  observation(`${of}-plain`, of),
  observation(`${of}-mh`, of, labelled(['MH'])),
  observation(`${of}-hiv`, of, labelled(['HIV'])),
  observation(`${of}-sud`, of, labelled(['SUD'])),
  observation(`${of}-gdis`, of, labelled(['GDIS'])),
  document(`${of}-therapy`, of, labelled(['PSYTHPN'])),
]

const all = (of: string): string[] => [
  ...['plain', 'mh', 'hiv', 'sud', 'gdis'].map((own) => `Observation/${of}-${own}`),
  `DocumentReference/${of}-therapy`,
]

const lets = (of: string, ...own: string[]): string[] => own.map((name) => `Observation/${of}-${name}`)

describe.each(longKinds)('representatives and minors on %s', (kind) => {
  let world: World

  const user = async (id: string, purpose = 'PATRQT', client = 'hie'): Promise<Bearer> =>
    world.token(client, { user: id, purpose })

  beforeAll(async () => {
    world = await openWorld(kind)
    await world.organization({ id: 'seattle', name: 'Seattle Clinic', class: 'covered-entity', state: 'WA' })
    await world.organization({ id: 'boise', name: 'Boise Clinic', class: 'covered-entity', state: 'ID' })
    await world.load('clinic', [
      patient('kid', { birthDate: '2018-03-01' }),
      patient('teen', { birthDate: '2011-06-20' }),
      patient('adult'),
      patient('unborn', {}),
      ...['kid', 'teen', 'adult'].flatMap(recordsOf),
      related('kid-mother', 'kid', 'MTH'),
      related('kid-neighbor', 'kid', 'NBOR'),
      related('teen-mother', 'teen', 'MTH'),
      related('adult-mother', 'adult', 'MTH'),
      related('adult-guardian', 'adult', 'GUARD', { period: { end: '2026-12-31' } }),
    ])
    for (const [custodian, id] of [
      ['seattle', 'sea'],
      ['boise', 'boi'],
    ] as const)
      await world.load(custodian, [
        patient(id, { birthDate: '2018-03-01' }),
        ...recordsOf(id),
        related(`${id}-mother`, id, 'MTH'),
      ])
    await command(world, ['table', 'set', '--file', 'x.json'], { rows, minors })
    for (const id of ['kid-mother', 'kid-neighbor', 'teen-mother', 'adult-mother', 'adult-guardian', 'sea-mother', 'boi-mother', 'late-mother'])
      await command(world, [
        'user', 'add', '--id', id, '--related-person', `RelatedPerson/${id}`, '--organization', 'Organization/hie',
      ]) // prettier-ignore
  })
  afterAll(() => world.close())

  const reads = async (id: string, of: string, purpose?: string): Promise<string[]> =>
    readable(world, await user(id, purpose), all(of))

  test('a parent reads what the rows of the state let a representative read, label by label', async () => {
    expect(await reads('kid-mother', 'kid')).toEqual(lets('kid', 'plain', 'mh', 'hiv', 'sud'))
    const mother = await user('kid-mother')
    expect(matches(await world.get(mother, 'Observation?_sort=_id'))).toEqual([
      'kid-hiv',
      'kid-mh',
      'kid-plain',
      'kid-sud',
    ])
    expect(matches(await world.get(mother, 'Patient'))).toEqual(['kid'])
    expect(await reads('sea-mother', 'sea')).toEqual(lets('sea', 'plain'))
  })

  test('without a row, nothing; nor for a relation that makes no representative', async () => {
    expect(await reads('boi-mother', 'boi')).toEqual([])
    expect(await reads('kid-neighbor', 'kid')).toEqual([])
    expect(searchset(await world.get(await user('boi-mother'), 'Patient')).total).toBe(0)
  })

  test('of somebody else, nothing: hidden answers like absent', async () => {
    const mother = await user('kid-mother')
    for (const own of ['teen', 'adult', 'sea']) {
      const hidden = await world.get(mother, `Observation/${own}-plain`)
      expectOutcome(hidden, 404)
      expect(hidden.text).toBe((await world.get(mother, 'Observation/nobody')).text)
      const person = await world.get(mother, `Patient/${own}`)
      expect(person.text).toBe((await world.get(mother, 'Patient/nobody')).text)
    }
    expect(searchset(await world.get(mother, 'Observation?patient=teen')).total).toBe(0)
  })

  test('a parent stands for a child until 18, a guardian while the period lasts', async () => {
    expect(await reads('adult-mother', 'adult')).toEqual([])
    expect(await reads('adult-guardian', 'adult')).toEqual(lets('adult', 'plain', 'mh', 'hiv', 'sud'))
    world.setClock('2027-01-01T00:00:00Z')
    expect(await reads('adult-guardian', 'adult')).toEqual([])
    world.setClock('2036-02-29T23:59:59Z')
    expect(await reads('kid-mother', 'kid')).toEqual(lets('kid', 'plain', 'mh'))
    world.setClock('2036-03-01T00:00:00Z')
    expect(await reads('kid-mother', 'kid')).toEqual([])
    world.setClock('2026-06-15T12:00:00Z')
  })

  test('what a minor may consent to alone closes at that age, and on the day on which the row begins', async () => {
    world.setClock('2025-06-19T23:59:59Z')
    expect(await reads('teen-mother', 'teen')).toEqual(lets('teen', 'plain', 'mh', 'hiv', 'sud'))
    world.setClock('2025-06-20T00:00:00Z')
    expect(await reads('teen-mother', 'teen')).toEqual(lets('teen', 'plain', 'mh', 'hiv'))
    world.setClock('2026-06-20T00:00:00Z')
    expect(await reads('teen-mother', 'teen')).toEqual(lets('teen', 'plain', 'mh', 'hiv'))
    world.setClock('2026-07-01T00:00:00Z')
    expect(await reads('teen-mother', 'teen')).toEqual(lets('teen', 'plain', 'mh'))
    world.setClock('2026-06-15T12:00:00Z')
  })

  /** The teen's consent, signed by somebody, that opens SUD to somebody. */
  const consent = (id: string, to: string, signer: Coding['code']): Consent => {
    const built = buildConsent(id, {
      patient: 'Patient/teen',
      from: ['clinic'],
      root: { effect: 'permit', to: ['hospital'], purposes: ['PATRQT', 'TREAT'], labels: ['SUD'] },
    })
    const text = JSON.stringify(built)
      .replaceAll('@patient', 'Patient/teen')
      .replaceAll('Organization/hospital', to)
      .replace('"code":"patient"', `"code":"${signer ?? ''}"`)
    return JSON.parse(text) as Consent
  }

  test("the minor's own consent opens it to the parent, one that the parent signed does not (42 CFR 2.14)", async () => {
    await world.load('clinic', [consent('by-mother', 'RelatedPerson/teen-mother', 'parent')])
    expect(await reads('teen-mother', 'teen')).toEqual(lets('teen', 'plain', 'mh', 'hiv'))
    await world.load('clinic', [consent('by-teen', 'RelatedPerson/teen-mother', 'patient')])
    expect(await reads('teen-mother', 'teen')).toEqual(lets('teen', 'plain', 'mh', 'hiv', 'sud'))
    const [row] = await world.rows<{ basis: unknown; recipient: string }>(
      sql`SELECT basis, recipient FROM accounting WHERE description->0->>'resource' = 'Observation/teen-sud' ORDER BY key DESC LIMIT 1`,
    )
    expect(row?.recipient).toBe('RelatedPerson/teen-mother')
    expect(JSON.stringify(row?.basis)).toContain('Consent/by-teen')
    await world.load('clinic', [
      { ...consent('by-teen', 'RelatedPerson/teen-mother', 'patient'), status: 'inactive' },
    ])
    expect(await reads('teen-mother', 'teen')).toEqual(lets('teen', 'plain', 'mh', 'hiv'))
  })

  test("nor does a parent's signature open it to anybody else", async () => {
    await world.load('clinic', [consent('to-hospital', 'Organization/hospital', 'parent')])
    expectOutcome(await world.get('hospital', 'Observation/teen-sud'), 404)
    await world.load('clinic', [consent('to-hospital', 'Organization/hospital', 'patient')])
    expectStatus(await world.get('hospital', 'Observation/teen-sud'), 200)
  })

  test('a birth date that is corrected closes and opens at once', async () => {
    await world.load('clinic', [patient('kid', { birthDate: '2010-03-01' })])
    expect(await reads('kid-mother', 'kid')).toEqual(lets('kid', 'plain', 'mh', 'hiv'))
    const { birthDate: _none, ...ageless } = patient('kid')
    await world.load('clinic', [ageless])
    expect(await reads('kid-mother', 'kid')).toEqual([])
    await world.load('clinic', [patient('kid', { birthDate: '2018-03-01' })])
    expect(await reads('kid-mother', 'kid')).toEqual(lets('kid', 'plain', 'mh', 'hiv', 'sud'))
  })

  test('a RelatedPerson that somebody sends represents nobody until an officer accepts it', async () => {
    const { id: _id, ...sent } = related('', 'kid', 'MTH')
    const made = expectStatus(await world.post('clinic', 'RelatedPerson', sent), 201).as<RelatedPerson>()
    const reference = `RelatedPerson/${made.id ?? ''}`
    await command(world, [
      'user',
      'add',
      '--id',
      'new',
      '--related-person',
      reference,
      '--organization',
      'Organization/hie',
    ])
    expect(await reads('new', 'kid')).toEqual([])
    await command(world, ['review', 'accept', '--item', reference, '--by', 'P. Officer', '--note', 'seen'])
    expect(await reads('new', 'kid')).toEqual(lets('kid', 'plain', 'mh', 'hiv', 'sud'))
    expectStatus(await world.del('clinic-policy', reference), 204)
    expect(await reads('new', 'kid')).toEqual([])
  })

  test('every read is audited and accounted, by the row of the state', async () => {
    const mother = await user('kid-mother')
    expectStatus(await world.get(mother, 'Observation/kid-hiv'), 200)
    const [row] = await world.rows<object>(
      sql`SELECT basis, recipient, recipient_class AS class, purpose FROM accounting ORDER BY key DESC LIMIT 1`,
    )
    expect(row).toEqual({
      basis: [{ representative: 'RelatedPerson/kid-mother', citation: 'a row of OR' }],
      recipient: 'RelatedPerson/kid-mother',
      class: 'representative',
      purpose: 'PATRQT',
    })
    const [audit] = await world.rows<object>(
      sql`SELECT outcome, detail->>'user' AS who, detail->'resources'->0->>2 AS basis FROM audit ORDER BY key DESC LIMIT 1`,
    )
    expect(audit).toEqual({ outcome: 'disclosed', who: 'RelatedPerson/kid-mother', basis: 'representative' })
    expect((await command(world, ['accounting', '--patient', 'Patient/kid'])).text).toContain('a row of OR')
  })

  test("a representative acts for no organization, even at the custodian's own client, and writes nothing", async () => {
    await world.member('inside', 'RelatedPerson/kid-mother', 'Organization/clinic', 'representative')
    for (const client of ['clinic', 'clinic-policy', 'hospital']) {
      const mother = await user('inside', 'PATRQT', client)
      expect(await readable(world, mother, all('kid'))).toEqual(lets('kid', 'plain', 'mh', 'hiv', 'sud'))
      expect(await readable(world, mother, all('teen'))).toEqual([])
      expectOutcome(await world.get(mother, 'AuditEvent'), 403)
      expectOutcome(
        await world.get(mother, 'Patient/kid/$preview-disclosure?recipient=Organization/hospital'),
        403,
      )
      expectOutcome(await world.post(mother, 'Observation', unnamed(observation('', 'kid'))), 403)
      const seen = (await world.get(mother, 'Observation/kid-plain')).as<Observation>()
      expectOutcome(await world.put(mother, 'Observation/kid-plain', { ...seen, status: 'amended' }), 403)
      expectOutcome(await world.del(mother, 'Observation/kid-plain'), 403)
    }
    const emergency = await user('inside', 'BTG', 'clinic')
    expect(await readable(world, emergency, all('teen'))).toEqual([])
  })

  test('a stored Consent is closed to a representative, since it tells of what it is about', async () => {
    await world.load('clinic', [
      {
        ...consent('kids', 'Organization/hospital', 'parent'),
        patient: { reference: 'Patient/kid', display: 'Kid' },
      },
    ])
    expectOutcome(await world.get(await user('kid-mother'), 'Consent/kids'), 404)
  })

  test('the commands say what is wrong', async () => {
    const add = (...more: string[]) =>
      command(world, ['user', 'add', '--id', 'x', '--organization', 'Organization/hie', ...more])
    await expect(add('--related-person', 'RelatedPerson/kid-mother', '--role', 'officer')).rejects.toThrow(
      'has the role `representative`',
    )
    await expect(add('--practitioner', 'Practitioner/x', '--role', 'representative')).rejects.toThrow(
      'nobody else has it',
    )
    await expect(
      add('--practitioner', 'Practitioner/x', '--related-person', 'RelatedPerson/y'),
    ).rejects.toThrow('and one of them')
    expect((await add('--related-person', 'RelatedPerson/unknown')).told.join()).toContain(
      'no `RelatedPerson/unknown` is stored and in effect',
    )
    const set = (file: object) => command(world, ['table', 'set', '--file', 'x.json'], file)
    await expect(set({ minors: [{ ...minors[0], minimumAge: 18 }] })).rejects.toThrow(
      'must be the age of a minor',
    )
    await expect(set({ minors: [{ ...minors[0], signs: 'parent' }] })).rejects.toThrow(
      'must be minor (alone) or joint',
    )
    await expect(set({ minors: [{ ...minors[0], label: 'ordinary' }] })).rejects.toThrow('names a treatment')
    await expect(set({ minors: [{ ...minors[0], citation: undefined }] })).rejects.toThrow(
      'name the law of the state',
    )
  })
})
