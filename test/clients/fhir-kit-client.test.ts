import type { Bundle, BundleEntry, CapabilityStatement, Observation, OperationOutcome } from 'fhir/r4'
import { CapabilityTool, Client } from 'fhir-kit-client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { kinds } from '../contract/databases.ts'
import { observation, patient, unnamed } from '../contract/records.ts'
import { codes, type Gateway, idsOf, openGateway, secret, together } from './gateway.ts'

/**
 * fhir-kit-client 2.0, as published: every method of its `Client`. It throws on 304, whatever was asked for: its fetch
 * counts only 2xx as success.
 */

/** A resource as this library types it. */
type Sent = Parameters<Client['create']>[0]['body']
type Received = Awaited<ReturnType<Client['read']>>
type Paged = Parameters<Client['nextPage']>[0]['bundle']

const sent = (resource: object): Sent => resource as unknown as Sent
const as = <T>(received: object): T => received as unknown as T
const idsIn = (received: object): string[] => idsOf(as<Bundle>(received))

/** What this library throws for an answer that is not 2xx. */
interface Failure {
  readonly response: { readonly status: number; readonly data: OperationOutcome }
}

const failureOf = (asked: Promise<unknown>): Promise<Failure['response']> =>
  asked.then(
    () => Promise.reject(new Error('it did not fail')),
    (failure: Failure) => failure.response,
  )

describe.each(kinds)('fhir-kit-client on %s', (kind) => {
  let gateway: Gateway
  let client: Client

  beforeAll(async () => {
    gateway = await openGateway(kind)
    client = new Client({ baseUrl: gateway.base, bearerToken: await gateway.token() })
  })
  afterAll(() => gateway.close())

  const make = async (value: string): Promise<Observation> => {
    const body = unnamed(observation('', 'bob', { identifier: [{ system: 'urn:kit', value }] }))
    return as<Observation>(await client.create({ resourceType: 'Observation', body: sent(body) }))
  }

  /** From a page, to the last one. */
  const pagesFrom = async (first: Received): Promise<Received[]> => {
    const next = await client.nextPage({ bundle: first as Paged })
    return next === undefined ? [first] : [first, ...(await pagesFrom(next))]
  }

  describe('what the gateway says of itself', () => {
    test('the CapabilityStatement, and what the library reads in it', async () => {
      const statement = as<CapabilityStatement>(await client.capabilityStatement())
      const tool = new CapabilityTool(sent(statement))
      expect(statement.fhirVersion).toBe('4.0.1')
      expect(tool.serverCan('transaction')).toBe(true)
      expect(tool.resourceCan('Patient', 'vread')).toBe(true)
      expect(tool.resourceCan('AuditEvent', 'create')).toBe(false)
      expect(tool.resourceSearch('Observation', 'code-value-quantity')).toBe(true)
      expect(tool.interactionsFor({ resourceType: 'Observation' })).toContain('history-instance')
      expect(tool.searchParamsFor({ resourceType: 'Patient' })).toContain('identifier')
    })

    test('where tokens are had, which it learns from three documents at once', async () => {
      const own = new Client({ baseUrl: gateway.base })
      const { tokenUrl, authorizeUrl } = await own.smartAuthMetadata()
      expect([tokenUrl?.href, authorizeUrl?.href]).toEqual([
        `${gateway.url}/oauth/token`,
        `${gateway.url}/oauth/authorize`,
      ])
      const answer = await fetch(tokenUrl ?? '', {
        method: 'POST',
        headers: { authorization: `Basic ${btoa(`knowing:${secret.replaceAll(' ', '+')}`)}` },
        body: new URLSearchParams({ grant_type: 'client_credentials', scope: 'system/Patient.rs' }),
      })
      own.bearerToken = ((await answer.json()) as { access_token: string }).access_token
      expect(await own.read({ resourceType: 'Patient', id: 'ann' })).toMatchObject({ id: 'ann' })
      expect((await failureOf(own.read({ resourceType: 'Encounter', id: 'visit' }))).status).toBe(403)
    })
  })

  describe('one resource', () => {
    test('create, read, update, vread, patch, delete', async () => {
      const made = await make('life')
      const id = made.id ?? ''
      const which = { resourceType: 'Observation', id }
      expect(await client.read(which)).toEqual(made)
      const body = sent({ ...made, status: 'amended' })
      const amended = as<Observation>(await client.update({ ...which, body }))
      expect(amended.meta?.versionId).not.toBe(made.meta?.versionId)
      expect(await client.vread({ ...which, version: made.meta?.versionId ?? '' })).toEqual(made)
      const jsonPatch = [
        { op: 'test', path: '/status', value: 'amended' },
        { op: 'replace', path: '/status', value: 'corrected' },
      ] satisfies Parameters<Client['patch']>[0]['jsonPatch']
      expect(await client.patch({ ...which, jsonPatch })).toMatchObject({ id, status: 'corrected' })
      const { response } = Client.httpFor(await client.delete(which))
      expect(response?.status).toBe(204)
      expect((await failureOf(client.read(which))).status).toBe(410)
    })

    test('an update is conditional on the version', async () => {
      const made = await make('locked')
      const send = (tag: string, status: string) =>
        client.update({
          resourceType: 'Observation',
          id: made.id ?? '',
          body: sent({ ...made, status }),
          options: { headers: { 'If-Match': tag } },
        })
      const tag = Client.httpFor(sent(made)).response?.headers.get('etag') ?? ''
      expect(await send(tag, 'amended')).toMatchObject({ status: 'amended' })
      expect((await failureOf(send(tag, 'corrected'))).status).toBe(412)
    })

    test('create and update by a condition', async () => {
      const person = sent(unnamed(patient('', { identifier: [{ system: 'urn:kit', value: 'cara' }] })))
      const options = { headers: { 'If-None-Exist': 'identifier=urn:kit|cara' } }
      const made = await client.create({ resourceType: 'Patient', body: person, options })
      const again = await client.create({ resourceType: 'Patient', body: person, options })
      expect(Client.httpFor(made).response?.status).toBe(201)
      expect(Client.httpFor(again).response?.status).toBe(200)
      expect(again.id).toBe(made.id)
      const updated = await client.update({
        resourceType: 'Patient',
        searchParams: { identifier: 'urn:kit|cara' },
        body: sent({ ...person, gender: 'male' }),
      })
      expect(updated).toMatchObject({ id: made.id, gender: 'male' })
    })

    test('HEAD has the headers and nothing else; a version that is known is not sent again', async () => {
      const read = await client.read({ resourceType: 'Patient', id: 'ann' })
      const headers = Client.httpFor(read).response?.headers
      const head = await client.request('Patient/ann', { method: 'HEAD' })
      expect(head).toEqual({})
      expect(Client.httpFor(head).response?.headers.get('etag')).toBe(headers?.get('etag'))
      const options = { headers: { 'If-None-Match': headers?.get('etag') ?? '' } }
      const { status } = await failureOf(client.read({ resourceType: 'Patient', id: 'ann', options }))
      expect(status).toBe(304)
    })
  })

  describe('search', () => {
    const pulses = { code: `http://loinc.org|${codes.pulse}`, patient: 'ann' }
    const newestFirst = [7, 6, 5, 4, 3, 2, 1].map((day) => `${codes.pulse}-${day}`)

    test.each([false, true])('of a type, by POST: %s', async (postSearch) => {
      const found = await client.search({
        resourceType: 'Observation',
        searchParams: { ...pulses, date: ['ge2026-05-02', 'lt2026-05-05'], _sort: 'date' },
        options: { postSearch },
      })
      expect(found).toMatchObject({ type: 'searchset', total: 3 })
      expect(idsIn(found)).toEqual([2, 3, 4].map((day) => `${codes.pulse}-${day}`))
    })

    test.each([false, true])('of a compartment, by POST: %s', async (postSearch) => {
      const found = await client.search({
        resourceType: 'Observation',
        compartment: { resourceType: 'Patient', id: 'ann' },
        searchParams: { code: codes.weight, _summary: 'count' },
        options: { postSearch },
      })
      expect(found).toMatchObject({ total: 2 })
      expect(idsIn(found)).toEqual([])
    })

    test.each([false, true])('across types, by POST: %s', async (postSearch) => {
      const searchParams = { _id: 'ann,visit', _type: 'Patient,Encounter' }
      const found = await client.search({ searchParams, options: { postSearch } })
      expect(idsIn(found).toSorted()).toEqual(['ann', 'visit'])
    })

    test('pages to the end and back', async () => {
      const searchParams = { ...pulses, _count: 3, _sort: '-date' }
      const pages = await pagesFrom(await client.search({ resourceType: 'Observation', searchParams }))
      expect(pages.flatMap(idsIn)).toEqual(newestFirst)
      expect(pages.map((page) => as<Bundle>(page).total)).toEqual([7, 7, 7])
      const back = await client.prevPage({ bundle: pages[2] as Paged })
      expect(back === undefined ? [] : idsIn(back)).toEqual(newestFirst.slice(3, 6))
      expect(client.prevPage({ bundle: pages[0] as Paged })).toBeUndefined()
    })

    test('what is included comes along, and references are resolved in the Bundle or by asking', async () => {
      const bundle = await client.search({
        resourceType: 'Observation',
        searchParams: { _id: `${codes.pulse}-1`, _include: 'Observation:patient' },
      })
      const found = as<Bundle<Observation>>(bundle).entry?.[0]?.resource
      const reference = (place: string | undefined) => ({ reference: place ?? '', context: bundle })
      expect(idsIn(bundle)).toEqual([`${codes.pulse}-1`, 'ann'])
      const person = await client.resolve(reference(found?.subject?.reference))
      expect(Client.httpFor(person).response).toBeUndefined()
      expect(person).toMatchObject({ resourceType: 'Patient', id: 'ann' })
      const performer = await client.resolve(reference(found?.performer?.[0]?.reference))
      expect(performer).toMatchObject({ resourceType: 'Practitioner', id: 'lee' })
      const absolute = as<Bundle>(bundle).entry?.[1]?.fullUrl ?? ''
      expect(await client.resolve({ reference: absolute })).toMatchObject({ id: 'ann' })
    })
  })

  describe('history', () => {
    test('of a resource, a type, and everything', async () => {
      gateway.world.setClock('2026-06-16T12:00:00Z')
      const made = await make('past')
      const id = made.id ?? ''
      await client.update({ resourceType: 'Observation', id, body: sent({ ...made, status: 'amended' }) })
      await client.delete({ resourceType: 'Observation', id })
      const past = as<Bundle>(await client.history({ resourceType: 'Observation', id }))
      expect(past).toMatchObject({ type: 'history', total: 3 })
      expect(past.entry?.map(({ request }) => request?.method)).toEqual(['DELETE', 'PUT', 'POST'])
      const type = as<Bundle>(await client.history({ resourceType: 'Observation' }))
      const system = as<Bundle>(await client.history())
      for (const { entry } of [type, system])
        expect(entry?.filter(({ fullUrl }) => fullUrl?.endsWith(`/${id}`))).toEqual(past.entry)
    })

    test('its pages go on to the end', async () => {
      const pages = await pagesFrom(await client.request('Observation/_history?_count=4'))
      const versions = pages.flatMap((page) => as<Bundle>(page).entry ?? [])
      expect(versions).toHaveLength(as<Bundle>(pages[0] ?? {}).total ?? -1)
      expect(versions.length).toBeGreaterThan(8)
    })
  })

  describe('bundles', () => {
    const bundle = (type: string, entry: BundleEntry[]) => sent({ resourceType: 'Bundle', type, entry })
    const count = async (value: string): Promise<number | undefined> =>
      as<Bundle>(await client.search({ resourceType: 'Patient', searchParams: { identifier: value } })).total

    test('a transaction is stored as a whole, and its references with it', async () => {
      const body = bundle('transaction', together('urn:kit', 'dora'))
      const answer = as<Bundle>(await client.transaction({ body }))
      expect(answer.entry?.map(({ response }) => response?.status)).toEqual(['201', '201'])
      const stored = await client.request(answer.entry?.[0]?.response?.location ?? '')
      const person = await client.resolve({ reference: as<Observation>(stored).subject?.reference ?? '' })
      expect(person).toMatchObject({ identifier: [{ value: 'dora' }] })
    })

    test('a transaction with a fault is not stored at all; a batch without what has the fault', async () => {
      const faulty = { status: 'wrong' as 'final', subject: { reference: 'Patient/bob' } }
      const entry = together('urn:kit', 'eve', faulty)
      const { status, data } = await failureOf(client.transaction({ body: bundle('transaction', entry) }))
      expect([status, data.resourceType]).toEqual([422, 'OperationOutcome'])
      expect(await count('urn:kit|eve')).toBe(0)
      const answer = as<Bundle>(await client.batch({ body: bundle('batch', entry) }))
      expect(answer.entry?.map(({ response }) => response?.status.slice(0, 3))).toEqual(['422', '201'])
      expect(await count('urn:kit|eve')).toBe(1)
    })
  })

  describe('operations', () => {
    test.each(['GET', 'POST'] as const)('everything of a patient, by %s', async (method) => {
      const found = await client.operation({ name: 'everything', resourceType: 'Patient', id: 'ann', method })
      expect(idsIn(found)).toEqual(expect.arrayContaining(['ann', 'visit', 'lee', `${codes.weight}-2`]))
    })

    test('the last measurement of each code, by GET and by POST', async () => {
      const asked = { patient: 'ann', category: 'vital-signs' }
      const parameter = Object.entries(asked).map(([name, valueString]) => ({ name, valueString }))
      const body = sent({ resourceType: 'Parameters', parameter })
      const lastn = { name: '$lastn', resourceType: 'Observation' }
      const got = await client.operation({ ...lastn, method: 'GET', input: { ...asked, max: 1 } })
      const posted = await client.operation({ ...lastn, input: body })
      for (const found of [got, posted])
        expect(new Set(idsIn(found))).toEqual(new Set([`${codes.pulse}-7`, `${codes.weight}-2`]))
    })
  })

  describe('refusals are read as OperationOutcomes', () => {
    const read = (resourceType: string, id: string) => () => client.read({ resourceType, id })
    const search = (name: string) => () =>
      client.search({ resourceType: 'Patient', searchParams: { [name]: 'x' } })
    const create = (body: Sent) => () => client.create({ resourceType: 'Patient', body })
    const wrong = sent({ ...patient('x'), gender: 'wrong' })

    test.each([
      ['what is not there', read('Patient', 'nobody'), 404, 'not-found'],
      ['what is hidden', read('Patient', 'elsewhere'), 404, 'not-found'],
      ['an unknown type', read('Nonsense', 'x'), 404, 'not-found'],
      ['an unknown operation', read('Patient', '$nonsense'), 404, 'not-found'],
      ['an unknown parameter', search('nonsense'), 400, 'not-supported'],
      ['an invalid resource', create(wrong), 422, 'code-invalid'],
    ] as const)('%s', async (_name, ask, expected, code) => {
      const { status, data } = await failureOf(ask())
      expect([status, data.resourceType, data.issue[0]?.code]).toEqual([expected, 'OperationOutcome', code])
      expect(data.issue[0]?.details?.text).toMatch(/\w/)
    })

    test('nobody is told anything', async () => {
      const stranger = new Client({ baseUrl: gateway.base })
      const { status, data } = await failureOf(stranger.read({ resourceType: 'Patient', id: 'ann' }))
      expect([status, data.issue[0]?.code]).toEqual([401, 'login'])
    })
  })
})
