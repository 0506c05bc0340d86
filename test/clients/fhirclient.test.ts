import type { Bundle, CapabilityStatement, FhirResource, Observation, Patient } from 'fhir/r4'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { longKinds } from '../contract/databases.ts'
import { observation, patient, unnamed } from '../contract/records.ts'
import { type Api, apiOfRequest, type Client, failureOf, type Patch, sent } from './fhirclient.ts'
import { codes, type Gateway, idsOf, openGateway, together } from './gateway.ts'

/**
 * fhirclient 2.6 (client-js of SMART Health IT), as published, on Node: every method of its `Client` but those that
 * follow an authorization code (`authorize`, `ready`, `refresh`, `user`), which are in fhirclient-launch.test.ts.
 * It has no search by POST, no vread and no transaction of its own: those go through its `request`.
 */

describe.each(longKinds)('fhirclient on %s', (kind) => {
  let gateway: Gateway
  let api: Api
  let client: Client

  const clientOf = (tokenResponse: object): Client => api.client({ serverUrl: gateway.base, tokenResponse })

  beforeAll(async () => {
    gateway = await openGateway(kind)
    api = await apiOfRequest()
    client = clientOf({ access_token: await gateway.token() })
  })
  afterAll(() => gateway.close())

  const make = (value: string): Promise<Observation> =>
    client.create(sent(unnamed(observation('', 'bob', { identifier: [{ system: 'urn:js', value }] }))))

  describe('what the gateway says of itself', () => {
    test('version, release and metadata', async () => {
      expect(await client.getFhirVersion()).toBe('4.0.1')
      expect(await client.getFhirRelease()).toBe(4)
      const statement: CapabilityStatement = await client.request('metadata')
      expect(statement.implementation?.url).toBe(gateway.base)
    })

    test('the SMART configuration', async () => {
      const configuration = await client.request('.well-known/smart-configuration')
      expect(configuration).toMatchObject({ token_endpoint: `${gateway.url}/oauth/token` })
    })
  })

  describe('one resource', () => {
    test('create, read, update, vread, patch, delete', async () => {
      const made = await make('life')
      const at = `Observation/${made.id}`
      expect(await client.request(at)).toEqual(made)
      const amended: Observation = await client.update(sent({ ...made, status: 'amended' }))
      expect(amended.status).toBe('amended')
      expect(await client.request(`${at}/_history/${made.meta?.versionId}`)).toEqual(made)
      const patch = [{ op: 'replace', path: '/status', value: 'corrected' }] as Patch
      expect(await client.patch(at, patch)).toMatchObject({ id: made.id, status: 'corrected' })
      expect(await client.delete<Response>(at)).toMatchObject({ status: 204 })
      expect((await failureOf(client.request(at))).status).toBe(410)
    })

    test('a create that wants nothing back is read by its location', async () => {
      const resource = sent(unnamed(observation('', 'bob')))
      const made = await client.create<Observation>(resource, { headers: { prefer: 'return=minimal' } })
      expect(made).toMatchObject({ resourceType: 'Observation', subject: { reference: 'Patient/bob' } })
    })

    test('create and update by a condition, update by version', async () => {
      const person = sent(unnamed(patient('', { identifier: [{ system: 'urn:js', value: 'cara' }] })))
      const headers = { 'if-none-exist': 'identifier=urn:js|cara' }
      const made = await client.create<Patient>(person, { headers })
      expect(await client.create<Patient>(person, { headers })).toEqual(made)
      const stale = { headers: { 'if-match': 'W/"old"' } }
      expect((await failureOf(client.update(sent(made), stale))).status).toBe(412)
      const updated = await client.request({
        url: 'Patient?identifier=urn:js|cara',
        method: 'PUT',
        body: JSON.stringify({ ...person, gender: 'male' }),
        headers: { 'content-type': 'application/fhir+json' },
      })
      expect(updated).toMatchObject({ id: made.id, gender: 'male' })
    })

    test('the response comes along where it is asked for, and HEAD has no more than that', async () => {
      const { body, response } = await client.request<{ body: Patient; response: Response }>({
        url: 'Patient/ann',
        includeResponse: true,
      })
      expect(body.id).toBe('ann')
      expect(response.headers.get('etag')).toBe(`W/"${body.meta?.versionId}"`)
      const head = await client.request<{ response: Response }>({
        url: 'Patient/ann',
        method: 'HEAD',
        includeResponse: true,
      })
      expect(head.response.headers.get('etag')).toBe(response.headers.get('etag'))
      const known = { url: 'Patient/ann', headers: { 'if-none-match': response.headers.get('etag') ?? '' } }
      expect((await failureOf(client.request(known))).status).toBe(304)
    })
  })

  describe('search', () => {
    const pulses = `Observation?code=http://loinc.org|${codes.pulse}&patient=ann&_sort=-date`
    const newestFirst = [7, 6, 5, 4, 3, 2, 1].map((day) => `${codes.pulse}-${day}`)

    test('of a type, by POST, of a compartment, and across types', async () => {
      expect(await client.request(pulses)).toMatchObject({ type: 'searchset', total: 7 })
      const posted: Bundle = await client.request({
        url: 'Observation/_search',
        method: 'POST',
        body: new URLSearchParams({ code: codes.weight, patient: 'Patient/ann', _sort: 'date' }).toString(),
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
      })
      expect(idsOf(posted)).toEqual([`${codes.weight}-1`, `${codes.weight}-2`])
      const compartment = `Patient/ann/Observation?code=${codes.weight}&_summary=count`
      expect(await client.request(compartment)).toMatchObject({ total: 2 })
      const across: Bundle = await client.request('?_type=Patient,Encounter&_id=ann,visit')
      expect(idsOf(across).toSorted()).toEqual(['ann', 'visit'])
    })

    test('all pages, flat', async () => {
      const all = await client.request<Observation[]>(`${pulses}&_count=3`, { pageLimit: 0, flat: true })
      expect(all.map(({ id }) => id)).toEqual(newestFirst)
    })

    test('two pages, and no more', async () => {
      const two = await client.request<Bundle[]>(`${pulses}&_count=3`, { pageLimit: 2 })
      expect(two.map(idsOf)).toEqual([newestFirst.slice(0, 3), newestFirst.slice(3, 6)])
    })

    test('page by page, and resource by resource', async () => {
      const told: string[][] = []
      const onPage = (page: unknown) => void told.push(idsOf(page as Bundle))
      await client.request(`${pulses}&_count=4`, { pageLimit: 0, onPage })
      expect(told).toEqual([newestFirst.slice(0, 4), newestFirst.slice(4)])
      const pages: string[][] = []
      for await (const page of client.pages(`${pulses}&_count=4`)) pages.push(idsOf(page))
      expect(pages).toEqual(told)
      const seen: (string | undefined)[] = []
      for await (const { id } of client.resources(`${pulses}&_count=2`, { limit: 5 })) seen.push(id)
      expect(seen).toEqual(newestFirst.slice(0, 5))
    })

    test('observations are told apart by their codes', async () => {
      const all = await client.request('Observation?patient=ann&_count=50', { pageLimit: 0, flat: true })
      const byCodes = client.byCodes(all, 'code')
      expect(byCodes(codes.pulse)).toHaveLength(7)
      const weights = byCodes(codes.weight).map((one) => client.units.kg(one.valueQuantity))
      expect(new Set(weights)).toEqual(new Set([71, 72]))
    })
  })

  describe('history', () => {
    test('of a resource, a type, and everything', async () => {
      gateway.world.setClock('2026-06-16T12:00:00Z')
      const made = await make('past')
      await client.update(sent({ ...made, status: 'amended' }))
      const past: Bundle = await client.request(`Observation/${made.id}/_history`)
      expect(past).toMatchObject({ type: 'history', total: 2 })
      const all: Bundle[] = await client.request('Observation/_history?_count=4', { pageLimit: 0 })
      const versions = all.flatMap(({ entry }) => entry ?? [])
      expect(versions).toHaveLength(all[0]?.total ?? -1)
      expect(versions.slice(0, 2)).toEqual(past.entry)
      const system: Bundle = await client.request('_history?_count=2')
      expect(system.entry).toEqual(past.entry)
    })
  })

  describe('bundles and operations', () => {
    const send = (body: object): Promise<Bundle> =>
      client.request({
        url: '',
        method: 'POST',
        body: JSON.stringify(body),
        headers: { 'content-type': 'application/json' },
      })

    test('transaction and batch', async () => {
      const entry = together('urn:js', 'dora')
      const stored = await send({ resourceType: 'Bundle', type: 'transaction', entry })
      expect(stored.entry?.map(({ response }) => response?.status)).toEqual(['201', '201'])
      const urls = ['Patient?identifier=urn:js|dora', 'Patient/nobody']
      const got = await send({
        resourceType: 'Bundle',
        type: 'batch',
        entry: urls.map((url) => ({ request: { method: 'GET', url } })),
      })
      expect(got.entry?.map(({ response }) => response?.status.slice(0, 3))).toEqual(['200', '404'])
      expect(got.entry?.[0]?.resource).toMatchObject({ total: 1 })
    })

    test('everything of a patient, over all pages; the last of each code', async () => {
      const all = await client.request<FhirResource[]>('Patient/ann/$everything?_count=5', {
        pageLimit: 0,
        flat: true,
      })
      const ids = all.map(({ id }) => id ?? '')
      expect(ids).toEqual(expect.arrayContaining(['ann', 'visit', 'lee', `${codes.weight}-2`]))
      expect(new Set(ids).size).toBe(ids.length)
      const last = await client.request('Observation/$lastn?patient=ann&category=vital-signs')
      expect(idsOf(last).toSorted()).toEqual([`${codes.pulse}-7`, `${codes.weight}-2`].toSorted())
    })
  })

  describe('refusals', () => {
    test.each([
      ['what is not there', 'Patient/nobody', 404, 'not-found'],
      ['what is hidden', 'Patient/elsewhere', 404, 'not-found'],
      ['an unknown parameter', 'Patient?nonsense=x', 400, 'not-supported'],
    ])('%s: the OperationOutcome is in the message', async (_name, url, status, code) => {
      const failure = await failureOf(client.request(url))
      expect(failure.status).toBe(status)
      expect(failure.message).toContain('"resourceType": "OperationOutcome"')
      expect(failure.message).toContain(`"code": "${code}"`)
    })

    test('nobody is told anything', async () => {
      const failure = await failureOf(api.client({ serverUrl: gateway.base }).request('Patient/ann'))
      expect([failure.status, failure.message]).toEqual([401, expect.stringContaining('"code": "login"')])
    })
  })
})
