import type { FhirResource, QuestionnaireResponse } from 'fhir/r4'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { kinds } from '../databases.ts'
import { observation, patient, practitioner } from '../records.ts'
import { base, openWorld, type World } from '../world.ts'
import { type Case, find } from './asking.ts'

const sheet = 'https://forms.example/Questionnaire/sleep'
const license = 'urn:oid:2.16.840.1.113883.4.6'

const answers = (id: string, questionnaire?: string): QuestionnaireResponse => ({
  resourceType: 'QuestionnaireResponse',
  id,
  status: 'completed',
  subject: { reference: 'Patient/ann' },
  ...(questionnaire === undefined ? {} : { questionnaire }),
})

describe.each(kinds)('search by reference (FHIR R4 search 3.1.1.4.12) on %s', (kind) => {
  let world: World

  beforeAll(async () => {
    world = await openWorld(kind)
    const resources: readonly FhirResource[] = [
      patient('ann', { generalPractitioner: [{ reference: 'Practitioner/doc' }] }),
      patient('bea', { generalPractitioner: [{ reference: 'Organization/clinic' }] }),
      practitioner('doc'),
      { resourceType: 'Device', id: 'ann' },
      { resourceType: 'Device', id: 'cuff' },
      observation('own', 'ann', { performer: [{ reference: 'Practitioner/doc' }] }),
      observation('absolute', 'bea', { performer: [{ reference: `${base}/Practitioner/doc` }] }),
      observation('foreign', 'bea', {
        performer: [{ reference: 'https://other.example/r4/Practitioner/doc' }],
      }),
      observation('version', 'bea', { performer: [{ reference: 'Practitioner/doc/_history/1' }] }),
      observation('logical', 'bea', {
        performer: [{ type: 'Practitioner', identifier: { system: license, value: '9941339108' } }],
      }),
      observation('local', 'bea', {
        contained: [{ resourceType: 'Practitioner', id: 'inside' }],
        performer: [{ reference: '#inside' }],
      }),
      observation('device', '', {
        subject: { reference: 'Device/ann' },
        device: { reference: 'Device/cuff' },
      }),
      answers('current', `${sheet}|2.0`),
      answers('former', `${sheet}|1.0`),
      answers('open', sheet),
      answers('longer', `${sheet}-diary`),
      answers('stored', `${base}/Questionnaire/kept`),
      answers('free'),
    ]
    await world.load('clinic', resources)
  })
  afterAll(() => world.close())

  const observations: readonly Case[] = [
    ['performer=doc', ['absolute', 'own', 'version']],
    ['performer=Practitioner/doc', ['absolute', 'own', 'version']],
    [`performer=${base}/Practitioner/doc`, ['absolute', 'own', 'version']],
    ['performer=https://other.example/r4/Practitioner/doc', ['foreign']],
    ['performer=https://other.example/Practitioner/doc', []],
    ['performer:Practitioner=doc', ['absolute', 'own', 'version']],
    ['performer:Practitioner=Practitioner/doc', ['absolute', 'own', 'version']],
    ['performer:Organization=doc', []],
    ['performer=Organization/doc', []],
    ['performer=Practitioner/inside', []],
    ['performer=inside', []],
    [`performer:identifier=${license}|9941339108`, ['logical']],
    ['performer:identifier=9941339108', ['logical']],
    [`performer:identifier=${license}|`, ['logical']],
    ['performer:identifier=|9941339108', []],
    ['performer:identifier=urn:other|9941339108', []],
    ['performer:missing=true', ['device']],
    ['performer:missing=false', ['absolute', 'foreign', 'local', 'logical', 'own', 'version']],
    ['subject=ann', ['device', 'own']],
    ['subject:Device=ann', ['device']],
    ['subject:Patient=ann', ['own']],
    ['patient=ann', ['own']],
    ['patient=Device/ann', []],
    ['subject=Patient/ann,Device/ann', ['device', 'own']],
    ['subject=Patient/ann&performer=doc', ['own']],
    ['subject=Patient/ann&performer=Practitioner/doc,Organization/clinic', ['own']],
    ['device=cuff', ['device']],
    ['device=Device/cuff&subject=Device/ann', ['device']],
    ['subject=Patient/bea&performer=doc', ['absolute', 'version']],
  ]

  test.each(observations)('Observation?%s', async (query, ids) => {
    expect(await find(world, `Observation?${query}`)).toEqual(ids)
  })

  const responses: readonly Case[] = [
    [`questionnaire=${sheet}`, ['current', 'former', 'open']],
    [`questionnaire=${sheet}|1.0`, ['former']],
    [`questionnaire=${sheet}|3.0`, []],
    [`questionnaire=${sheet}|1.0,${sheet}|2.0`, ['current', 'former']],
    [`questionnaire=${base}/Questionnaire/kept`, ['stored']],
    ['questionnaire=Questionnaire/kept', ['stored']],
    ['questionnaire=kept', ['stored']],
    ['questionnaire:missing=true', ['free']],
  ]

  test.each(responses)(
    'QuestionnaireResponse?%s: a canonical with and without its version',
    async (query, ids) => {
      expect(await find(world, `QuestionnaireResponse?${query}`)).toEqual(ids)
    },
  )

  test.each<Case>([
    ['general-practitioner=doc', ['ann']],
    ['general-practitioner=clinic', ['bea']],
    ['general-practitioner:Organization=clinic', ['bea']],
    ['general-practitioner:Organization=doc', []],
  ])('Patient?%s', async (query, ids) => {
    expect(await find(world, `Patient?${query}`)).toEqual(ids)
  })
})
