import type { OperationOutcome } from 'fhir/r4'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { kinds } from '../databases.ts'
import { observation, patient } from '../records.ts'
import { openWorld, type Reply, type World } from '../world.ts'
import { bundle, entry, identified, store } from './sending.ts'

/** Stands for what somebody would not want to see again in a log. */
const secret = 'Xyzzy-4711'

const json = { 'content-type': 'application/fhir+json' }
const patchType = { 'content-type': 'application/json-patch+json' }

type Ask = (world: World, path: string) => Promise<Reply>

const get =
  (query: string): Ask =>
  (world) =>
    world.get('clinic', query.replaceAll('SECRET', secret))

const body =
  (method: string, path: string, text: string, headers: Record<string, string> = json): Ask =>
  (world, at) =>
    world.send('clinic', method, path.replace('AT', at), { headers, body: text.replaceAll('SECRET', secret) })

const create = (more: object): Ask =>
  body('POST', 'Observation', JSON.stringify({ ...identified('SECRET'), ...more }))

const patch = (...operations: object[]): Ask => body('PATCH', 'AT', JSON.stringify(operations), patchType)

const inBundle = (type: string, ...entries: Parameters<typeof entry>[]): Ask =>
  body(
    'POST',
    '',
    JSON.stringify(
      bundle(
        type,
        entries.map((one) => entry(...one)),
      ),
    ),
  )

/** What is asked, the status, the code of the issue, and where it says that the fault is. */
const refusals: readonly (readonly [
  name: string,
  ask: Ask,
  status: number,
  code: string,
  expression?: string,
])[] = [
  ['a read of nothing', get('Observation/SECRET'), 404, 'not-found'],
  ['a version that is not there', get('Observation/SECRET/_history/1'), 404, 'not-found'],
  ['a type that is none', get('Nonsense/SECRET'), 404, 'not-found'],
  ['an address that is none', get('Observation/x/y/z/SECRET'), 404, 'not-found'],
  ['an operation that is none', get('$nonsense'), 404, 'not-found'],
  [
    'a parameter that is not served',
    get('Observation?nonsense=SECRET'),
    400,
    'not-supported',
    'Observation?nonsense',
  ],
  ['a modifier that is not served', get('Patient?family:nonsense=SECRET'), 400, 'not-supported', 'family'],
  ['a date that is none', get('Observation?date=SECRET'), 400, 'value', 'date'],
  ['a number that is none', get('ChargeItem?factor-override=SECRET'), 400, 'value', 'factor-override'],
  ['a quantity that is none', get('Observation?value-quantity=SECRET'), 400, 'value', 'value-quantity'],
  [
    'a composite that is none',
    get('Observation?code-value-quantity=SECRET'),
    400,
    'value',
    'code-value-quantity',
  ],
  [
    'a chain that leads nowhere',
    get('Observation?patient.nonsense=SECRET'),
    400,
    'not-supported',
    'Observation?patient.nonsense',
  ],
  ['a chain on no reference', get('Observation?status.name=SECRET'), 400, 'invalid', 'Observation?status'],
  ['a _has that is none', get('Patient?_has:Observation=SECRET'), 400, 'value', '_has:Observation'],
  [':missing of neither', get('Patient?family:missing=SECRET'), 400, 'value', 'family'],
  ['a value set that is not known', get('Observation?code:in=SECRET'), 400, 'not-found', 'code:in'],
  ['a code system that is not known', get('Observation?code:below=SECRET|x'), 400, 'not-supported', 'code'],
  ['a place that is none', get('Location?near=SECRET'), 400, 'value', 'near'],
  ['a _count that is none', get('Observation?_count=SECRET'), 400, 'value', '_count'],
  ['a _total that is none', get('Observation?_total=SECRET'), 400, 'value', '_total'],
  ['a _summary that is none', get('Observation?_summary=SECRET'), 400, 'value', '_summary'],
  ['a _sort that is none', get('Observation?_sort=nonsense'), 400, 'not-supported', '_sort'],
  ['an _include that is none', get('Observation?_include=SECRET'), 400, 'not-supported', '_include'],
  ['a cursor that is none', get('Observation?_cursor=SECRET'), 400, 'value', '_cursor'],
  ['a list that is none', get('Observation?_list=$SECRET'), 400, 'not-supported', '_list'],
  ['a type of no use', get('?_type=SECRET'), 400, 'value', '_type'],
  ['a body that is no JSON', body('POST', 'Observation', '{"SECRET": '), 400, 'structure'],
  ['an empty body', body('POST', 'Observation', ''), 400, 'structure'],
  [
    'a body of another type',
    body('POST', 'Observation', JSON.stringify(patient('SECRET'))),
    400,
    'invalid',
    'Observation.resourceType',
  ],
  [
    'a body that is no resource',
    body('POST', 'Observation', '{"resourceType":"SECRET"}'),
    400,
    'structure',
    'resourceType',
  ],
  [
    'a media type that is not taken',
    body('POST', 'Observation', 'SECRET', { 'content-type': 'text/csv' }),
    415,
    'not-supported',
  ],
  ['a code that is none', create({ status: 'SECRET' }), 422, 'code-invalid', 'Observation.status'],
  [
    'a date that is none in a body',
    create({ effectiveDateTime: 'SECRET' }),
    422,
    'value',
    'Observation.effective',
  ],
  ['an element that is none', create({ favorite: 'SECRET' }), 422, 'structure', 'Observation.favorite'],
  [
    'an element that is missing',
    create({ code: undefined, note: [{ text: 'SECRET' }] }),
    422,
    'required',
    'Observation.code',
  ],
  ['a value of another type', create({ note: 'SECRET' }), 422, 'structure', 'Observation.note'],
  [
    'a patient who is not there',
    create({ subject: { reference: 'Patient/SECRET' } }),
    422,
    'not-found',
    'Observation.subject.reference',
  ],
  [
    'another id than the address',
    body('PUT', 'AT', JSON.stringify(observation('SECRET', 'ann'))),
    400,
    'value',
    'Observation.id',
  ],
  [
    'an update of nothing',
    body('PUT', 'Observation/none', JSON.stringify(observation('none', 'ann'))),
    405,
    'not-supported',
  ],
  [
    'an If-Match of the past',
    body('PUT', 'AT', JSON.stringify(identified('SECRET')), { ...json, 'if-match': 'W/"SECRET"' }),
    400,
    'value',
  ],
  [
    'a condition that is not served',
    body('PUT', 'Observation?nonsense=SECRET', JSON.stringify(identified('SECRET'))),
    400,
    'not-supported',
    'Observation?nonsense',
  ],
  ['a condition that says nothing', body('DELETE', 'Observation', ''), 400, 'required', 'Observation'],
  ['a patch that is none', patch({ op: 'SECRET', path: '/status' }), 400, 'structure'],
  [
    'a patch of what is not there',
    patch({ op: 'replace', path: '/SECRET', value: 'SECRET' }),
    422,
    'processing',
  ],
  ['a patch whose test fails', patch({ op: 'test', path: '/status', value: 'SECRET' }), 422, 'processing'],
  [
    'a patch that makes it invalid',
    patch({ op: 'replace', path: '/status', value: 'SECRET' }),
    422,
    'code-invalid',
    'Observation.status',
  ],
  ['a Bundle that is none', inBundle('SECRET'), 400, 'value', 'Bundle.type'],
  [
    'an entry of no method',
    inBundle('transaction', ['SECRET', 'Observation/x']),
    400,
    'not-supported',
    'Bundle.entry[0].request.method',
  ],
  [
    'an entry of no address',
    inBundle('transaction', ['POST', 'SECRET/x/y']),
    400,
    'value',
    'Bundle.entry[0].request.url',
  ],
  [
    'an entry that points to no other',
    inBundle('transaction', [
      'POST',
      'Observation',
      identified('SECRET', { subject: { reference: 'urn:uuid:SECRET' } }),
    ]),
    400,
    'not-found',
    'Bundle.entry[0].resource',
  ],
]

const named = refusals.map(([name, ask, status, code, expression]) => ({
  name,
  ask,
  status,
  code,
  expression,
}))

describe.each(kinds)('every refusal is an OperationOutcome (FHIR R4 http 3.1.0.4) on %s', (kind) => {
  let world: World
  let path: string

  beforeAll(async () => {
    world = await openWorld(kind)
    await world.load('clinic', [patient('ann', { name: [{ family: secret }] })])
    ;({ path } = await store(world, secret))
  })
  afterAll(() => world.close())

  test.each(named)('$name', async ({ ask, status, code, expression }) => {
    const reply = await ask(world, path)
    expect(reply.status, reply.text.slice(0, 500)).toBe(status)
    expect(reply.headers.get('content-type')).toBe('application/fhir+json; charset=utf-8')
    const { resourceType, issue } = reply.as<OperationOutcome>()
    expect(resourceType).toBe('OperationOutcome')
    const [first] = issue
    expect(first).toMatchObject({
      severity: 'error',
      code,
      details: { text: expect.stringMatching(/^[^A-Z].*[^.]$/su) as string },
    })
    if (expression !== undefined) expect(issue.flatMap((one) => one.expression ?? [])).toContain(expression)
    expect(reply.text).not.toContain(secret)
  })

  test.each(named.slice(0, 25))('and is one in XML: $name', async ({ ask, status }) => {
    const asked: World = {
      ...world,
      get: (who, at) => world.get(who, at, { accept: 'application/fhir+xml' }),
    }
    const reply = await ask(asked, path)
    expect(reply.status).toBe(status)
    expect(reply.headers.get('content-type')).toContain('application/fhir+xml')
    expect(reply.text).toContain('<OperationOutcome xmlns="http://hl7.org/fhir">')
    expect(reply.text).not.toContain(secret)
  })
})
