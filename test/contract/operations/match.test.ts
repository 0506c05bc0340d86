import { sql } from 'drizzle-orm'
import type { Bundle, FhirResource, Patient } from 'fhir/r4'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { kinds } from '../databases.ts'
import { expectOutcome, expectStatus, searchset } from '../outcome.ts'
import { patient, unnamed } from '../records.ts'
import { base, type Who, type World } from '../world.ts'
import { openTwins, plain, type Twins } from './twins.ts'

const identified = (id: string, ...values: readonly string[]): Patient =>
  patient(id, {
    name: [{ family: 'Núñez', given: ['Ana'] }],
    identifier: values.map((value) => ({ system: 'urn:mrn', value })),
  })

/** Whom somebody asks for. */
const wanted = (value: string, more: Partial<Patient> = {}): Omit<Patient, 'id'> =>
  unnamed({ ...identified('', value), ...more })

const shown: readonly FhirResource[] = [
  identified('ann', 'a1', 'shared'),
  identified('dan', 'd1'),
  { ...identified('eve', 'e1'), birthDate: '1971-01-01' },
]

/** Patients whom the hospital does not know, one of them under an identifier of somebody whom it knows. */
const hidden: readonly FhirResource[] = [
  identified('zoe', 'z1'),
  patient('yan', { identifier: [{ system: 'urn:mrn', value: 'shared' }] }),
]

describe.each(kinds)('match on %s', (kind) => {
  let twins: Twins
  let world: World

  beforeAll(async () => {
    twins = await openTwins(kind, shown, hidden, async (one) => {
      for (const known of ['ann', 'eve']) await one.know('hospital', `Patient/${known}`)
      await one.know('hospital', 'Patient/dan', { system: 'https://oak.example/mrn', value: 'oak-7' })
    })
    world = twins.whole
  })
  afterAll(() => twins.close())

  const ask = (who: Who, resource: object, more: readonly object[] = [], one = world) =>
    one.post(who, 'Patient/$match', {
      resourceType: 'Parameters',
      parameter: [{ name: 'resource', resource }, ...more],
    })

  const found = async (who: Who, resource: object): Promise<string[]> =>
    (searchset(await ask(who, resource)).entry ?? []).map((entry) => entry.resource?.id ?? '')

  /** A client of an organization, with turns of its own. */
  const fresh = async (id: string, organization = 'hospital'): Promise<string> => {
    await world.client({
      id,
      organization: `Organization/${organization}`,
      scope: 'system/*.cruds',
      purposes: ['TREAT', 'HPAYMT'],
    })
    return id
  }

  test('identifier, birth date and family name: the one patient, for certain', async () => {
    const bundle = searchset(
      await ask('hospital', wanted('a1'), [{ name: 'onlyCertainMatches', valueBoolean: true }]),
    )
    expect(bundle.total).toBe(1)
    expect(bundle.entry).toEqual([
      {
        fullUrl: `${base}/Patient/ann`,
        resource: (await world.get('hospital', 'Patient/ann')).as(),
        search: {
          mode: 'match',
          score: 1,
          extension: [{ url: 'http://hl7.org/fhir/StructureDefinition/match-grade', valueCode: 'certain' }],
        },
      },
    ])
    expect(world.services.validate(bundle).filter(({ severity }) => severity !== 'warning')).toEqual([])
    expect(await found('hospital', wanted('a1', { name: [{ family: 'nunez' }] }))).toEqual(['ann'])
  })

  test('an identifier of the crosswalk is the caller’s own word for a patient, and nobody else’s', async () => {
    const oak = { identifier: [{ system: 'https://oak.example/mrn', value: 'oak-7' }] }
    expect(await found('hospital', wanted('', oak))).toEqual(['dan'])
    expect(await found('clinic', wanted('', oak))).toEqual([])
  })

  test('whatever does not agree is no match', async () => {
    for (const other of [
      wanted('a1', { birthDate: '1990-05-02' }),
      wanted('a1', { birthDate: '1990' }),
      wanted('a1', { name: [{ family: 'Other' }] }),
      wanted('e1'),
      wanted('a'),
      wanted('A1'),
      wanted('', { identifier: [{ system: 'urn:other', value: 'a1' }] }),
    ])
      expect(await found('hospital', other)).toEqual([])
  })

  test('identifiers of two people are no match', async () => {
    const both = ['a1', 'd1'].map((value) => ({ system: 'urn:mrn', value }))
    expect(await found('clinic', wanted('', { identifier: both }))).toEqual([])
    const odd = ['a1', 'e1'].map((value) => ({ system: 'urn:mrn', value }))
    expect(await found('clinic', wanted('', { identifier: odd }))).toEqual([])
    const unknown = ['a1', 'none'].map((value) => ({ system: 'urn:mrn', value }))
    expect(await found('clinic', wanted('', { identifier: unknown }))).toEqual(['ann'])
  })

  test('a patient whom the caller may not know is one who does not exist', async () => {
    const [unknown, absent] = [await ask('hospital', wanted('z1')), await ask('hospital', wanted('never'))]
    expect(plain(unknown)).toEqual(plain(absent))
    expect(searchset(unknown)).toEqual({ resourceType: 'Bundle', type: 'searchset', total: 0 })
    expect(await found('clinic', wanted('z1'))).toEqual(['zoe'])
  })

  test.each(['a1', 'shared', 'd1', 'z1', 'never'])(
    'answers as if what is hidden were not there: %s',
    async (value) => {
      for (const who of ['hospital-policy', 'psychiatry', 'recovery', 'ward'])
        expect(plain(await ask(who, wanted(value)))).toEqual(
          plain(await ask(who, wanted(value), [], twins.without)),
        )
    },
  )

  test('what another client wrote is nobody’s match, but its own organization’s', async () => {
    await world.load('clinic', [identified('claimed', 'c1')], 'plain')
    await world.know('psychiatry', 'Patient/claimed')
    expectStatus(await world.get('psychiatry', 'Patient/claimed'), 200)
    expect(await found('psychiatry', wanted('c1'))).toEqual([])
    expect(await found('clinic', wanted('c1'))).toEqual(['claimed'])
  })

  test('a tag makes nobody trusted, and nobody less so', async () => {
    await world.load('clinic', [identified('vouched', 'v1')])
    await world.load('clinic', [identified('said', 's1')], 'plain')
    const valueMeta = { tag: [{ system: 'urn:tag', code: 'filed' }] }
    const parameters = { resourceType: 'Parameters', parameter: [{ name: 'meta', valueMeta }] }
    for (const id of ['vouched', 'said']) {
      await world.know('psychiatry', `Patient/${id}`)
      expectStatus(await world.post('clinic-policy', `Patient/${id}/$meta-add`, parameters), 200)
    }
    expect(await found('psychiatry', wanted('v1'))).toEqual(['vouched'])
    expect(await found('psychiatry', wanted('s1'))).toEqual([])
  })

  test.each(['school', 'health', 'holder', 'hie', 'billing'])('is not for a %s', async (who) => {
    const [known, absent] = [await ask(who, wanted('a1')), await ask(who, wanted('never'))]
    expectOutcome(known, 403)
    expect(plain(known)).toEqual(plain(absent))
  })

  test('is for treatment, and for nobody’s own token', async () => {
    const paying = await world.token('hospital', { purpose: 'HPAYMT' })
    expectOutcome(await ask(paying, wanted('a1')), 403)
    expectOutcome(await ask(await world.token('clinic', { patient: 'ann' }), wanted('a1')), 403)
    for (const scope of ['system/Patient.r', 'system/Patient.s', 'system/Observation.rs'])
      expectOutcome(await ask(await world.token('hospital', { scope }), wanted('a1')), 403)
  })

  test.each([
    ['no identifier', wanted('a1', { identifier: [] }), 422],
    ['an identifier without a system', wanted('', { identifier: [{ value: 'a1' }] }), 400],
    ['no birth date', { ...wanted('a1'), birthDate: undefined }, 400],
    ['no family name', wanted('a1', { name: [{ given: ['Ana'] }] }), 400],
    ['another resource', { resourceType: 'Location', name: 'x' }, 400],
  ])('asks with too little, or something else: %s', async (what, resource, status) => {
    expectOutcome(await ask(await fresh(`asks-${what.replaceAll(' ', '-')}`), resource), status)
  })

  test('gives no matches that are not certain', async () => {
    const client = await fresh('guessing')
    expectOutcome(await ask(client, wanted('a1'), [{ name: 'onlyCertainMatches', valueBoolean: false }]), 400)
    expectOutcome(await ask(client, wanted('a1'), [{ name: 'threshold', valueDecimal: 0.5 }]), 400)
    expectOutcome(await world.post(client, 'Patient/$match', wanted('a1')), 400)
    expect(await found(client, wanted('a1'))).toEqual(['ann'])
  })

  test('so many in a minute for one client, and again after it; others are not held up', async () => {
    const client = await fresh('eager')
    const answers = await Promise.all(Array.from({ length: 35 }, () => ask(client, wanted('a1'))))
    expect(answers.filter(({ status }) => status === 200).length).toBe(30)
    const late = answers.filter(({ status }) => status !== 200)
    expect(late.map(({ status }) => status)).toEqual([429, 429, 429, 429, 429])
    for (const one of late) {
      expectOutcome(one, 429)
      expect(one.headers.get('retry-after')).toBe('60')
    }
    expect(await found(await fresh('calm'), wanted('a1'))).toEqual(['ann'])
    await world.rows(
      sql`UPDATE fact SET value = (split_part(value, ' ', 1)::bigint - 60000) || ' 35' WHERE name = 'rate match eager'`,
    )
    expect(await found(client, wanted('a1'))).toEqual(['ann'])
  })

  test('every one is on the trail, found or not, answered or refused', async () => {
    const client = await fresh('watched')
    await ask(client, wanted('a1'))
    await ask(client, wanted('never'))
    await ask(client, { resourceType: 'Location', name: 'x' })
    const rows = await world.rows<{
      outcome: string
      detail: { resources?: readonly (readonly string[])[] }
    }>(sql`SELECT outcome, detail FROM audit WHERE interaction = 'match' AND client = ${client} ORDER BY key`)
    expect(
      rows.map(({ outcome, detail }) => [outcome, detail.resources?.map(([reference]) => reference)]),
    ).toEqual([
      ['disclosed', ['Patient/ann']],
      ['disclosed', []],
      ['refused', undefined],
    ])
  })

  test('is no GET, and in no batch', async () => {
    expectOutcome(await world.get('hospital', 'Patient/$match'), 404)
    const entry = [{ request: { method: 'GET', url: 'Patient/$match' } }]
    const batch = await world.post('hospital', '', { resourceType: 'Bundle', type: 'batch', entry })
    expect(expectStatus(batch, 200).as<Bundle>().entry?.[0]?.response?.status).toBe('404')
  })
})
