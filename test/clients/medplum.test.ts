import { formatSearchQuery, type MedplumClient, type MedplumClientOptions, Operator } from '@medplum/core'
import type { Bundle, Observation, Patient } from 'fhir/r4'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { longKinds } from '../contract/databases.ts'
import { observation, patient, unnamed } from '../contract/records.ts'
import { codes, type Gateway, idsOf, openGateway, together } from './gateway.ts'
import { medplumClient, outcomeOf } from './medplum.ts'

/**
 * MedplumClient 5.2, as published, set up by its public options alone: `baseUrl`, `fhirUrlPath`, `tokenUrl`. What it has
 * beside FHIR speaks to Medplum's own server and has no counterpart here: `auth/…` (accounts, projects and the profile:
 * `getProfile` stays empty), `email`, `executeBot`, `pushToAgent`, `graphql` and the schemas it is asked for, `$graph`,
 * `keyValue`, FHIRcast, CDS hooks and subscriptions over a WebSocket. `createBinary` sends bytes that are no FHIR
 * resource. The JWT bearer grant needs what the gateway does not
 * grant, and its sign-in by a redirect sends no `aud`.
 * `_offset` of `readHistory` and `_fields` of its query builder are no parameters of FHIR. `validateResource`,
 * `valueSetExpand`, `readPatientSummary` and `bulkExport` are operations that metadata does not name.
 */

describe.each(longKinds)('MedplumClient on %s', (kind) => {
  let gateway: Gateway
  let client: MedplumClient

  const clientWith = (options: MedplumClientOptions = {}) => medplumClient(gateway, options)

  beforeAll(async () => {
    gateway = await openGateway(kind)
    client = clientWith({ accessToken: await gateway.token() })
  })
  afterAll(() => gateway.close())

  const make = (value: string): Promise<Observation> =>
    client.createResource(unnamed(observation('', 'bob', { identifier: [{ system: 'urn:mp', value }] })))

  test('the documents the gateway has of itself', async () => {
    expect(await client.get(client.fhirUrl('metadata'))).toMatchObject({ fhirVersion: '4.0.1' })
    const configuration = await client.get(client.fhirUrl('.well-known', 'smart-configuration'))
    expect(configuration).toMatchObject({ token_endpoint: client.getTokenUrl() })
  })

  describe('one resource', () => {
    test('create, read, update, vread, patch, history, delete', async () => {
      const made = await make('life')
      const id = made.id ?? ''
      expect(await client.readResource('Observation', id, { cache: 'reload' })).toEqual(made)
      const amended: Observation = await client.updateResource({ ...made, id, status: 'amended' })
      expect(amended.meta?.versionId).not.toBe(made.meta?.versionId)
      expect(await client.readVersion('Observation', id, made.meta?.versionId ?? '')).toEqual(made)
      const operations = [{ op: 'replace', path: '/status', value: 'corrected' }] as const
      const patched: Observation = await client.patchResource('Observation', id, [...operations])
      expect(patched.status).toBe('corrected')
      const past: Bundle = await client.readHistory('Observation', id)
      expect(past.entry?.map(({ resource }) => (resource as Observation).status)).toEqual([
        'corrected',
        'amended',
        'final',
      ])
      const newest: Bundle = await client.readHistory('Observation', id, { count: 1 })
      expect([newest.total, newest.entry?.length]).toEqual([3, 1])
      expect(await client.deleteResource('Observation', id)).toBeUndefined()
      expect(await outcomeOf(client.readResource('Observation', id))).toMatchObject({
        issue: [{ code: 'deleted' }],
      })
    })

    test('created only once, and updated or created by a search', async () => {
      const person = (value: string) => unnamed(patient('', { identifier: [{ system: 'urn:mp', value }] }))
      const once = () => client.createResourceIfNoneExist<Patient>(person('cara'), 'identifier=urn:mp|cara')
      const made = await once()
      expect((await once()).id).toBe(made.id)
      const upsert = (value: string, gender: Patient['gender']) =>
        client.upsertResource<Patient>({ ...person(value), gender }, { identifier: `urn:mp|${value}` })
      const updated = await upsert('cara', 'male')
      expect(updated).toMatchObject({ id: made.id, gender: 'male' })
      const created = await upsert('dora', 'other')
      expect(created.id).not.toBe(made.id)
      expect(await client.readResource('Patient', created.id, { cache: 'reload' })).toEqual(created)
    })

    test('read by a reference, kept, and asked for again with the version that is known', async () => {
      const own = clientWith({ accessToken: await gateway.token(), cacheTime: 60_000 })
      const person = await own.readReference<Patient>({ reference: 'Patient/ann' })
      expect(person).toMatchObject({ id: 'ann' })
      expect(own.getCached('Patient', 'ann')).toEqual(person)
      const headers = { 'If-None-Match': `W/"${person.meta?.versionId}"` }
      expect(await own.readResource('Patient', 'ann', { cache: 'reload', headers })).toBeUndefined()
    })

    test('an update of a version that is no longer the last is refused', async () => {
      const made = await make('stale')
      const send = (status: Observation['status']) =>
        client.updateResource(
          { ...made, id: made.id ?? '', status },
          { headers: { 'If-Match': `W/"${made.meta?.versionId}"` } },
        )
      expect(await send('amended')).toMatchObject({ status: 'amended' })
      expect(await outcomeOf(send('corrected'))).toMatchObject({ issue: [{ code: 'conflict' }] })
    })

    test('HEAD and download', async () => {
      const at = client.fhirUrl('Patient', 'ann')
      const head = await client.downloadResponse(at, { method: 'HEAD' })
      const whole = await client.downloadResponse(at)
      expect([head.status, await head.text()]).toEqual([200, ''])
      expect(head.headers.get('etag')).toBe(whole.headers.get('etag'))
      expect(head.headers.get('content-length')).toBe(String((await whole.arrayBuffer()).byteLength))
      const blob = await client.download(at, { headers: { Accept: 'application/fhir+xml' } })
      expect(await blob.text()).toContain('<Patient xmlns="http://hl7.org/fhir">')
    })
  })

  describe('search', () => {
    const pulses = { code: codes.pulse, patient: 'Patient/ann', _sort: '-date' }
    const newestFirst = [7, 6, 5, 4, 3, 2, 1].map((day) => `${codes.pulse}-${day}`)

    test('a Bundle, its resources, the first one, and how many there are', async () => {
      const bundle: Bundle = await client.search('Observation', pulses)
      expect([bundle.total, idsOf(bundle)]).toEqual([7, newestFirst])
      const resources = await client.searchResources('Observation', new URLSearchParams(pulses).toString())
      expect(resources.map(({ id }) => id)).toEqual(newestFirst)
      expect(await client.searchOne('Observation', pulses)).toMatchObject({ id: newestFirst[0] })
      expect(await client.searchOne('Patient', { identifier: 'urn:mp|nobody' })).toBeUndefined()
      const counted: Bundle = await client.search('Observation', { ...pulses, _summary: 'count' })
      expect([counted.total, counted.entry]).toEqual([7, undefined])
      const accurate: Bundle = await client.search('Observation', {
        ...pulses,
        _count: 0,
        _total: 'accurate',
      })
      expect([accurate.total, accurate.entry]).toEqual([7, undefined])
    })

    test('as its own query builder writes it', async () => {
      const query = formatSearchQuery({
        resourceType: 'Observation',
        filters: [
          { code: 'code', operator: Operator.EQUALS, value: codes.pulse },
          { code: 'date', operator: Operator.GREATER_THAN_OR_EQUALS, value: '2026-05-03' },
          { code: 'encounter', operator: Operator.MISSING, value: 'false' },
          { code: 'status', operator: Operator.NOT, value: 'cancelled' },
        ],
        sortRules: [{ code: 'date', descending: true }],
        count: 2,
        total: 'accurate',
      })
      const bundle: Bundle = await client.search('Observation', query)
      expect([bundle.total, idsOf(bundle)]).toEqual([5, newestFirst.slice(0, 2)])
    })

    test('what came in part is not kept as if it were whole', async () => {
      const own = clientWith({ accessToken: await gateway.token(), cacheTime: 60_000 })
      const [part] = await own.searchResources('Observation', { _id: newestFirst[0], _elements: 'code' })
      expect(part).toMatchObject({ id: newestFirst[0], meta: { tag: [{ code: 'SUBSETTED' }] } })
      expect(own.getCached('Observation', newestFirst[0] ?? '')).toBeUndefined()
      await own.search('Observation', { _id: newestFirst[0], _include: 'Observation:subject' })
      expect(own.getCached('Observation', newestFirst[0] ?? '')).toMatchObject({ status: 'final' })
      expect(own.getCachedReference({ reference: 'Patient/ann' })).toMatchObject({ id: 'ann' })
    })

    test('pages to the end', async () => {
      const pages: (string | undefined)[][] = []
      for await (const page of client.searchResourcePages('Observation', { ...pulses, _count: 3 }))
        pages.push(page.map(({ id }) => id))
      expect(pages).toEqual([newestFirst.slice(0, 3), newestFirst.slice(3, 6), newestFirst.slice(6)])
      const one: (string | undefined)[] = []
      for await (const page of client.searchResourcePages('Observation', pulses))
        one.push(...page.map(({ id }) => id))
      expect(one).toEqual(newestFirst)
    })

    test('by POST, of a compartment, and with what is cited', async () => {
      const form = new URLSearchParams({ code: codes.weight, _sort: 'date' }).toString()
      const formType = 'application/x-www-form-urlencoded'
      const found = [`${codes.weight}-1`, `${codes.weight}-2`]
      expect(idsOf(await client.post(client.fhirUrl('Observation', '_search'), form, formType))).toEqual(
        found,
      )
      const compartment = client.fhirUrl('Patient', 'ann', 'Observation')
      compartment.search = form
      expect(idsOf(await client.get(compartment))).toEqual(found)
      const bundle: Bundle = await client.search('Observation', {
        _id: found[0],
        _include: 'Observation:subject',
      })
      expect(idsOf(bundle)).toEqual([found[0], 'ann'])
    })

    test('a definition by its address, among several types', async () => {
      const url = 'http://example.org/questionnaire'
      const made = await client.createResource({ resourceType: 'Questionnaire', status: 'active', url })
      const found = await client.readCanonical(['Questionnaire', 'ValueSet'], url)
      expect(found).toMatchObject({ id: made.id })
      expect(await client.readCanonical('Questionnaire', url)).toMatchObject({ id: made.id })
    })
  })

  describe('bundles', () => {
    const binary = (operations: object[]) => ({
      resourceType: 'Binary' as const,
      contentType: 'application/json-patch+json',
      data: Buffer.from(JSON.stringify(operations)).toString('base64'),
    })

    test('a transaction with a create, a conditional create, a patch and a read', async () => {
      const made = await make('in-a-bundle')
      const at = `Observation/${made.id}`
      const [measurement, person] = together('urn:mp', 'finn')
      const entry = [
        measurement,
        { ...person, request: { ...person?.request, ifNoneExist: 'identifier=urn:mp|finn' } },
        {
          resource: binary([{ op: 'replace', path: '/status', value: 'amended' }]),
          request: { method: 'PATCH', url: at },
        },
        { request: { method: 'GET', url: at } },
      ]
      const answer: Bundle = await client.executeBatch({ resourceType: 'Bundle', type: 'transaction', entry })
      expect(answer.entry?.map(({ response }) => response?.status)).toEqual(['201', '201', '200', '200'])
      expect(answer.entry?.[3]?.resource).toMatchObject({ status: 'amended' })
    })

    test('requests that it gathers into a batch by itself', async () => {
      const own = clientWith({ accessToken: await gateway.token(), autoBatchTime: 20 })
      const [ann, bob, nobody] = await Promise.allSettled([
        own.readResource('Patient', 'ann'),
        own.search('Patient', { _id: 'bob' }),
        own.readResource('Patient', 'nobody'),
      ])
      expect(ann).toMatchObject({ status: 'fulfilled', value: { id: 'ann' } })
      expect(bob).toMatchObject({ status: 'fulfilled', value: { total: 1 } })
      expect(nobody).toMatchObject({ reason: { outcome: { issue: [{ code: 'not-found' }] } } })
    })
  })

  test('everything of a patient', async () => {
    const all = idsOf(await client.readPatientEverything('ann'))
    expect(all).toEqual(expect.arrayContaining(['ann', 'visit', 'lee', `${codes.weight}-2`]))
  })

  test('a comment on a patient', async () => {
    const made = await client.createComment(patient('bob'), 'called, nobody at home')
    expect(made).toMatchObject({ resourceType: 'Communication', subject: { reference: 'Patient/bob' } })
  })

  describe('refusals are OperationOutcomes', () => {
    test.each([
      ['what is not there', () => client.readResource('Patient', 'nobody'), 'not-found'],
      ['what is hidden', () => client.readResource('Patient', 'elsewhere'), 'not-found'],
      ['an unknown parameter', () => client.search('Patient', 'nonsense=x'), 'not-supported'],
      [
        'an invalid resource',
        () => client.createResource<Patient>({ ...patient('x'), gender: 'wrong' as 'other' }),
        'code-invalid',
      ],
      ['a summary, which is not served', () => client.readPatientSummary('ann'), 'not-found'],
    ] as const)('%s', async (_name, ask, code) => {
      const outcome = await outcomeOf(ask())
      expect(outcome).toMatchObject({ resourceType: 'OperationOutcome', issue: [{ code }] })
      expect(outcome.issue[0]?.details?.text).toMatch(/\w/)
    })
  })
})
