import type { FhirResource, Task } from 'fhir/r4'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { buildConsent } from '../consents.ts'
import { kinds } from '../databases.ts'
import { concept, patient, serviceRequest } from '../records.ts'
import { openWorld, type World } from '../world.ts'
import { type Case, find } from './asking.ts'

const canonical = 'https://sluice.example/fhir/StructureDefinition'
const part2 = (valueBoolean: boolean) => [{ url: `${canonical}/part2-program`, valueBoolean }]

const task = (id: string, end?: string): Task => ({
  resourceType: 'Task',
  id,
  status: 'draft',
  intent: 'order',
  for: { reference: 'Patient/ann' },
  ...(end === undefined ? {} : { restriction: { period: { end } } }),
})

describe.each(kinds)("the gateway's own search parameters (profiles/SearchParameter-*) on %s", (kind) => {
  let world: World

  beforeAll(async () => {
    world = await openWorld(kind)
    const resources: readonly FhirResource[] = [
      patient('ann'),
      { resourceType: 'Organization', id: 'program', name: 'P', extension: part2(true) },
      { resourceType: 'Organization', id: 'general', name: 'G', extension: part2(false) },
      { resourceType: 'Location', id: 'ward', name: 'W', extension: part2(true) },
      serviceRequest('r1', 'ann', { reasonCode: [concept('urn:r', 'sleep', 'cannot sleep')] }),
      serviceRequest('r2', 'ann', { reasonCode: [concept('urn:r', 'pain')] }),
      task('soon', '2026-07-01'),
      task('late', '2026-09-01T12:00:00Z'),
      task('whenever'),
      {
        resourceType: 'Questionnaire',
        id: 'phq',
        status: 'active',
        code: [{ system: 'http://loinc.org', code: '44249-1' }],
        item: [{ linkId: '1', type: 'choice', code: [{ system: 'http://loinc.org', code: '44250-9' }] }],
      },
    ]
    await world.load('clinic', resources)
    await world.load('clinic', [
      buildConsent('to-hospital', {
        patient: 'Patient/ann',
        root: {
          effect: 'deny',
          period: ['2026-01-01', '2026-12-31'],
          provision: [{ effect: 'permit', to: ['hospital'], purposes: ['TREAT'], labels: ['ETH'] }],
        },
      }),
      buildConsent('to-schools', {
        patient: 'Patient/ann',
        root: {
          effect: 'deny',
          period: ['2026-01-01', '2027-06-30'],
          provision: [
            {
              effect: 'permit',
              recipientClass: 'school',
              actors: [{ role: 'CST', reference: 'Organization/hospital' }],
              purposes: ['TREAT'],
              labels: ['ETH'],
            },
          ],
        },
      }),
    ])
  })
  afterAll(() => world.close())

  test.each<Case>([
    ['Consent?expires=2026-12-31', ['to-hospital']],
    ['Consent?expires=lt2027', ['to-hospital']],
    ['Consent?expires=gt2026-12-31', ['to-schools']],
    ['Consent?expires:missing=true', []],
    ['Consent?recipient=Organization/hospital', ['to-hospital']],
    ['Consent?recipient=hospital', ['to-hospital']],
    ['Consent?recipient:Organization=hospital', ['to-hospital']],
    ['Consent?recipient:missing=true', ['to-schools']],
    ['Consent?recipient.name=oak', ['to-hospital']],
    ['Consent?recipient-class=school', ['to-schools']],
    ['Consent?recipient-class:missing=true', ['to-hospital']],
    ['Consent?actor=Organization/hospital', []],
    ['Consent?patient=ann&recipient-class=school&expires=ge2027', ['to-schools']],
    ['Organization?part2-program=true', ['program', 'recovery']],
    ['Organization?part2-program=false', ['general']],
    ['Location?part2-program=true', ['ward']],
    ['ServiceRequest?reason-code=sleep', ['r1']],
    ['ServiceRequest?reason-code=urn:r|pain', ['r2']],
    ['ServiceRequest?reason-code:text=cannot', ['r1']],
    ['ServiceRequest?reason-code=sleep,pain', ['r1', 'r2']],
    ['Task?due-date=2026-07-01', ['soon']],
    ['Task?due-date=lt2026-08', ['soon']],
    ['Task?due-date=ge2026-09-01T12:00:00Z', ['late']],
    ['Task?due-date:missing=true', ['whenever']],
    ['Questionnaire?questionnaire-code=44249-1', ['phq']],
    ['Questionnaire?questionnaire-code=http://loinc.org|44250-9', []],
    ['Questionnaire?code=http://loinc.org|44250-9', ['phq']],
  ])('%s', async (query, ids) => {
    expect(await find(world, query)).toEqual(ids)
  })

  test('they sort, and are what a _has asks for', async () => {
    expect(await find(world, 'Patient?_has:Consent:patient:recipient-class=school')).toEqual(['ann'])
    expect(await find(world, 'Organization?_has:Consent:recipient:patient=ann')).toEqual(['hospital'])
  })
})
