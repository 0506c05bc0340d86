import type { FhirResource, Organization } from 'fhir/r4'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { kinds } from '../databases.ts'
import { expectOutcome } from '../outcome.ts'
import { concept, condition, observation, patient, practitioner, serviceRequest } from '../records.ts'
import { openWorld, type World } from '../world.ts'
import { type Case, find } from './asking.ts'

const organization = (id: string, name: string, more: Partial<Organization> = {}): Organization => ({
  resourceType: 'Organization',
  id,
  name,
  ...more,
})

const sheet = 'https://forms.example/Questionnaire/sleep'

describe.each(kinds)('chains and _has (FHIR R4 search 3.1.1.4.9) on %s', (kind) => {
  let world: World

  beforeAll(async () => {
    world = await openWorld(kind)
    const resources: readonly FhirResource[] = [
      organization('state', 'Grand State Trust', { identifier: [{ system: 'urn:o', value: '1' }] }),
      organization('region', 'Middle Region', { partOf: { reference: 'Organization/state' } }),
      organization('house', 'Little House', { partOf: { reference: 'Organization/region' } }),
      organization('rival', 'Grand Rival'),
      practitioner('doc'),
      patient('ann', {
        name: [{ family: 'Aster', given: ['Ann'] }],
        managingOrganization: { reference: 'Organization/house' },
        generalPractitioner: [{ reference: 'Practitioner/doc' }],
        birthDate: '1990-05-01',
      }),
      patient('bea', {
        name: [{ family: 'Birch', given: ['Bea'] }],
        managingOrganization: { reference: 'Organization/rival' },
        generalPractitioner: [{ reference: 'Organization/rival' }],
        birthDate: '2010-01-01',
        gender: 'male',
      }),
      patient('cyd', { name: [{ family: 'Cedar' }] }),
      { resourceType: 'Device', id: 'pump', identifier: [{ value: 'Aster' }] },
      {
        resourceType: 'Encounter',
        id: 'visit',
        status: 'finished',
        class: { code: 'AMB' },
        subject: { reference: 'Patient/ann' },
        serviceProvider: { reference: 'Organization/house' },
      },
      observation('o-ann', 'ann', {
        code: concept('urn:c', 'x'),
        encounter: { reference: 'Encounter/visit' },
        performer: [{ reference: 'Practitioner/doc' }],
        valueQuantity: { value: 7 },
      }),
      observation('o-bea', 'bea', {
        code: concept('urn:c', 'y'),
        performer: [{ reference: 'Organization/rival' }],
      }),
      observation('o-pump', '', { subject: { reference: 'Device/pump' } }),
      observation('o-member', 'cyd', { hasMember: [{ reference: 'Observation/o-ann' }] }),
      observation('o-foreign', '', { subject: { reference: 'https://other.example/fhir/Patient/ann' } }),
      condition('c-ann', 'ann', { encounter: { reference: 'Encounter/visit' } }),
      condition('c-bea', 'bea', { code: concept('urn:c', 'flu') }),
      serviceRequest('r-bea', 'bea', { reasonReference: [{ reference: 'Condition/c-bea' }] }),
      {
        resourceType: 'Questionnaire',
        id: 'sleep',
        url: sheet,
        version: '2',
        status: 'active',
        title: 'Sleep diary',
      },
      {
        resourceType: 'QuestionnaireResponse',
        id: 'a-two',
        status: 'completed',
        subject: { reference: 'Patient/ann' },
        questionnaire: `${sheet}|2`,
      },
      {
        resourceType: 'QuestionnaireResponse',
        id: 'a-any',
        status: 'completed',
        subject: { reference: 'Patient/bea' },
        questionnaire: sheet,
      },
      {
        resourceType: 'QuestionnaireResponse',
        id: 'a-one',
        status: 'completed',
        subject: { reference: 'Patient/ann' },
        questionnaire: `${sheet}|1`,
      },
    ]
    await world.load('clinic', resources)
  })
  afterAll(() => world.close())

  const chains: readonly Case[] = [
    ['Observation?subject:Patient.family=aster', ['o-ann']],
    ['Observation?subject.family=aster', ['o-ann']],
    ['Observation?patient.family=aster', ['o-ann']],
    ['Observation?patient.family=aster,birch', ['o-ann', 'o-bea']],
    ['Observation?patient.family=aster&patient.given=bea', []],
    ['Observation?patient.family=aster&code=y', []],
    ['Observation?patient.family:exact=aster', []],
    ['Observation?patient.family:exact=Aster', ['o-ann']],
    ['Observation?patient.family:contains=st', ['o-ann']],
    ['Observation?patient.gender:not=male', ['o-ann', 'o-member']],
    ['Observation?patient.birthdate=lt2000', ['o-ann', 'o-member']],
    ['Observation?patient.organization:missing=true', ['o-member']],
    ['Observation?patient._id=ann', ['o-ann']],
    ['Observation?subject:Device.identifier=Aster', ['o-pump']],
    ['Observation?subject.identifier=Aster', ['o-pump']],
    ['Observation?patient.organization.name=little', ['o-ann']],
    ['Observation?patient:Patient.organization:Organization.name=grand', ['o-bea']],
    ['Observation?patient.organization.partof.name=middle', ['o-ann']],
    ['Observation?patient.organization.partof.partof.name=grand', ['o-ann']],
    ['Observation?patient.organization.partof.partof.identifier=urn:o|1', ['o-ann']],
    ['Observation?patient.organization.partof.partof.name:exact=Grand State Trust', ['o-ann']],
    ['Observation?patient.organization=house', ['o-ann']],
    ['Observation?patient.organization.partof=Organization/region', ['o-ann']],
    ['Observation?patient.general-practitioner:Organization.name=grand', ['o-bea']],
    ['Observation?performer:Practitioner.family=doctor', ['o-ann']],
    ['Observation?performer.name=grand', ['o-bea']],
    ['Observation?has-member.code=x', ['o-member']],
    ['Observation?has-member:Observation.patient.family=aster', ['o-member']],
    ['Observation?has-member:Observation.value-quantity=gt5', ['o-member']],
    ['Observation?has-member:Observation.code-value-quantity=x$7', ['o-member']],
    ['Observation?has-member:Observation.date=2026-03-01', ['o-member']],
    ['Observation?encounter.service-provider.name=little', ['o-ann']],
    ['Condition?encounter.patient.family=aster', ['c-ann']],
    ['Condition?patient.family=birch&patient.gender=male', ['c-bea']],
    ['QuestionnaireResponse?questionnaire.title=sleep', ['a-any', 'a-two']],
    ['QuestionnaireResponse?questionnaire:Questionnaire.version=2', ['a-any', 'a-two']],
    ['QuestionnaireResponse?patient.family=aster&questionnaire.title=sleep', ['a-two']],
  ]

  test.each(chains)('chain: %s', async (query, ids) => {
    expect(await find(world, query)).toEqual(ids)
  })

  const having: readonly Case[] = [
    ['Patient?_has:Observation:patient:code=x', ['ann']],
    ['Patient?_has:Observation:patient:code=urn:c|x,urn:c|y', ['ann', 'bea']],
    ['Patient?_has:Observation:subject:code=x', ['ann']],
    ['Patient?_has:Observation:patient:code:not=x', ['bea', 'cyd']],
    ['Patient?_has:Observation:patient:_id=o-bea', ['bea']],
    ['Patient?_has:Observation:patient:value-quantity=ge7', ['ann']],
    ['Patient?_has:Observation:patient:date=2026&_has:Condition:patient:code=flu', ['bea']],
    ['Patient?_has:Condition:patient:code=flu', ['bea']],
    ['Patient?_has:Observation:patient:performer.name=grand', ['bea']],
    ['Patient?_has:Observation:patient:performer:Practitioner.family=doctor', ['ann']],
    ['Patient?_has:Observation:patient:_has:Observation:has-member:status=final', ['ann']],
    ['Practitioner?_has:Observation:performer:patient.family=aster', ['doc']],
    ['Organization?_has:Patient:organization:_has:Observation:patient:code=x', ['house']],
    ['Organization?_has:Organization:partof:_has:Patient:organization:family=aster', ['region']],
    ['Organization?_has:Organization:partof:_has:Organization:partof:name=little', ['state']],
    ['Encounter?_has:Condition:encounter:patient=ann', ['visit']],
    ['Observation?patient._has:Condition:patient:code=flu', ['o-bea']],
    ['Observation?patient:Patient._has:Condition:patient:code=flu', ['o-bea']],
    ['Condition?patient._has:Observation:patient:performer.name=grand', ['c-bea']],
    ['Questionnaire?_has:QuestionnaireResponse:questionnaire:patient=ann', ['sleep']],
    ['Questionnaire?_has:QuestionnaireResponse:questionnaire:patient=cyd', []],
    ['Questionnaire?_has:QuestionnaireResponse:questionnaire:_id=a-one', []],
  ]

  test.each(having)('_has: %s', async (query, ids) => {
    expect(await find(world, query)).toEqual(ids)
  })

  test.each([
    'Observation?status.name=x',
    'Observation?patient.nonsense=x',
    'Observation?patient:Device.identifier=x',
    'Observation?patient:Nothing.name=x',
    'Observation?patient.organization.nonsense=x',
    'Observation?patient.family:below=x',
    'Patient?_has:Observation:patient=x',
    'Patient?_has:Observation:status:code=x',
    'Patient?_has:Observation:encounter:code=x',
    'Patient?_has:Observation:patient:nonsense=x',
    'Patient?_has:Nothing:patient:code=x',
    'Patient?_has:Observation:patient:_has:Condition:encounter:code=x',
  ])('what leads nowhere is refused: %s', async (query) => {
    expectOutcome(await world.get('clinic', query), 400)
  })
})
