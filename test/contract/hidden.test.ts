import type { Bundle, FhirResource, Observation } from 'fhir/r4'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { kinds } from './databases.ts'
import { expectOutcome, expectStatus, headersOf, linkOf, matches, searchset } from './outcome.ts'
import { concept, condition, labelled, observation, patient, serviceRequest, unnamed } from './records.ts'
import { openWorld, type Reply, type World } from './world.ts'

const terminology = 'http://terminology.hl7.org/CodeSystem'
const ambulatory = { system: `${terminology}/v3-ActCode`, code: 'AMB' }

/** What the hospital may not see, and an id that was never given. */
const [hidden, absent] = ['secret', 'never']

const put = (id: string, more: Partial<Observation> = {}) =>
  observation(id, 'ann', { status: 'amended', ...more })

/** Everything that names a record by its id: the answer may depend on the id alone. */
const byId: Readonly<Record<string, (world: World, id: string, version: string) => Promise<Reply>>> = {
  read: (world, id) => world.get('hospital', `Observation/${id}`),
  'read that asks for a change': (world, id, version) =>
    world.get('hospital', `Observation/${id}`, { 'if-none-match': `W/"${version}"` }),
  vread: (world, id, version) => world.get('hospital', `Observation/${id}/_history/${version}`),
  history: (world, id) => world.get('hospital', `Observation/${id}/_history`),
  update: (world, id) => world.put('hospital', `Observation/${id}`, put(id)),
  'update with If-Match': (world, id, version) =>
    world.put('hospital', `Observation/${id}`, put(id), { 'if-match': `W/"${version}"` }),
  'update with a stale If-Match': (world, id) =>
    world.put('hospital', `Observation/${id}`, put(id), { 'if-match': 'W/"stale"' }),
  'update that is invalid': (world, id) =>
    world.put('hospital', `Observation/${id}`, { ...put(id), status: 'wrong' }),
  delete: (world, id) => world.del('hospital', `Observation/${id}`),
  'delete with If-Match': (world, id, version) =>
    world.del('hospital', `Observation/${id}`, { 'if-match': `W/"${version}"` }),
  'search by _id': (world, id) => world.get('hospital', `Observation?_id=${id}`),
  'search by _id with _include': (world, id) =>
    world.get('hospital', `Observation?_id=${id}&_include=Observation:subject`),
  'search by reference': (world, id) => world.get('hospital', `Observation?derived-from=Observation/${id}`),
  'search by reference that is cited': (world, id) =>
    world.get('hospital', `Observation?encounter=Encounter/${id}`),
  'batch entry: read': (world, id) =>
    world.post('hospital', '', {
      resourceType: 'Bundle',
      type: 'batch',
      entry: [{ request: { method: 'GET', url: `Observation/${id}` } }],
    }),
  'batch entry: update': (world, id) =>
    world.post('hospital', '', {
      resourceType: 'Bundle',
      type: 'batch',
      entry: [{ resource: put(id), request: { method: 'PUT', url: `Observation/${id}` } }],
    }),
  'batch entry: delete': (world, id) =>
    world.post('hospital', '', {
      resourceType: 'Bundle',
      type: 'batch',
      entry: [{ request: { method: 'DELETE', url: `Observation/${id}` } }],
    }),
  'transaction: update': (world, id) =>
    world.post('hospital', '', {
      resourceType: 'Bundle',
      type: 'transaction',
      entry: [{ resource: put(id), request: { method: 'PUT', url: `Observation/${id}` } }],
    }),
  'a record of a patient': (world, id) => world.post('hospital', 'Observation', unnamed(observation('', id))),
  'the record of a student': (world, id) => world.get('school', `/exchange/school/students/${id}/summary`),
  'update by a client that may choose its ids': (world, id) =>
    world.put('chooser', `Observation/${id}`, put(id)),
}

describe.each(kinds)('what is hidden is absent, on %s', (kind) => {
  let world: World
  let version: string

  beforeAll(async () => {
    world = await openWorld(kind)
    await world.client({
      id: 'chooser',
      organization: 'Organization/hospital',
      scope: 'system/*.cruds',
      purposes: ['TREAT'],
      prefix: 'se',
    })
    await world.load('clinic', [
      patient('ann', { identifier: [{ system: 'urn:id', value: 'ann' }] }),
      patient('zoe'),
      patient(hidden, { identifier: [{ system: 'urn:id', value: 'hidden' }] }),
      observation(hidden, 'ann', { ...labelled(['HIV']), identifier: [{ system: 'urn:o', value: 'hidden' }] }),
      serviceRequest(hidden, 'ann', labelled(['HIV'])),
      { resourceType: 'Encounter', id: hidden, status: 'finished', class: ambulatory, subject: { reference: 'Patient/ann' }, ...labelled(['HIV']) },
      observation('plain', 'ann', { encounter: { reference: `Encounter/${hidden}`, display: 'a visit' } }),
      observation('shown', 'ann'),
    ]) // prettier-ignore
    for (const known of ['ann', 'zoe']) await world.know('hospital', `Patient/${known}`)
    await world.know('school', `Patient/${hidden}`, { system: 'urn:school', value: hidden })
    version = (await world.get('clinic', `Observation/${hidden}`)).as<Observation>().meta?.versionId ?? ''
    expect(version).not.toBe('')
  })
  afterAll(() => world.close())

  /** Status, headers and body, the id that was asked for taken out. */
  const plain = (reply: Reply, id: string) => ({
    status: reply.status,
    headers: headersOf(reply),
    text: reply.text.replaceAll(id, '<id>'),
  })

  test.each(Object.entries(byId).filter(([name]) => !name.includes('choose its ids')))(
    '%s',
    async (_name, ask) => {
      const answered = plain(await ask(world, hidden, version), hidden)
      expect(answered).toEqual(plain(await ask(world, absent, version), absent))
      expect(answered.text).not.toContain('HIV')
    },
  )

  test('an update under the own prefix does not reach what is hidden', async () => {
    const refused = await world.put('chooser', `Observation/${hidden}`, put(hidden))
    expect(refused.status).toBeGreaterThanOrEqual(400)
    expect(refused.status).toBeLessThan(500)
    expect((await world.get('clinic', `Observation/${hidden}`)).as<Observation>().status).toBe('final')
  })

  test('nothing of this changed what is hidden', async () => {
    const stored = (await world.get('clinic', `Observation/${hidden}`)).as<Observation>()
    expect(stored).toMatchObject({ status: 'final', meta: { versionId: version } })
  })

  test('conditional create does not match what is hidden', async () => {
    const create = (value: string) =>
      world.post(
        'hospital',
        'Observation',
        unnamed(observation('', 'ann', { identifier: [{ system: 'urn:o', value }] })),
        { 'if-none-exist': `identifier=urn:o|${value}` },
      )
    expectStatus(await create('hidden'), 201)
    expectStatus(await create('absent'), 201)
  })

  test('search over all: neither in the entries nor in the total nor by what it holds', async () => {
    const all = searchset(await world.get('hospital', 'Observation?patient=ann&_count=100'))
    expect(JSON.stringify(all)).not.toContain(hidden)
    expect(all.total).toBe(all.entry?.length)
    for (const query of ['identifier=urn:o|nothing-of-it', '_security=HIV'])
      expect(searchset(await world.get('hospital', `Observation?${query}`)).total).toBe(0)
    expect(searchset(await world.get('hospital', 'Encounter')).total).toBe(0)
  })

  test.each([
    ['whole', (id: string) => ({ derivedFrom: [{ reference: `Observation/${id}` }] })],
    ['by an element', (id: string) => ({ basedOn: [{ reference: `ServiceRequest/${id}` }] })],
    ['by its visit', (id: string) => ({ encounter: { reference: `Encounter/${id}`, display: 'a visit' } })],
  ])(
    'a new record that cites what is hidden, %s, ends like one that cites nothing',
    async (_name, citing) => {
      const create = async (id: string) => {
        const sent = unnamed(observation('', 'zoe', citing(id)))
        const made = await world.post('hospital', 'Observation', sent)
        if (made.status !== 201) return { status: made.status, text: made.text.replaceAll(id, '<id>') }
        const own = made.as<Observation>().id ?? ''
        const read = expectStatus(await world.get('hospital', `Observation/${own}`), 200).as<Observation>()
        const { id: _id, meta, ...rest } = read
        return {
          status: 201,
          text: JSON.stringify({ ...rest, security: meta?.security }).replaceAll(id, '<id>'),
        }
      }
      const answered = await create(hidden)
      expect(answered).toEqual(await create(absent))
      expect([201, 400, 422]).toContain(answered.status)
    },
  )

  test('_include brings nothing hidden, and pages stay full', async () => {
    const query =
      'Observation?patient=ann&_include=Observation:encounter&_include=Observation:subject&_count=2'
    for (let at: string | undefined = query; at !== undefined;) {
      const bundle = searchset(await world.get('hospital', at))
      expect(JSON.stringify(bundle)).not.toContain('Encounter')
      at = linkOf(bundle, 'next')
      if (at !== undefined)
        expect(bundle.entry?.filter(({ search }) => search?.mode === 'match')).toHaveLength(2)
    }
  })

  test('a deleted record is 410 to who saw it, and was never there to who did not', async () => {
    await world.load('clinic', [
      observation('gone-shown', 'ann'),
      observation('gone-hidden', 'ann', labelled(['HIV'])),
    ])
    for (const id of ['gone-shown', 'gone-hidden'])
      expectStatus(await world.del('clinic', `Observation/${id}`), 204)
    expectOutcome(await world.get('hospital', 'Observation/gone-shown'), 410)
    const gone = await world.get('hospital', 'Observation/gone-hidden')
    expect(plain(gone, 'x')).toEqual(plain(await world.get('hospital', 'Observation/never'), 'x'))
    const past = await world.get('hospital', 'Observation/gone-hidden/_history')
    expect(plain(past, 'x')).toEqual(plain(await world.get('hospital', 'Observation/never/_history'), 'x'))
  })

  test('a label that is raised hides every version there was', async () => {
    const created = await world.post('clinic', 'Observation', unnamed(observation('', 'ann')))
    const made = expectStatus(created, 201).as<Observation>()
    const at = `Observation/${made.id ?? ''}`
    const before = `${at}/_history/${made.meta?.versionId ?? ''}`
    expectStatus(await world.get('hospital', before), 200)
    expectStatus(await world.put('clinic', at, { ...made, ...labelled(['HIV']) }), 200)
    for (const address of [at, before, `${at}/_history`])
      expectOutcome(await world.get('hospital', address), 404)
    expect((await world.get('clinic', `${at}/_history`)).as<Bundle>().total).toBe(2)
  })

  test('a label that is raised hides what is derived from it, in the same moment', async () => {
    await world.load('clinic', [observation('source', 'ann')])
    await world.load('clinic', [
      observation('derived', 'ann', { derivedFrom: [{ reference: 'Observation/source' }] }),
    ])
    expectStatus(await world.get('hospital', 'Observation/derived'), 200)
    await world.put('clinic', 'Observation/source', observation('source', 'ann', labelled(['HIV'])))
    expectOutcome(await world.get('hospital', 'Observation/source'), 404)
    expectOutcome(await world.get('hospital', 'Observation/derived'), 404)
  })

  test('the records of a patient who is hidden are found by no search that names it', async () => {
    await world.load('clinic', [patient('hid'), condition('hid-1', 'hid', { code: concept('urn:c', 'x') })])
    for (const query of ['Condition?patient=Patient/hid', 'Condition?patient=hid', 'Patient?_id=hid'])
      expect(matches(await world.get('hospital', query))).toEqual([])
    expect((await world.get('clinic', 'Condition?patient=hid')).as<Bundle>().total).toBe(1)
  })

  test('a stored Consent is for the patient and the custodian', async () => {
    const consent: FhirResource = {
      resourceType: 'Consent',
      id: 'stored',
      status: 'active',
      scope: concept(`${terminology}/consentscope`, 'patient-privacy'),
      category: [concept('http://loinc.org', '59284-0')],
      patient: { reference: 'Patient/ann' },
      policy: [{ uri: 'https://www.ecfr.gov/current/title-42/part-2' }],
      organization: [{ reference: 'Organization/clinic' }],
      provision: { type: 'permit' },
    }
    await world.load('clinic', [consent])
    expectStatus(await world.get('clinic', 'Consent/stored'), 200)
    expectStatus(await world.get(await world.token('clinic', { patient: 'ann' }), 'Consent/stored'), 200)
    const hospital = await world.get('hospital', 'Consent/stored')
    expect(plain(hospital, 'x')).toEqual(plain(await world.get('hospital', 'Consent/never'), 'x'))
    expect(searchset(await world.get('hospital', 'Consent?patient=ann')).total).toBe(0)
  })
})
