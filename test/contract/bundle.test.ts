import type { Bundle, BundleEntry, FhirResource, Observation, OperationOutcome, Patient } from 'fhir/r4'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { kinds } from './databases.ts'
import { expectOutcome, expectStatus, matches } from './outcome.ts'
import { observation, patient, serviceRequest, unnamed } from './records.ts'
import { base, openWorld, type Who, type World } from './world.ts'

const uuid = (place: number): string => `urn:uuid:00000000-0000-4000-8000-${String(place).padStart(12, '0')}`

const posting = (resource: object, more: object = {}, fullUrl?: string): BundleEntry => ({
  ...(fullUrl === undefined ? {} : { fullUrl }),
  resource: resource as FhirResource,
  request: { method: 'POST', url: (resource as FhirResource).resourceType, ...more },
})

const putting = (resource: FhirResource, url: string, ifMatch?: string): BundleEntry => ({
  resource,
  request: { method: 'PUT', url, ...(ifMatch === undefined ? {} : { ifMatch }) },
})

const asking = (method: 'GET' | 'POST' | 'DELETE', url: string): BundleEntry => ({ request: { method, url } })

const getting = (url: string): BundleEntry => asking('GET', url)

describe.each(kinds)('batch and transaction on %s', (kind) => {
  let world: World

  beforeAll(async () => {
    world = await openWorld(kind)
    await world.load('clinic', [patient('ann'), observation('seen', 'ann')])
  })
  afterAll(() => world.close())

  const send = (type: 'batch' | 'transaction', entry: readonly BundleEntry[], who: Who = 'clinic') =>
    world.post(who, '', { resourceType: 'Bundle', type, entry })

  const responses = async (type: 'batch' | 'transaction', entry: readonly BundleEntry[], who?: Who) => {
    const answered = expectStatus(await send(type, entry, who), 200).as<Bundle>()
    expect(answered.type).toBe(`${type}-response`)
    expect(answered.entry?.length).toBe(entry.length)
    return answered.entry ?? []
  }

  const count = async (query: string): Promise<number> =>
    (await world.get('clinic', `${query}&_count=0`)).as<Bundle>().total ?? -1

  const tagged = (value: string, more: Partial<Observation> = {}) =>
    unnamed(observation('', 'ann', { identifier: [{ system: 'urn:b', value }], ...more }))

  test('a batch answers each entry on its own', async () => {
    const answered = await responses('batch', [
      posting(tagged('mixed-1')),
      posting({ ...tagged('mixed-2'), status: 'wrong' }),
      getting('Observation/seen'),
      getting('Observation/nobody'),
      getting('Observation?identifier=urn:b|mixed-1'),
      getting('Nonsense/1'),
      getting('Observation?nonsense=1'),
      { resource: observation('chosen', 'ann'), request: { method: 'PUT', url: 'Observation/chosen' } },
      { request: { method: 'DELETE', url: 'Observation/nobody' } },
      getting('Observation/seen/_history'),
      posting(tagged('mixed-3')),
    ])
    expect(answered.map(({ response }) => response?.status)).toEqual([
      '201', '422', '200', '404', '200', '404', '400', '405', '404', '200', '201',
    ]) // prettier-ignore
    for (const { response } of answered) {
      if (response?.status.startsWith('4') !== true) continue
      const outcome = response.outcome as OperationOutcome
      expect(outcome.resourceType).toBe('OperationOutcome')
      expect(outcome.issue[0]?.details?.text).toMatch(/.+/)
    }
    expect(answered[0]?.response?.location).toMatch(`${base}/Observation/`)
    expect(answered[0]?.response?.etag).toMatch(/^W\/".+"$/)
    expect(answered[2]?.resource).toMatchObject({ id: 'seen' })
    expect(answered[4]?.resource).toMatchObject({ total: 1 })
    expect(answered[9]?.resource).toMatchObject({ type: 'history' })
    expect(await count('Observation?identifier=urn:b|mixed-2')).toBe(0)
    expect(await count('Observation?identifier=urn:b|mixed-3')).toBe(1)
  })

  test('a batch in which one entry cannot be read answers the others', async () => {
    const answered = await responses('batch', [
      posting(tagged('readable')),
      { resource: tagged('no-request') },
      { request: { method: 'PATCH', url: 'Observation/seen' } },
      { request: { method: 'POST', url: 'Nonsense' } },
      { request: { method: 'DELETE', url: 'Observation?nonsense=final' } },
      getting('Observation/seen'),
    ])
    expect(answered.map(({ response }) => response?.status.slice(0, 1))).toEqual([
      '2',
      '4',
      '4',
      '4',
      '4',
      '2',
    ])
  })

  test('a transaction stores all of it, references by urn:uuid in any order', async () => {
    const [one, two, three] = [uuid(1), uuid(2), uuid(3)]
    const answered = await responses('transaction', [
      posting(
        unnamed(observation('', '', { subject: { reference: one }, basedOn: [{ reference: two }] })),
        {},
        three,
      ),
      posting(unnamed(serviceRequest('', '', { subject: { reference: one } })), {}, two),
      posting(unnamed(patient('', { identifier: [{ system: 'urn:t', value: 'tom' }] })), {}, one),
    ])
    expect(answered.map(({ response }) => response?.status)).toEqual(['201', '201', '201'])
    const [stored, requested, person] = answered.map(({ response }) =>
      new URL(response?.location ?? '').pathname.replace('/fhir/', '').replace(/\/_history.*/, ''),
    )
    const observed = (await world.get('clinic', stored ?? '')).as<Observation>()
    expect(observed.subject?.reference).toBe(person)
    expect(observed.basedOn?.[0]?.reference).toBe(requested)
    expect((await world.get('clinic', person ?? '')).as<Patient>().identifier?.[0]?.value).toBe('tom')
    expect(matches(await world.get('clinic', `Observation?patient=${person ?? ''}`))).toHaveLength(1)
  })

  test('a fullUrl in the text of another element is no reference to it', async () => {
    const answered = await responses('transaction', [
      posting(tagged('noted', { note: [{ text: `see ${uuid(4)}` }] }), {}, uuid(4)),
    ])
    const at = new URL(answered[0]?.response?.location ?? '').pathname
    expect((await world.get('clinic', at)).as<Observation>().note?.[0]?.text).toBe(`see ${uuid(4)}`)
  })

  test.each([
    ['an invalid resource', () => posting({ ...tagged('half'), status: 'wrong' }), 422],
    ['an unknown type', () => asking('POST', 'Nonsense'), 400],
    [
      'a reference that points nowhere',
      () => posting(tagged('half', { subject: { reference: uuid(99) } })),
      400,
    ],
    ['a patient who is not there', () => posting(unnamed(observation('', 'nobody'))), 422],
    [
      'a stale If-Match',
      () => putting(observation('seen', 'ann', { status: 'amended' }), 'Observation/seen', 'W/"old"'),
      412,
    ],
    ['a delete of what is not there', () => asking('DELETE', 'Observation/nobody'), 404],
  ] as const)('a transaction with %s stores nothing', async (_name, wrong, status) => {
    const value = crypto.randomUUID()
    expectOutcome(
      await send('transaction', [posting(tagged(value)), wrong(), posting(tagged(value))]),
      status,
    )
    expect(await count(`Observation?identifier=urn:b|${value}`)).toBe(0)
    expect((await world.get('clinic', 'Observation/seen')).as<Observation>().status).toBe('final')
  })

  test('a transaction with two entries of the same fullUrl is refused', async () => {
    const twice = [posting(tagged('twice'), {}, uuid(5)), posting(tagged('twice'), {}, uuid(5))]
    expectOutcome(await send('transaction', twice), 400)
    expect(await count('Observation?identifier=urn:b|twice')).toBe(0)
  })

  test('a transaction that names one resource twice is refused', async () => {
    const made = (await world.post('clinic', 'Observation', tagged('same'))).as<Observation>()
    const put = (status: Observation['status']): BundleEntry => ({
      resource: { ...made, status } as FhirResource,
      request: { method: 'PUT', url: `Observation/${made.id ?? ''}` },
    })
    const refused = await send('transaction', [put('amended'), put('corrected')])
    expect(refused.status).toBeGreaterThanOrEqual(400)
    expect(refused.status).toBeLessThan(500)
    expect((await world.get('clinic', `Observation/${made.id ?? ''}`)).as<Observation>().status).toBe('final')
  })

  test('conditional create in a transaction: references go to what was there', async () => {
    const person = () => [
      posting(
        unnamed(patient('', { identifier: [{ system: 'urn:t', value: 'una' }] })),
        { ifNoneExist: 'identifier=urn:t|una' },
        uuid(1),
      ),
      posting(unnamed(observation('', '', { subject: { reference: uuid(1) } })), {}, uuid(2)),
    ]
    const first = await responses('transaction', person())
    const second = await responses('transaction', person())
    expect(first.map(({ response }) => response?.status)).toEqual(['201', '201'])
    expect(second.map(({ response }) => response?.status)).toEqual(['200', '201'])
    expect(await count('Patient?identifier=urn:t|una')).toBe(1)
    const [id] = matches(await world.get('clinic', 'Patient?identifier=urn:t|una'))
    expect(await count(`Observation?patient=${id ?? ''}`)).toBe(2)
  })

  test('update and delete in a transaction; reads in it see what it wrote', async () => {
    const made = (await world.post('clinic', 'Observation', tagged('moving'))).as<Observation>()
    const gone = (await world.post('clinic', 'Observation', tagged('going'))).as<Observation>()
    const answered = await responses('transaction', [
      getting(`Observation/${made.id ?? ''}`),
      {
        resource: { ...made, status: 'amended' } as FhirResource,
        request: {
          method: 'PUT',
          url: `Observation/${made.id ?? ''}`,
          ifMatch: `W/"${made.meta?.versionId ?? ''}"`,
        },
      },
      { request: { method: 'DELETE', url: `Observation/${gone.id ?? ''}` } },
    ])
    expect(answered.map(({ response }) => response?.status)).toEqual(['200', '200', '204'])
    expect(answered[0]?.resource).toMatchObject({ status: 'amended' })
    expectOutcome(await world.get('clinic', `Observation/${gone.id ?? ''}`), 410)
  })

  test('an empty batch and an empty transaction have empty answers', async () => {
    expect((await send('batch', [])).as<Bundle>().type).toBe('batch-response')
    expect((await send('transaction', [])).as<Bundle>().type).toBe('transaction-response')
  })

  test.each(['searchset', 'collection', 'document', 'message', 'history', 'nonsense'])(
    'a Bundle of type %s is refused at the base',
    async (type) => {
      expectOutcome(await world.post('clinic', '', { resourceType: 'Bundle', type, entry: [] }), 400)
    },
  )

  test('what is no Bundle is refused at the base', async () => {
    expectOutcome(await world.post('clinic', '', patient('x')), 400)
  })
})
