import { sql } from 'drizzle-orm'
import type { Bundle, CarePlan, FhirResource, Meta, Observation, Task } from 'fhir/r4'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { kinds } from '../databases.ts'
import { expectOutcome, expectStatus, matches } from '../outcome.ts'
import {
  concept,
  condition,
  confidentiality,
  icd10,
  label,
  labelled,
  observation,
  patient,
  serviceRequest,
} from '../records.ts'
import { openWorld, type Who, type World } from '../world.ts'
import { codes, metaOf, tag } from './metas.ts'
import { plain } from './twins.ts'

describe.each(kinds)('changes of meta on %s', (kind) => {
  let world: World
  let count = 0

  beforeAll(async () => {
    world = await openWorld(kind)
    await world.load('clinic', [patient('ann')])
    await world.know('hospital', 'Patient/ann')
  })
  afterAll(() => world.close())

  const load = async (more: Partial<Observation> = {}): Promise<string> => {
    const id = `o${(count += 1)}`
    await world.load('clinic', [observation(id, 'ann', more)])
    return `Observation/${id}`
  }

  const change = (who: Who, address: string, operation: 'meta-add' | 'meta-delete', valueMeta: Meta) =>
    world.post(who, `${address}/$${operation}`, {
      resourceType: 'Parameters',
      parameter: [{ name: 'meta', valueMeta }],
    })

  const stateOf = async (who: Who, address: string) => {
    const reply = await world.get(who, address)
    const { meta } = expectStatus(reply, 200).as<Observation>()
    const history = (await world.get(who, `${address}/_history`)).as<Bundle>()
    return { meta, etag: reply.headers.get('etag'), updated: meta?.lastUpdated, versions: history.total }
  }

  test('adds profiles, tags and labels, each once, and makes no version', async () => {
    const address = await load({ meta: { tag: [tag('a')] } })
    const before = await stateOf('clinic', address)
    const given = { profile: ['urn:p'], tag: [tag('a'), tag('b'), { ...tag('b'), display: 'again' }] }
    const answered = metaOf(await change('clinic', address, 'meta-add', given))
    const after = await stateOf('clinic', address)
    expect(answered).toEqual(after.meta)
    expect(answered).toMatchObject({ profile: ['urn:p'], tag: [tag('a'), tag('b')] })
    expect({ ...after, meta: 0 }).toEqual({ ...before, meta: 0 })
    expect(matches(await world.get('clinic', 'Observation?_tag=urn:tag|b'))).toEqual([address.split('/')[1]])
  })

  test('a label that is added hides the record and what cites it, with every version, and makes none', async () => {
    const address = await load()
    await world.load('clinic', [
      observation(`derived-${count}`, 'ann', { derivedFrom: [{ reference: address }] }),
    ])
    const derived = `Observation/derived-${count}`
    const [before, citing] = [await stateOf('clinic', address), await stateOf('clinic', derived)]
    expectStatus(await world.get('hospital', address), 200)
    const answered = metaOf(await change('clinic', address, 'meta-add', { security: [label('HIV')] }))
    expect(codes(answered.security)).toEqual(['R', 'HIV'])
    for (const hidden of [
      address,
      derived,
      `${address}/_history`,
      `${address}/_history/${before.meta?.versionId ?? ''}`,
    ])
      expectOutcome(await world.get('hospital', hidden), 404)
    expect({ ...(await stateOf('clinic', address)), meta: 0 }).toEqual({ ...before, meta: 0 })
    expect({ ...(await stateOf('clinic', derived)), meta: 0 }).toEqual({ ...citing, meta: 0 })
  })

  test('the confidentiality is one, and is never lowered by what is added', async () => {
    const address = await load()
    expect(
      codes(
        metaOf(await change('clinic', address, 'meta-add', { security: [confidentiality('V')] })).security,
      ),
    ).toEqual(['V'])
    expect(
      codes(
        metaOf(await change('clinic', address, 'meta-add', { security: [confidentiality('N')] })).security,
      ),
    ).toEqual(['V'])
  })

  test('an officer takes off a label that somebody said; the record comes back with its old version', async () => {
    const address = await load(labelled(['HIV']))
    expectOutcome(await world.get('hospital', address), 404)
    const before = await stateOf('clinic', address)
    const answered = metaOf(
      await change('clinic-policy', address, 'meta-delete', { security: [label('HIV')] }),
    )
    expect(codes(answered.security)).toEqual(['N'])
    const after = await stateOf('hospital', address)
    expect({ ...after, meta: 0 }).toEqual({ ...before, meta: 0 })
    expect(matches(await world.get('hospital', 'Observation?patient=ann&_security=HIV'))).toEqual([])
    const stored = (await world.get('clinic', address)).as<Observation>()
    expectStatus(await world.put('clinic', address, { ...stored, status: 'amended' }), 200)
    expectStatus(await world.get('hospital', address), 200)
  })

  test('a label that a code says stays, whoever takes it off', async () => {
    const address = `Condition/c${(count += 1)}`
    await world.load('clinic', [condition(`c${count}`, 'ann', { code: icd10('B20'), ...labelled(['HIV']) })])
    const answered = metaOf(
      await change('clinic-policy', address, 'meta-delete', { security: [label('HIV')] }),
    )
    expect(codes(answered.security)).toEqual(['R', 'HIV'])
    expectOutcome(await world.get('hospital', address), 404)
  })

  test('another label that somebody said stays', async () => {
    const address = await load(labelled(['HIV', 'STD']))
    const answered = metaOf(
      await change('clinic-policy', address, 'meta-delete', { security: [label('HIV')] }),
    )
    expect(codes(answered.security)).toEqual(['R', 'STD'])
    expectOutcome(await world.get('hospital', address), 404)
  })

  test('labels are taken off by officers of the custodian alone; tags by who may update', async () => {
    const address = await load({ meta: { tag: [tag('a')], security: [label('PSY')] } })
    for (const who of ['clinic', 'hospital', 'hospital-policy', 'recovery-policy'])
      expect((await change(who, address, 'meta-delete', { security: [label('PSY')] })).status).toBe(
        who === 'recovery-policy' ? 404 : 403,
      )
    for (const operation of ['meta-add', 'meta-delete'] as const)
      expectOutcome(await change('hospital', address, operation, { tag: [tag('a')] }), 403)
    expectOutcome(await change('hospital-policy', address, 'meta-add', { security: [label('HIV')] }), 403)
    expect(metaOf(await change('clinic', address, 'meta-delete', { tag: [tag('a')] })).tag).toBeUndefined()
    expect(codes((await stateOf('hospital', address)).meta?.security)).toEqual(['R', 'PSY'])
  })

  test('what is hidden is not there', async () => {
    const address = await load(labelled(['HIV']))
    for (const operation of ['meta-add', 'meta-delete'] as const) {
      const given = { security: [label('HIV')] }
      const hidden = await change('hospital', address, operation, given)
      expectOutcome(hidden, 404)
      expect(plain(hidden)).toEqual(plain(await change('hospital', 'Observation/never', operation, given)))
    }
  })

  test('a Consent in effect stays in effect as it was, and one that is not does not become it', async () => {
    const consent = (id: string): FhirResource => ({
      resourceType: 'Consent',
      id,
      status: 'active',
      scope: concept('http://terminology.hl7.org/CodeSystem/consentscope', 'patient-privacy'),
      category: [concept('http://loinc.org', '59284-0')],
      patient: { reference: 'Patient/ann' },
      policy: [{ uri: 'https://www.ecfr.gov/current/title-42/part-2' }],
      organization: [{ reference: 'Organization/clinic' }, { reference: 'Organization/recovery' }],
      provision: { type: 'permit' },
    })
    const compiled = () =>
      world.rows<{ consent: string; compiled: object }>(
        sql`SELECT consent, compiled FROM directive ORDER BY consent`,
      )
    await world.load('clinic', [consent('effective')])
    await world.load('clinic', [consent('inert')], 'plain')
    const before = await compiled()
    expect(before.map((one) => one.consent)).toEqual(['Consent/effective'])
    for (const id of ['effective', 'inert'])
      metaOf(await change('clinic-policy', `Consent/${id}`, 'meta-add', { tag: [tag('filed')] }))
    expect(await compiled()).toEqual(before)
    expectOutcome(await change('clinic', 'Consent/effective', 'meta-add', { tag: [tag('x')] }), 403)
  })

  test('a change of labels pushes nothing to the organization that a referral went to', async () => {
    const pushes = async () => (await world.rows(sql`SELECT FROM audit WHERE interaction = 'push'`)).length
    const request = { status: 'requested', intent: 'order', for: { reference: 'Patient/ann' } } as const
    const owner = { reference: 'Organization/hospital' }
    const posted = await world.post('clinic', 'Task', { resourceType: 'Task', ...request, owner })
    const task = expectStatus(posted, 201).as<Task>()
    const before = await pushes()
    expect(before).toBeGreaterThan(0)
    metaOf(await change('clinic', `Task/${task.id ?? ''}`, 'meta-add', { tag: [tag('a')] }))
    expectOutcome(await change('hospital', `Task/${task.id ?? ''}`, 'meta-add', { tag: [tag('b')] }), 403)
    expect(await pushes()).toBe(before)
  })

  test('what is masked for its sender stays as it is', async () => {
    const id = `plan${(count += 1)}`
    const activity = (at: string) => [
      { reference: { reference: `ServiceRequest/note-${at}` } },
      { detail: { status: 'completed', code: icd10('J00') } },
    ]
    await world.load('clinic', [
      serviceRequest(`note-${id}`, 'ann', labelled(['PSYTHPN'])),
      {
        resourceType: 'CarePlan',
        id,
        status: 'active',
        intent: 'plan',
        subject: { reference: 'Patient/ann' },
        activity: activity(id),
      } as FhirResource,
    ])
    const stored = async () =>
      (
        await world.rows<{ content: string }>(
          sql`SELECT content FROM resource WHERE type = 'CarePlan' AND id = ${id} ORDER BY mask`,
        )
      ).map(({ content }) => JSON.parse(content) as CarePlan)
    const before = await stored()
    expect(before.map((one) => one.activity?.length)).toEqual([1, 2])
    const answered = metaOf(await change('clinic', `CarePlan/${id}`, 'meta-add', { tag: [tag('a')] }))
    expect(codes(answered.security)).toEqual(['N'])
    const after = await stored()
    expect(after).toEqual(before.map((one) => ({ ...one, meta: { ...one.meta, tag: [tag('a')] } })))
  })

  test.each([
    ['no parameters', { resourceType: 'Parameters' }, 400],
    ['another resource', patient('x'), 400],
    [
      'another parameter',
      { resourceType: 'Parameters', parameter: [{ name: 'other', valueString: 'x' }] },
      400,
    ],
    [
      'a value of another type',
      { resourceType: 'Parameters', parameter: [{ name: 'meta', valueString: 'x' }] },
      400,
    ],
    [
      'a broken meta',
      { resourceType: 'Parameters', parameter: [{ name: 'meta', valueMeta: { tag: 'x' } }] },
      422,
    ],
  ])('what cannot be read is refused: %s', async (_what, body, status) => {
    expectOutcome(await world.post('clinic', `${await load()}/$meta-add`, body), status)
  })

  test('needs the scope to update; without one to read nothing comes back', async () => {
    const address = await load()
    const reader = await world.token('clinic', { scope: 'system/Observation.rs' })
    expectOutcome(await change(reader, address, 'meta-add', { tag: [tag('a')] }), 403)
    const writer = await world.token('clinic', { scope: 'system/Observation.u' })
    expect(expectStatus(await change(writer, address, 'meta-add', { tag: [tag('a')] }), 200).text).toBe('')
  })
})
