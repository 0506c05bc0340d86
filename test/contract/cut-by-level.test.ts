import type { Consent, Observation } from 'fhir/r4'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { kinds } from './databases.ts'
import { expectStatus, matches } from './outcome.ts'
import { observation, patient } from './records.ts'
import { openWorld, type World } from './world.ts'

/** A restriction: what is more confidential than normal goes to nobody. */
const restricted: Consent = {
  resourceType: 'Consent',
  id: 'restricted',
  status: 'active',
  scope: {
    coding: [{ system: 'http://terminology.hl7.org/CodeSystem/consentscope', code: 'patient-privacy' }],
  },
  category: [{ coding: [{ system: 'http://loinc.org', code: '59284-0' }] }],
  patient: { reference: 'Patient/ann' },
  dateTime: '2026-01-01',
  organization: [{ reference: 'Organization/clinic' }],
  policy: [{ uri: 'https://www.ecfr.gov/current/title-45/section-164.508' }],
  provision: {
    type: 'deny',
    securityLabel: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality', code: 'R' }],
  },
}

const noted: Observation = {
  ...observation('noted', 'ann'),
  note: [
    {
      text: 'spoke of her mood',
      extension: [
        {
          url: 'http://hl7.org/fhir/uv/security-label-ds4p/StructureDefinition/extension-inline-sec-label',
          valueCoding: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'MH' },
        },
      ],
    },
  ],
}

describe.each(kinds)('a level that only a part of a record has, on %s', (kind) => {
  let world: World

  beforeAll(async () => {
    world = await openWorld(kind)
    await world.load('clinic', [patient('ann'), noted])
    await world.know('hospital', 'Patient/ann')
  })
  afterAll(() => world.close())

  const read = async () => expectStatus(await world.get('hospital', 'Observation/noted'), 200)

  test('what is not denied goes out without the part that is', async () => {
    expect((await read()).text).toContain('spoke of her mood')
    await world.load('clinic', [restricted])
    expect((await read()).text).not.toContain('spoke of her mood')
    expect(matches(await world.get('hospital', 'Observation?_id=noted'))).toEqual(['noted'])
  })
})
