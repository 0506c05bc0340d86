import type {
  CareTeam,
  Consent,
  FhirResource,
  Group,
  Observation,
  Organization,
  PractitionerRole,
} from 'fhir/r4'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { buildConsent, type ConsentSpec } from './consents.ts'
import { longKinds } from './databases.ts'
import { expectOutcome, expectStatus, matches } from './outcome.ts'
import { labelled, observation, patient, practitioner, unnamed } from './records.ts'
import { openWorld, type Who, type World } from './world.ts'

const consentFor = (id: string, subject: string, spec: ConsentSpec): Consent =>
  JSON.parse(JSON.stringify(buildConsent(id, spec)).replaceAll('@patient', `Patient/${subject}`)) as Consent

const opensHiv = (to: string): ConsentSpec => ({
  root: { effect: 'permit', to: [to], purposes: ['TREAT'], labels: ['HIV'] },
})

const deniesAll: ConsentSpec = { root: { effect: 'deny' } }

describe.each(longKinds)('who may change a decision, on %s', (kind) => {
  let world: World
  let count = 0

  beforeAll(async () => {
    world = await openWorld(kind)
    await world.load('clinic', [practitioner('insider')])
    await world.load('hospital', [practitioner('outsider')])
    await world.member('outsider', 'Practitioner/outsider', 'Organization/hospital', 'clinician')
  })
  afterAll(() => world.close())

  /** A new patient of the clinic, known to the hospital, with one ordinary record and one about HIV. */
  const newPatient = async (known = true): Promise<string> => {
    count += 1
    const id = `p${String(count)}`
    await world.load('clinic', [
      patient(id, { identifier: [{ system: 'https://oak.example/mrn', value: id }] }),
      observation(`${id}-plain`, id),
      observation(`${id}-hiv`, id, labelled(['HIV'])),
    ])
    if (known) await world.know('hospital', `Patient/${id}`)
    return id
  }

  const sees = async (who: Who, id: string, record: 'plain' | 'hiv'): Promise<boolean> => {
    const { status } = await world.get(who, `Observation/${id}-${record}`)
    expect([200, 404]).toContain(status)
    return status === 200
  }

  test('the base of these tests: a trusted consent opens, and one that is gone closes', async () => {
    const id = await newPatient()
    expect(await sees('hospital', id, 'hiv')).toBe(false)
    await world.load('clinic', [consentFor(`${id}-c`, id, opensHiv('hospital'))])
    expect(await sees('hospital', id, 'hiv')).toBe(true)
    await world.load('clinic', [{ ...consentFor(`${id}-c`, id, opensHiv('hospital')), status: 'inactive' }])
    expect(await sees('hospital', id, 'hiv')).toBe(false)
  })

  test('a Consent that a partner writes is inert', async () => {
    const id = await newPatient()
    const made = await world.post('hospital', 'Consent', unnamed(consentFor('', id, opensHiv('hospital'))))
    expectStatus(made, 201)
    expect(await sees('hospital', id, 'hiv')).toBe(false)
  })

  test('a Consent that a partner writes in a batch or a transaction is inert', async () => {
    const id = await newPatient()
    for (const type of ['batch', 'transaction'])
      expectStatus(
        await world.post('hospital', '', {
          resourceType: 'Bundle',
          type,
          entry: [
            {
              resource: unnamed(consentFor('', id, opensHiv('hospital'))),
              request: { method: 'POST', url: 'Consent' },
            },
          ],
        }),
        200,
      )
    expect(await sees('hospital', id, 'hiv')).toBe(false)
  })

  test("a partner's own policy client does not speak for another custodian", async () => {
    const id = await newPatient()
    expectStatus(
      await world.post('hospital-policy', 'Consent', unnamed(consentFor('', id, opensHiv('hospital')))),
      201,
    )
    expect(await sees('hospital', id, 'hiv')).toBe(false)
  })

  test('a Consent in an import that is not trusted is inert', async () => {
    const id = await newPatient()
    await world.load('clinic', [consentFor(`${id}-c`, id, opensHiv('hospital'))], 'plain')
    expect(await sees('hospital', id, 'hiv')).toBe(false)
  })

  test("a Consent by the custodian's client is inert, by its policy client it counts at once", async () => {
    const id = await newPatient()
    const spec = opensHiv('hospital')
    expectStatus(await world.post('clinic', 'Consent', unnamed(consentFor('', id, spec))), 201)
    expect(await sees('hospital', id, 'hiv')).toBe(false)
    const made = await world.post('clinic-policy', 'Consent', unnamed(consentFor('', id, spec)))
    const consent = expectStatus(made, 201).as<Consent>()
    expect(await sees('hospital', id, 'hiv')).toBe(true)
    const at = `Consent/${consent.id ?? ''}`
    expectStatus(await world.put('clinic-policy', at, { ...consent, status: 'inactive' }), 200)
    expect(await sees('hospital', id, 'hiv')).toBe(false)
    expect([200, 403]).toContain((await world.put('clinic', at, { ...consent, status: 'active' })).status)
    expect(await sees('hospital', id, 'hiv')).toBe(false)
  })

  test('who may not make a deny may not take it away', async () => {
    const revoked = (consent: Consent): Consent => ({ ...consent, status: 'inactive' })
    const ways: readonly ((at: string, consent: Consent) => Promise<unknown>)[] = [
      (at, consent) => world.put('clinic', at, revoked(consent)),
      (at, consent) => world.put('clinic', at, { ...consent, dateTime: '2026-02-02' }),
      (at) => world.del('clinic', at),
      (at, consent) => world.put('hospital', at, revoked(consent)),
      (at) => world.del('hospital', at),
    ]
    for (const [place, way] of ways.entries()) {
      const id = await newPatient()
      const consent = consentFor(`${id}-c`, id, deniesAll)
      await world.load('clinic', [consent])
      expect(await sees('hospital', id, 'plain')).toBe(false)
      await way(`Consent/${id}-c`, consent)
      expect(await sees('hospital', id, 'plain'), `way ${String(place)}`).toBe(false)
    }
  })

  test('an Organization that moves itself under another one sees no more', async () => {
    const id = await newPatient()
    await world.load('clinic', [consentFor(`${id}-c`, id, opensHiv('psychiatry'))])
    expect(await sees('psychiatry', id, 'hiv')).toBe(true)
    const own = expectStatus(await world.get('hospital', 'Organization/hospital'), 200).as<Organization>()
    const moved = await world.put('hospital', 'Organization/hospital', {
      ...own,
      partOf: { reference: 'Organization/psychiatry' },
    })
    expect([200, 403]).toContain(moved.status)
    await world.post('hospital', 'Organization', {
      resourceType: 'Organization',
      name: 'New',
      partOf: { reference: 'Organization/psychiatry' },
    })
    expect(await sees('hospital', id, 'hiv')).toBe(false)
    expect(await sees(await world.token('hospital', { user: 'outsider' }), id, 'hiv')).toBe(false)
  })

  test('a program does not stop to be one because its Organization says so', async () => {
    const own = expectStatus(await world.get('recovery', 'Organization/recovery'), 200).as<Organization>()
    const { extension: _program, ...rest } = own
    await world.put('recovery', 'Organization/recovery', rest)
    await world.load('recovery', [patient('rec'), observation('rec-1', 'rec')])
    await world.know('hospital', 'Patient/rec')
    expectOutcome(await world.get('hospital', 'Observation/rec-1'), 404)
  })

  const namesOf: Readonly<Record<string, (id: string) => FhirResource>> = {
    CareTeam: (id): CareTeam => ({
      resourceType: 'CareTeam',
      id: `${id}-named`,
      status: 'active',
      subject: { reference: `Patient/${id}` },
      participant: [{ member: { reference: 'Organization/hospital' } }, { member: { reference: 'Practitioner/outsider' } }],
    }),
    Group: (id): Group => ({
      resourceType: 'Group',
      id: `${id}-named`,
      type: 'practitioner',
      actual: true,
      member: [{ entity: { reference: 'Practitioner/outsider' } }],
    }),
    PractitionerRole: (id): PractitionerRole => ({
      resourceType: 'PractitionerRole',
      id: `${id}-named`,
      active: true,
      practitioner: { reference: 'Practitioner/outsider' },
      organization: { reference: 'Organization/hospital' },
    }),
  } // prettier-ignore

  test.each(Object.entries(namesOf))('a %s that a partner wrote names nobody', async (type, make) => {
    const id = await newPatient()
    await world.load('hospital', [make(id)], 'plain')
    await world.load('clinic', [consentFor(`${id}-c`, id, opensHiv(`${type}/${id}-named`))])
    expect(await sees('hospital', id, 'hiv')).toBe(false)
    expect(await sees(await world.token('hospital', { user: 'outsider' }), id, 'hiv')).toBe(false)
  })

  test.each(Object.entries(namesOf))(
    'a %s of the custodian is not for a partner to change',
    async (type, make) => {
      const id = await newPatient()
      await world.load('clinic', [make(id)])
      for (const answered of [
        await world.put('hospital', `${type}/${id}-named`, make(id)),
        await world.del('hospital', `${type}/${id}-named`),
      ])
        expect([403, 404, 405], answered.text).toContain(answered.status)
    },
  )

  test('a care team that an own client wrote lets no user of the custodian in', async () => {
    const id = await newPatient()
    await world.member(`${id}-user`, 'Practitioner/insider', 'Organization/clinic', 'clinician')
    const user = await world.token('clinic', { user: `${id}-user` })
    const team = unnamed({
      ...(namesOf.CareTeam?.(id) as CareTeam),
      participant: [{ member: { reference: 'Practitioner/insider' } }],
    })
    expect(await sees(user, id, 'plain')).toBe(false)
    expectStatus(await world.post('clinic', 'CareTeam', team), 201)
    expect(await sees(user, id, 'plain')).toBe(false)
  })

  test('a Patient with the same identifier and name does not make the patient known', async () => {
    const id = await newPatient(false)
    const same = unnamed(patient(id, { identifier: [{ system: 'https://oak.example/mrn', value: id }] }))
    for (const who of ['hospital', 'psychiatry']) {
      const own = expectStatus(await world.post(who, 'Patient', same), 201).as<FhirResource>()
      expect(own.id).not.toBe(id)
      expect(await sees(who, id, 'plain')).toBe(false)
      expectOutcome(await world.get(who, `Patient/${id}`), 404)
    }
  })

  test('Patient.link, RelatedPerson and the like widen nothing', async () => {
    const id = await newPatient(false)
    const linked = unnamed(
      patient('', { link: [{ other: { reference: `Patient/${id}` }, type: 'seealso' }] }),
    )
    await world.post('hospital', 'Patient', linked)
    await world.post('hospital', 'RelatedPerson', {
      resourceType: 'RelatedPerson',
      active: true,
      patient: { reference: `Patient/${id}` },
      name: [{ family: 'X' }],
    })
    expect(await sees('hospital', id, 'plain')).toBe(false)
  })

  test('a label goes up by anybody who may write, and down by nobody', async () => {
    const id = await newPatient()
    const bare = observation(`${id}-hiv`, id)
    expectStatus(await world.put('clinic', `Observation/${id}-hiv`, bare), 200)
    expect(await sees('hospital', id, 'hiv')).toBe(false)
    const stored = (await world.get('clinic', `Observation/${id}-hiv`)).as<Observation>()
    expect(stored.meta?.security?.map(({ code }) => code)).toContain('HIV')
    expectStatus(
      await world.put('clinic', `Observation/${id}-plain`, observation(`${id}-plain`, id, labelled(['SUD']))),
      200,
    )
    expect(await sees('hospital', id, 'plain')).toBe(false)
  })

  test('a partner changes nothing that it does not hold: 403 on what it sees', async () => {
    const id = await newPatient()
    const seen = (await world.get('hospital', `Observation/${id}-plain`)).as<Observation>()
    const at = `Observation/${id}-plain`
    expectOutcome(await world.put('hospital', at, { ...seen, status: 'amended' }), 403)
    expectOutcome(await world.del('hospital', at), 403)
    expectOutcome(await world.put('hospital', `Patient/${id}`, patient(id)), 403)
    const matching = { 'if-match': `W/"${seen.meta?.versionId ?? ''}"` }
    expectOutcome(await world.put('hospital', at, { ...seen, status: 'amended' }, matching), 403)
    expect((await world.get('clinic', at)).as<Observation>()).toEqual(seen)
  })

  test('a trusted crosswalk entry is what makes a patient known', async () => {
    const id = await newPatient(false)
    expect(await sees('hospital', id, 'plain')).toBe(false)
    await world.know('hospital', `Patient/${id}`)
    expect(await sees('hospital', id, 'plain')).toBe(true)
    expect(matches(await world.get('hospital', `Patient?_id=${id}`))).toEqual([id])
  })

  test('a row of the state table counts at once', async () => {
    const id = await newPatient()
    await world.load('clinic', [observation(`${id}-mh`, id, labelled(['DEMO']))])
    const at = `Observation/${id}-mh`
    expectOutcome(await world.get('hospital', at), 404)
    await world.table([
      {
        label: 'DEMO',
        class: 'covered-entity',
        purpose: 'TREAT',
        state: 'OR',
        effect: 'ordinary',
        citation: 'a test',
      },
    ])
    expectStatus(await world.get('hospital', at), 200)
  })
})
