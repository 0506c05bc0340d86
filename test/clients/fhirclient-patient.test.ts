import type { Bundle, Encounter, Observation } from 'fhir/r4'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { longKinds } from '../contract/databases.ts'
import { condition } from '../contract/records.ts'
import { apiOfRequest, type Client, failureOf } from './fhirclient.ts'
import { codes, type Gateway, idsOf, openGateway } from './gateway.ts'

describe.each(longKinds)('an app with fhirclient on %s', (kind) => {
  let gateway: Gateway
  let client: Client
  let own: Client

  beforeAll(async () => {
    gateway = await openGateway(kind)
    const api = await apiOfRequest()
    const serverUrl = gateway.base
    client = api.client({ serverUrl, tokenResponse: { access_token: await gateway.token() } })
    const access_token = await gateway.token({ patient: 'ann', purpose: 'PATRQT' })
    own = api.client({ serverUrl, tokenResponse: { access_token, patient: 'ann' } })
  })
  afterAll(() => gateway.close())

  describe('references', () => {
    const asked = `Observation?_id=${codes.pulse}-1`

    test('are put in place of what cites them, one through another', async () => {
      const resolveReferences = ['subject', 'encounter', 'performer.0', 'subject.managingOrganization']
      const { entry }: Bundle = await client.request(asked, { resolveReferences })
      expect(entry?.[0]?.resource).toMatchObject({
        subject: { resourceType: 'Patient', id: 'ann', managingOrganization: { name: 'Elm Clinic' } },
        encounter: { resourceType: 'Encounter', id: 'visit' },
        performer: [{ resourceType: 'Practitioner', id: 'lee' }],
      })
    })

    test('are gathered beside what cites them', async () => {
      const { data, references } = await client.request<{ data: Bundle; references: object }>(asked, {
        resolveReferences: ['subject', 'encounter'],
        graph: false,
      })
      expect(idsOf(data)).toEqual([`${codes.pulse}-1`])
      expect(Object.keys(references).toSorted()).toEqual(['Encounter/visit', 'Patient/ann'])
    })

    test('are resolved of a resource that is here already', async () => {
      const visit = await client.request<Encounter>('Encounter/visit')
      expect(Object.keys(await client.getReferences(visit, ['subject']))).toEqual(['Patient/ann'])
      await client.resolveReferences(visit, ['subject'])
      expect(visit.subject).toMatchObject({ resourceType: 'Patient', id: 'ann' })
    })

    test('one that points to what is hidden is as good as none, and the rest is resolved', async () => {
      const cold = { ...condition('', 'ann'), evidence: [{ detail: [{ reference: 'Patient/elsewhere' }] }] }
      await client.resolveReferences(cold, ['subject', 'evidence.0.detail.0'])
      expect(cold).toMatchObject({
        subject: { id: 'ann' },
        evidence: [{ detail: [{ reference: 'Patient/elsewhere' }] }],
      })
    })
  })

  describe('within one patient', () => {
    test('who it is', async () => {
      expect(own.patient.id).toBe('ann')
      expect(await own.patient.read()).toMatchObject({ resourceType: 'Patient', id: 'ann' })
    })

    test('what is there of hers, by the parameter that metadata names for each type', async () => {
      const measured = await own.patient.request<Observation[]>(`Observation?code=${codes.pulse}&_count=5`, {
        pageLimit: 0,
        flat: true,
      })
      expect(measured).toHaveLength(7)
      expect(idsOf(await own.patient.request('Encounter'))).toEqual(['visit'])
      expect(idsOf(await own.patient.request('Patient'))).toEqual(['ann'])
    })

    test('and nobody else', async () => {
      expect((await failureOf(own.request('Patient/bob'))).status).toBe(404)
      expect(idsOf(await own.request('Patient'))).toEqual(['ann'])
    })
  })
})
