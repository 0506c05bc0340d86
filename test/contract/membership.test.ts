import type { CareTeam, Period } from 'fhir/r4'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { buildConsent } from './consents.ts'
import { kinds } from './databases.ts'
import { labelled, observation, patient, practitioner } from './records.ts'
import { openWorld, type World } from './world.ts'

const team = (id: string, member: string, period?: Period, whole?: Period): CareTeam => ({
  resourceType: 'CareTeam',
  id,
  status: 'active',
  subject: { reference: 'Patient/ann' },
  ...(whole === undefined ? {} : { period: whole }),
  participant: [{ member: { reference: member }, ...(period === undefined ? {} : { period }) }],
})

/** CONSENT rules, sections 1 and 3: a care team has its members at the moment that is asked about. */
describe.each(kinds)('membership in time, on %s', (kind) => {
  let world: World
  const status = async (who: string | { token: string }, at: string) => {
    world.setClock(at)
    return (await world.get(who, 'Observation/secret')).status
  }

  beforeAll(async () => {
    world = await openWorld(kind)
    await world.load('clinic', [
      practitioner('doc'),
      practitioner('late'),
      practitioner('nurse'),
      patient('ann'),
      observation('secret', 'ann', labelled(['HIV'])),
      team('inside', 'Practitioner/doc', { start: '2026-03-01', end: '2026-04-30' }),
      team('whole', 'Practitioner/late', undefined, { start: '2026-05-01', end: '2026-05-31' }),
      team('outside', 'Organization/hospital', { start: '2026-03-01', end: '2026-04-30' }),
      buildConsent('team', {
        patient: 'Patient/ann',
        root: { effect: 'permit', to: ['CareTeam/outside'], purposes: ['TREAT'], labels: ['HIV'] },
      }),
    ])
    for (const who of ['doc', 'late', 'nurse'])
      await world.member(who, `Practitioner/${who}`, 'Organization/clinic', 'clinician')
  })
  afterAll(() => world.close())

  test.each([
    ['doc', '2026-02-28T23:59:59Z', 404],
    ['doc', '2026-03-01T00:00:00Z', 200],
    ['doc', '2026-04-30T23:59:59Z', 200],
    ['doc', '2026-05-01T00:00:00Z', 404],
    ['late', '2026-04-30T23:59:59Z', 404],
    ['late', '2026-05-31T12:00:00Z', 200],
    ['late', '2026-06-01T00:00:00Z', 404],
    ['nurse', '2026-03-15T00:00:00Z', 404],
  ])('a user of the custodian, %s at %s: %i', async (user, at, expected) => {
    expect(await status(await world.token('clinic', { user }), at)).toBe(expected)
  })

  test.each([
    ['2026-02-28T23:59:59Z', 404],
    ['2026-03-01T00:00:00Z', 200],
    ['2026-05-01T00:00:00Z', 404],
  ])('a recipient whom a consent names by the team, at %s: %i', async (at, expected) => {
    expect(await status('hospital', at)).toBe(expected)
  })
})
