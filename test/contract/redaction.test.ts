import type { Bundle, CarePlan, Extension, FhirResource, Observation, Patient } from 'fhir/r4'
import notices from '../../mappings/notices.json' with { type: 'json' }
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { buildConsent, type ConsentSpec } from './consents.ts'
import { kinds } from './databases.ts'
import { expectOutcome, expectStatus, matches, searchset } from './outcome.ts'
import { condition, document, icd10, labelled, observation, patient, practitioner } from './records.ts'
import { type Bearer, openWorld, type World } from './world.ts'

const consentFor = (id: string, subject: string, spec: ConsentSpec): FhirResource =>
  JSON.parse(
    JSON.stringify(buildConsent(id, spec)).replaceAll('@patient', `Patient/${subject}`),
  ) as FhirResource

const narrative = (text: string) => ({
  status: 'generated' as const,
  div: `<div xmlns="http://www.w3.org/1999/xhtml">${text}</div>`,
})

/** A plan that is ordinary but for what it cites. */
const plan = (id: string, more: Partial<CarePlan> = {}): CarePlan => ({
  resourceType: 'CarePlan',
  id,
  status: 'active',
  intent: 'plan',
  text: narrative('for alcohol dependence'),
  title: 'Plan',
  author: { reference: 'Practitioner/doc' },
  subject: { reference: 'Patient/ann' },
  addresses: [
    { reference: 'Condition/cold', display: 'a cold' },
    { reference: 'Condition/alcohol', display: 'alcohol dependence' },
  ],
  activity: [
    { detail: { status: 'in-progress', description: 'rest' } },
    {
      detail: {
        status: 'in-progress',
        description: 'group for alcohol',
        reasonReference: [{ reference: 'Condition/alcohol', display: 'alcohol dependence' }],
      },
    },
  ],
  supportingInfo: [{ reference: 'DocumentReference/note', display: 'a note' }],
  ...more,
})

const part2Words = notices.notices.find(({ id }) => id === 'part2-short')?.text

describe.each(kinds)('what leaves, and what is left out of it, on %s', (kind) => {
  let world: World
  let author: Bearer

  beforeAll(async () => {
    world = await openWorld(kind)
    await world.load('clinic', [practitioner('doc')])
    await world.member('doc', 'Practitioner/doc', 'Organization/clinic', 'clinician')
    await world.load('clinic', [
      patient('ann'),
      condition('cold', 'ann'),
      condition('alcohol', 'ann', { code: icd10('F10.20') }),
      document('note', 'ann', { ...labelled(['PSYTHPN']), author: [{ reference: 'Practitioner/doc' }] }),
      { resourceType: 'CareTeam', id: 'team', status: 'active', subject: { reference: 'Patient/ann' }, participant: [{ member: { reference: 'Practitioner/doc' } }] },
      plan('plan'),
    ]) // prettier-ignore
    await world.know('hospital', 'Patient/ann')
    author = await world.token('clinic', { user: 'doc' })
  })
  afterAll(() => world.close())

  const planFor = async (who: string | Bearer, id = 'plan') =>
    expectStatus(await world.get(who, `CarePlan/${id}`), 200).as<CarePlan>()

  test('who may see all of it gets all of it', async () => {
    const own = await planFor('clinic')
    expect(own.addresses).toHaveLength(2)
    expect(own.activity).toHaveLength(2)
    expect(own.supportingInfo).toBeUndefined()
    expect((await planFor(author)).supportingInfo).toHaveLength(1)
  })

  test('who wrote what cites a note by somebody else does not learn of that note', async () => {
    const theirs = document('theirs', 'ann', {
      ...labelled(['PSYTHPN']),
      author: [{ reference: 'Practitioner/other' }],
    })
    const note = { reference: 'DocumentReference/theirs', display: 'their note' }
    await world.load('clinic', [practitioner('other'), theirs, plan('citing', { supportingInfo: [note] })])
    const own = await world.get(author, 'CarePlan/citing')
    expect(expectStatus(own, 200).as<CarePlan>().supportingInfo).toBeUndefined()
    expect(own.text).not.toMatch(/theirs|their note/)
    const beside = searchset(await world.get(author, 'CarePlan?_id=citing'))
    expect(JSON.stringify(beside)).not.toMatch(/theirs|their note/)
    expectStatus(await world.del('clinic', 'CarePlan/citing'), 204)
  })

  test('a reference to what is hidden goes, with its display, its activity and the narrative', async () => {
    const reply = expectStatus(await world.get('hospital', 'CarePlan/plan'), 200)
    const seen = reply.as<CarePlan>()
    expect(seen.addresses).toEqual([{ reference: 'Condition/cold', display: 'a cold' }])
    expect(seen.activity).toEqual([{ detail: { status: 'in-progress', description: 'rest' } }])
    expect(seen.text).toBeUndefined()
    expect(seen.supportingInfo).toBeUndefined()
    expect(reply.text).not.toMatch(/alcohol|note|SUD|ETH|PSYTHPN/i)
    expect(seen.meta?.security?.map(({ code }) => code)).toEqual(['N'])
  })

  test('the same in a searchset, a history, a version and an answer of a batch', async () => {
    const read = await planFor('hospital')
    const found = searchset(await world.get('hospital', 'CarePlan?patient=ann&_id=plan'))
    expect(found.entry?.map(({ resource }) => resource)).toEqual([read])
    const history = (await world.get('hospital', 'CarePlan/plan/_history')).as<Bundle>()
    expect(history.entry?.map(({ resource }) => resource)).toEqual([read])
    const version = `CarePlan/plan/_history/${read.meta?.versionId ?? ''}`
    expect((await world.get('hospital', version)).as()).toEqual(read)
    const batch = await world.post('hospital', '', {
      resourceType: 'Bundle',
      type: 'batch',
      entry: [{ request: { method: 'GET', url: 'CarePlan/plan' } }],
    })
    expect(batch.as<Bundle>().entry?.[0]?.resource).toEqual(read)
  })

  test("the versions of what others see have ids that do not give each other's away", async () => {
    const [own, other] = [await planFor('clinic'), await planFor('hospital')]
    expect(own.meta?.versionId).not.toBe(other.meta?.versionId)
    expectOutcome(await world.get('hospital', `CarePlan/plan/_history/${own.meta?.versionId ?? ''}`), 404)
  })

  test('a search by what is masked finds it for who sees it, and for nobody else', async () => {
    const find = async (who: string, query: string) => matches(await world.get(who, `CarePlan?${query}`))
    expect(await find('clinic', 'condition=Condition/alcohol')).toEqual(['plan'])
    expect(await find('hospital', 'condition=Condition/alcohol')).toEqual([])
    expect(await find('hospital', 'condition=Condition/cold')).toEqual(['plan'])
    const included = searchset(await world.get('hospital', 'CarePlan?_id=plan&_include=CarePlan:condition'))
    expect(included.entry?.map(({ resource }) => resource?.id)).toEqual(['plan', 'cold'])
  })

  test('a change to a masked part makes no new version for who does not see it', async () => {
    await world.load('clinic', [plan('moving')])
    const before = await planFor('hospital', 'moving')
    const own = await planFor('clinic', 'moving')
    world.setClock('2026-06-16T09:00:00Z')
    const [rest, group] = own.activity ?? []
    const changed = {
      ...own,
      activity: [rest, { detail: { ...group?.detail, description: 'another group for alcohol' } }],
    }
    expectStatus(await world.put('clinic', 'CarePlan/moving', changed), 200)
    expect((await planFor('clinic', 'moving')).meta?.versionId).not.toBe(own.meta?.versionId)
    expect(await planFor('hospital', 'moving')).toEqual(before)
    const history = (await world.get('hospital', 'CarePlan/moving/_history')).as<Bundle>()
    expect(history.total).toBe(1)
    expect(matches(await world.get('hospital', 'CarePlan?_id=moving&_lastUpdated=ge2026-06-16'))).toEqual([])
  })

  test('no blind write changes what its writer does not see', async () => {
    await world.load('clinic', [plan('blind')])
    const own = await planFor('clinic', 'blind')
    expect(own.supportingInfo).toBeUndefined()
    expectStatus(await world.put('clinic', 'CarePlan/blind', { ...own, title: 'New title' }), 200)
    const seen = await planFor(author, 'blind')
    expect(seen.title).toBe('New title')
    expect(seen.supportingInfo).toEqual([{ reference: 'DocumentReference/note', display: 'a note' }])
  })

  test('a reference in another record to what one directive hides is left out', async () => {
    await world.load('clinic', [
      patient('bea'),
      observation('one', 'bea'),
      observation('two', 'bea', {
        text: narrative('see the first one'),
        basedOn: [{ reference: 'ServiceRequest/asked', display: 'as it was asked' }],
      }),
    ])
    await world.load('clinic', [
      {
        resourceType: 'ServiceRequest',
        id: 'asked',
        status: 'active',
        intent: 'order',
        subject: { reference: 'Patient/bea' },
      },
      consentFor('bea-c', 'bea', { root: { effect: 'deny', data: [['instance', 'ServiceRequest/asked']] } }),
    ])
    await world.know('hospital', 'Patient/bea')
    expectOutcome(await world.get('hospital', 'ServiceRequest/asked'), 404)
    const reply = expectStatus(await world.get('hospital', 'Observation/two'), 200)
    expect(reply.text).not.toMatch(/asked|first one/)
    expect(matches(await world.get('hospital', 'Observation?based-on=ServiceRequest/asked'))).toEqual([])
    expect(matches(await world.get('clinic', 'Observation?based-on=ServiceRequest/asked'))).toEqual(['two'])
  })

  test('a reference to a Part 2 program is left out: its name is the diagnosis (42 CFR 2.13)', async () => {
    await world.load('clinic', [
      patient('eve'),
      observation('eve-seen', 'eve', {
        performer: [{ reference: 'Organization/recovery', display: 'Riverbend Recovery' }],
      }),
    ])
    await world.know('hospital', 'Patient/eve')
    expect((await world.get('clinic', 'Observation/eve-seen')).text).toMatch(/recovery/i)
    const reply = expectStatus(await world.get('hospital', 'Observation/eve-seen'), 200)
    expect(reply.text).not.toMatch(/recovery/i)
    expect(matches(await world.get('hospital', 'Observation?performer=Organization/recovery'))).toEqual([])
    expect(matches(await world.get('clinic', 'Observation?performer=Organization/recovery'))).toEqual([
      'eve-seen',
    ])
  })

  test('the Patient is released with any record of the custodian, and cites nothing hidden', async () => {
    await world.load('clinic', [
      patient('cyd', {
        text: narrative('of Ann'),
        link: [{ other: { reference: 'Patient/ann', display: 'Ann' }, type: 'seealso' }],
      }),
      observation('cyd-hiv', 'cyd', labelled(['HIV'])),
    ])
    expectOutcome(await world.get('psychiatry', 'Patient/cyd'), 404)
    const spec: ConsentSpec = {
      root: { effect: 'permit', to: ['psychiatry'], purposes: ['TREAT'], labels: ['HIV'] },
    }
    await world.load('clinic', [consentFor('cyd-c', 'cyd', spec)])
    const seen = expectStatus(await world.get('psychiatry', 'Patient/cyd'), 200)
    expect(seen.as<Patient>().link).toBeUndefined()
    expect(seen.text).not.toMatch(/Ann|ann/)
    expect(matches(await world.get('psychiatry', 'Patient?link=Patient/ann'))).toEqual([])
    expect(matches(await world.get('psychiatry', 'Patient'))).toEqual(['cyd'])
  })

  const extensionsOf = (resource: FhirResource, name: string): Extension[] =>
    (resource.meta?.extension ?? []).filter(({ url }) => url.endsWith(`/${name}`))

  test('what goes under a consent says so: labels, the notice of Part 2, the consent and how far it reaches', async () => {
    const spec: ConsentSpec = {
      root: { effect: 'permit', to: ['hospital'], purposes: ['TREAT'], labels: ['42CFRPart2', 'SUD'] },
      from: ['recovery'],
    }
    await world.load('recovery', [
      patient('dan'),
      observation('dan-sud', 'dan', labelled(['SUD'])),
      consentFor('dan-c', 'dan', spec),
    ])
    const seen = expectStatus(await world.get('hospital', 'Observation/dan-sud'), 200).as<Observation>()
    expect(seen.meta?.security?.map(({ code }) => code)).toEqual(['R', '42CFRPart2', 'SUD'])
    expect(part2Words).toBe('42 CFR part 2 prohibits unauthorized use or disclosure of these records.')
    expect(extensionsOf(seen, 'redisclosure-notice').map(({ valueString }) => valueString)).toEqual([
      part2Words,
    ])
    const [under] = extensionsOf(seen, 'disclosed-under')
    expect(under?.extension).toEqual([
      { url: 'consent', valueReference: { reference: 'Consent/dan-c' } },
      { url: 'scope', valueString: 'what this consent says in words' },
    ])
    const [entry] = searchset(await world.get('hospital', 'Observation?patient=dan')).entry ?? []
    expect(entry?.resource).toEqual(seen)
    const released = expectStatus(await world.get('hospital', 'Patient/dan'), 200).as<Patient>()
    expect(extensionsOf(released, 'redisclosure-notice').map(({ valueString }) => valueString)).toEqual([
      part2Words,
    ])
  })

  test('what needs no consent carries no notice and names none', async () => {
    const seen = expectStatus(await world.get('hospital', 'Condition/cold'), 200).as<FhirResource>()
    expect(seen.meta?.extension).toBeUndefined()
    expect(seen.meta?.security?.map(({ code }) => code)).toEqual(['N'])
  })

  test('there is exactly one confidentiality on everything that leaves', async () => {
    for (const type of ['Patient', 'Observation', 'Condition', 'CarePlan', 'DocumentReference'])
      for (const { resource } of searchset(await world.get('clinic', `${type}?_count=100`)).entry ?? [])
        expect(
          resource?.meta?.security?.filter(({ system }) => system?.endsWith('/v3-Confidentiality')),
        ).toHaveLength(1)
  })
})
