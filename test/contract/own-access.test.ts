import type { AuditEvent, Bundle } from 'fhir/r4'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { buildConsent } from './consents.ts'
import { kinds } from './databases.ts'
import { expectOutcome, expectStatus, matches, searchset } from './outcome.ts'
import { document, labelled, observation, patient, unnamed } from './records.ts'
import { type Bearer, openWorld, type World } from './world.ts'

describe.each(kinds)("a patient's own access on %s", (kind) => {
  let world: World
  let ann: Bearer

  beforeAll(async () => {
    world = await openWorld(kind)
    const identifier = [{ system: 'urn:id', value: 'ann' }]
    const denial = buildConsent('ann-deny', { root: { effect: 'deny' } })
    await world.load(
      'clinic',
      [
        patient('ann', { identifier, name: [{ family: 'Same', given: ['Ann'] }] }),
        patient('bea'),
        observation('plain', 'ann'),
        observation('hiv', 'ann', labelled(['HIV', 'SUD'])),
        document('note', 'ann', labelled(['PSYTHPN'])),
        document('counseling', 'ann', labelled(['counseling-notes'])),
        observation('of-bea', 'bea'),
        observation('of-both', 'ann', { performer: [{ reference: 'Patient/bea' }] }),
        { ...denial, patient: { reference: 'Patient/ann', display: 'Ann' } },
      ].map((one) => JSON.parse(JSON.stringify(one).replaceAll('@patient', 'Patient/ann')) as typeof one),
    )
    await world.load('recovery', [
      patient('ann-r', { identifier, name: [{ family: 'Same', given: ['Ann'] }] }),
      observation('part2', 'ann-r'),
    ])
    ann = await world.token('clinic', { patient: 'ann', purpose: 'PATRQT' })
  })
  afterAll(() => world.close())

  test('everything of the own but psychotherapy notes (45 CFR 164.524(a)(1)(i)), whatever a consent denies', async () => {
    for (const id of ['plain', 'hiv']) expectStatus(await world.get(ann, `Observation/${id}`), 200)
    expectStatus(await world.get(ann, 'DocumentReference/counseling'), 200)
    expectStatus(await world.get(ann, 'Patient/ann'), 200)
    expectStatus(await world.get(ann, 'Consent/ann-deny'), 200)
    expectOutcome(await world.get(ann, 'DocumentReference/note'), 404)
  })

  test('also what another custodian holds of the same person, Part 2 without a consent (42 CFR 2.23)', async () => {
    expectStatus(await world.get(ann, 'Observation/part2'), 200)
    expect(matches(await world.get(ann, 'Patient?_sort=_id'))).toEqual(['ann', 'ann-r'])
  })

  test('nothing of anybody else, and of a record of two nothing either', async () => {
    const nobody = await world.get(ann, 'Observation/nobody')
    for (const id of ['of-bea', 'of-both']) {
      const hidden = await world.get(ann, `Observation/${id}`)
      expectOutcome(hidden, 404)
      expect(hidden.text).toBe(nobody.text)
    }
    expectOutcome(await world.get(ann, 'Patient/bea'), 404)
    expect(matches(await world.get(ann, 'Observation?_sort=_id'))).toEqual(['hiv', 'part2', 'plain'])
    expect(searchset(await world.get(ann, 'Observation?patient=bea')).total).toBe(0)
  })

  test('a patient changes nothing that a custodian holds', async () => {
    const seen = (await world.get(ann, 'Observation/plain')).as<object>()
    expectOutcome(await world.put(ann, 'Observation/plain', { ...seen, status: 'amended' }), 403)
    expectOutcome(await world.del(ann, 'Observation/plain'), 403)
  })

  test('a patient writes no record of anybody else', async () => {
    expectOutcome(await world.post(ann, 'Observation', unnamed(observation('', 'bea'))), 422)
  })

  test('the trail shows what was disclosed of the own records, and of nobody else', async () => {
    await world.get('clinic', 'Observation/plain')
    await world.get('clinic', 'Observation/of-bea')
    const trail = searchset(await world.get(ann, 'AuditEvent?patient=ann'))
    expect(trail.total).toBeGreaterThan(0)
    expect(JSON.stringify(trail)).toContain('Observation/plain')
    expect(JSON.stringify(trail)).not.toContain('of-bea')
    const [event] = (trail.entry ?? []).map(({ resource }) => resource as AuditEvent)
    expectStatus(await world.get(ann, `AuditEvent/${event?.id ?? ''}`), 200)
    expect(searchset(await world.get(ann, 'AuditEvent?patient=bea')).total).toBe(0)
  })

  test("a token with another level's scopes alone is a token for nothing", async () => {
    await world.client({
      id: 'system-only',
      organization: 'Organization/clinic',
      scope: 'system/*.cruds',
      purposes: ['PATRQT'],
    })
    await expect(world.token('system-only', { patient: 'ann' })).rejects.toThrow(/patient/)
  })

  test('an unknown patient sees nothing', async () => {
    const nobody = await world.token('clinic', { patient: 'nobody', purpose: 'PATRQT' })
    expect((await world.get(nobody, 'Observation')).as<Bundle>().total).toBe(0)
    expect((await world.get(nobody, 'Patient')).as<Bundle>().total).toBe(0)
  })
})
