import type { Bundle, Observation, OperationOutcome } from 'fhir/r4'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readXml } from '../../src/fhir/xml/read.ts'
import { writeXml } from '../../src/fhir/xml/write.ts'
import { longKinds } from './databases.ts'
import { expectOutcome, expectStatus, matches, unstamped } from './outcome.ts'
import { observation, patient, unnamed } from './records.ts'
import { openWorld, type Reply, type World } from './world.ts'

const inXml = { 'content-type': 'application/fhir+xml' }
const wantsXml = { accept: 'application/fhir+xml' }

/** The resource of a reply in XML. */
const resourceOf = <T>(reply: Reply): T => {
  expect(reply.headers.get('content-type')).toBe('application/fhir+xml; charset=utf-8')
  return JSON.parse(readXml(reply.text)) as T
}

const outcomeTexts = (reply: Reply): string =>
  resourceOf<OperationOutcome>(reply)
    .issue.map(({ details }) => details?.text ?? '')
    .join('; ')

describe.each(longKinds)('XML in and out on %s', (kind) => {
  let world: World

  beforeAll(async () => {
    world = await openWorld(kind)
    await world.load('clinic', [patient('ann')])
  })
  afterAll(() => world.close())

  const sent = unnamed(
    observation('', 'ann', {
      valueQuantity: { value: 1.25, unit: 'mg/dL & more' },
      note: [{ text: 'two\nlines <b>' }],
    }),
  )
  const create = (headers: Record<string, string> = {}, more: Partial<Observation> = {}) =>
    world.send('clinic', 'POST', 'Observation', {
      headers: { ...inXml, ...headers },
      body: writeXml(JSON.stringify({ ...sent, ...more })),
    })

  test('what is created in XML is read in JSON and in XML, the same', async () => {
    const made = expectStatus(await create(wantsXml), 201)
    const stored = resourceOf<Observation>(made)
    expect(unstamped(stored)).toEqual(sent)
    const path = `Observation/${stored.id ?? ''}`
    const json = expectStatus(await world.get('clinic', path), 200)
    expect(json.as()).toEqual(stored)
    const xml = expectStatus(await world.get('clinic', path, wantsXml), 200)
    expect(resourceOf(xml)).toEqual(stored)
    for (const header of ['etag', 'last-modified', 'cache-control'])
      expect(xml.headers.get(header)).toBe(json.headers.get(header))
    expect(xml.text).toBe(writeXml(json.text))
  })

  test('the format of the body is not the format of the answer', async () => {
    expect(expectStatus(await create(), 201).as<Observation>().resourceType).toBe('Observation')
    const reply = await world.post('clinic', 'Observation', sent, { accept: 'text/xml' })
    expect(resourceOf<Observation>(expectStatus(reply, 201)).status).toBe(sent.status)
  })

  test('update in XML, under each media type', async () => {
    const stored = expectStatus(await create(), 201).as<Observation>()
    const path = `Observation/${stored.id ?? ''}`
    const versions = ['amended', 'corrected', 'cancelled'] as const
    for (const [index, type] of [
      'application/xml',
      'text/xml',
      'application/fhir+xml; charset=UTF-8',
    ].entries()) {
      const status = versions[index] ?? 'final'
      const body = writeXml(JSON.stringify({ ...stored, status }))
      expectStatus(await world.send('clinic', 'PUT', path, { headers: { 'content-type': type }, body }), 200)
      expect((await world.get('clinic', path)).as<Observation>().status).toBe(status)
    }
  })

  test('a search in XML finds what the same search in JSON finds, by _format or Accept, by GET or POST', async () => {
    expectStatus(await create(), 201)
    const json = (await world.get('clinic', 'Observation?patient=ann')).as<Bundle>()
    expect(json.entry?.length).toBeGreaterThan(0)
    expect(resourceOf(await world.get('clinic', 'Observation?patient=ann', wantsXml))).toEqual(json)
    const named = resourceOf<Bundle>(
      await world.get('clinic', 'Observation?patient=ann&_format=application/fhir+xml'),
    )
    expect(named.entry).toEqual(json.entry)
    const posted = await world.send('clinic', 'POST', 'Observation/_search?_format=xml', {
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: 'patient=ann',
    })
    expect(resourceOf<Bundle>(posted).entry).toEqual(json.entry)
  })

  test('a transaction and a batch in XML', async () => {
    const request = { method: 'POST', url: 'Observation' }
    const bundle = (type: string, entry: object[]) =>
      writeXml(JSON.stringify({ resourceType: 'Bundle', type, entry }))
    const post = async (body: string) =>
      resourceOf<Bundle>(
        expectStatus(
          await world.send('clinic', 'POST', '', { headers: { ...inXml, ...wantsXml }, body }),
          200,
        ),
      )
    const done = await post(
      bundle('transaction', [
        { fullUrl: 'urn:uuid:7b5e7d52-4e0c-4cb8-9f5f-6b4d8f6c0d1a', resource: sent, request },
      ]),
    )
    expect(done.type).toBe('transaction-response')
    expect(done.entry?.[0]?.response?.status).toBe('201')
    const answers = await post(
      bundle('batch', [
        { request: { method: 'GET', url: 'Patient/ann' } },
        { request: { method: 'GET', url: 'Patient/nobody' } },
      ]),
    )
    expect(answers.entry?.[0]?.resource?.id).toBe('ann')
    expect(answers.entry?.[1]?.response?.outcome?.resourceType).toBe('OperationOutcome')
  })

  test('_pretty lays out both formats, and says the same', async () => {
    const plain = await world.get('clinic', 'Patient/ann')
    const json = await world.get('clinic', 'Patient/ann?_pretty=true')
    expect(json.as()).toEqual(plain.as())
    expect(json.text).toContain('\n  "id": "ann"')
    const xml = await world.get('clinic', 'Patient/ann?_pretty=true&_format=xml')
    expect(resourceOf(xml)).toEqual(plain.as())
    expect(xml.text).toContain('\n  <id value="ann"/>')
    expect(plain.text).not.toContain('\n')
  })

  test('refusals are told in the format that was asked for', async () => {
    const missing = await world.get('clinic', 'Patient/nobody?_format=xml')
    expect(missing.status).toBe(404)
    expect(outcomeTexts(missing)).toBe(expectOutcome(await world.get('clinic', 'Patient/nobody'), 404))
    expect(outcomeTexts(await world.get(undefined, 'Patient/ann', wantsXml))).not.toBe('')
    expect(outcomeTexts(await world.get('clinic', 'Nothing/at/all/here/or/there', wantsXml))).not.toBe('')
    const wrong = await create(wantsXml, { status: 'well' as 'final' })
    expect(wrong.status).toBe(422)
    expect(resourceOf<OperationOutcome>(wrong).issue.flatMap(({ expression }) => expression ?? [])).toContain(
      'Observation.status',
    )
  })

  test('hidden and not there are the same in XML', async () => {
    const stored = expectStatus(await create(), 201).as<Observation>()
    const hidden = await world.get('school', `Observation/${stored.id ?? ''}`, wantsXml)
    const absent = await world.get('school', 'Observation/nobody', wantsXml)
    expect(hidden.status).toBe(absent.status)
    expect(hidden.text).toBe(absent.text)
  })

  test('what is not served is 406, and nothing is written', async () => {
    const before = matches(await world.get('clinic', 'Observation?patient=ann&_count=1000')).length
    expect(expectOutcome(await create({ accept: 'text/turtle' }), 406)).toContain('application/fhir+xml')
    expectOutcome(await world.get('clinic', 'Patient/ann?_format=ttl'), 406)
    expectOutcome(await world.get('clinic', '/fhir/metadata', { accept: 'text/csv' }), 406)
    expect(matches(await world.get('clinic', 'Observation?patient=ann&_count=1000')).length).toBe(before)
  })

  test('the CapabilityStatement in XML names the formats', async () => {
    const statement = resourceOf<{ format: string[] }>(await world.get(undefined, 'metadata', wantsXml))
    expect(statement.format).toEqual(
      expect.arrayContaining(['xml', 'application/fhir+xml', 'json', 'application/fhir+json']),
    )
    expect(statement).toEqual((await world.get(undefined, 'metadata')).as())
  })

  test.each([
    ['a document type', '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><Patient xmlns="http://hl7.org/fhir"><id value="&b;"/></Patient>', 400],
    ['not well-formed', '<Patient xmlns="http://hl7.org/fhir"><name></Patient>', 400],
    ['another namespace', '<Patient xmlns="urn:hl7-org:v3"/>', 400],
    ['an unknown element', '<Patient xmlns="http://hl7.org/fhir"><nick value="zQ7secret"/></Patient>', 400],
    ['U+0000 by number', '<Patient xmlns="http://hl7.org/fhir"><language value="&#0;"/></Patient>', 400],
    ['another type than the address', '<Observation xmlns="http://hl7.org/fhir"/>', 400],
    ['a value that its type does not have', '<Patient xmlns="http://hl7.org/fhir"><birthDate value="zQ7secret"/></Patient>', 422],
    ['a script in the narrative', '<Patient xmlns="http://hl7.org/fhir"><text><status value="generated"/><div xmlns="http://www.w3.org/1999/xhtml"><script>x</script></div></text></Patient>', 422],
  ])('%s is refused with its place', async (_, body, status) => {
    const refused = await world.send('clinic', 'POST', 'Patient', { headers: inXml, body })
    expect(expectOutcome(refused, status)).not.toContain('secret')
  }) // prettier-ignore

  test('bodies that are too deep, too large or in another encoding', async () => {
    const post = (body: string | Uint8Array<ArrayBuffer>, type = 'application/fhir+xml') =>
      world.send('clinic', 'POST', 'Patient', { headers: { 'content-type': type }, body })
    const deep = (levels: number) =>
      `<Patient xmlns="http://hl7.org/fhir">${'<extension url="urn:x">'.repeat(levels)}<valueCode value="a"/>${'</extension>'.repeat(levels)}</Patient>`
    expect(expectOutcome(await post(deep(30)), 400)).toContain('40 levels')
    expect(expectOutcome(await post(deep(10_000)), 400)).toContain('nested deeper')
    expectOutcome(
      await post(`<Patient xmlns="http://hl7.org/fhir">${' '.repeat(10 * 1024 * 1024)}</Patient>`),
      413,
    )
    expectOutcome(await post('<Patient xmlns="http://hl7.org/fhir"/>', 'text/xml; charset=iso-8859-1'), 415)
    expectOutcome(await post('<Patient xmlns="http://hl7.org/fhir"/>', 'application/xhtml+xml'), 415)
    expectOutcome(await post(Uint8Array.from([0x3c, 0xff, 0xfe])), 400)
  })
})
