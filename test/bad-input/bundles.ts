import { type BadRequest, fhirJson, places, sentinel, valid } from './request.ts'

const sending = (name: string, body: unknown): BadRequest => ({
  name,
  protocol: 'fhir',
  method: 'POST',
  path: '',
  headers: fhirJson,
  body: typeof body === 'string' ? body : JSON.stringify(body),
})

const bundle = (type: unknown, entry: unknown): object => ({ resourceType: 'Bundle', type, entry })

const post = { method: 'POST', url: 'Observation' }

const whole = JSON.stringify(
  bundle('transaction', [
    { fullUrl: 'urn:uuid:00000000-0000-4000-8000-000000000001', resource: valid, request: post },
  ]),
)

/** Entries of which none can be carried out. */
const entries: Readonly<Record<string, unknown>> = {
  'is null': null,
  'is a number': 1,
  'is a text': sentinel,
  'is an array': [],
  'is empty': {},
  'has no request': { resource: valid },
  'has a request that is null': { resource: valid, request: null },
  'has a request that is a text': { resource: valid, request: sentinel },
  'has no method': { resource: valid, request: { url: 'Observation' } },
  'has no address': { resource: valid, request: { method: 'POST' } },
  'has a method that is none': { resource: valid, request: { method: sentinel, url: 'Observation' } },
  'has a method that is a number': { resource: valid, request: { method: 1, url: 'Observation' } },
  'has an address that is a number': { resource: valid, request: { method: 'POST', url: 1 } },
  'has an empty address': { resource: valid, request: { method: 'POST', url: '' } },
  'has the address of another server': { resource: valid, request: { method: 'POST', url: 'https://other.example/fhir/Observation' } },
  'climbs out': { request: { method: 'GET', url: '../../livez' } },
  'reads the token endpoint': { request: { method: 'GET', url: '/oauth/token' } },
  'reads NUL': { request: { method: 'GET', url: 'Observation/\u0000' } },
  'searches NUL': { request: { method: 'GET', url: 'Observation?category=\u0000' } },
  'searches NUL, escaped': { request: { method: 'GET', url: 'Observation?category=%00' } },
  'deletes NUL': { request: { method: 'DELETE', url: 'Observation/\u0000' } },
  'updates NUL': { resource: { ...valid, id: '\u0000' }, request: { method: 'PUT', url: 'Observation/\u0000' } },
  'reads a bad escape': { request: { method: 'GET', url: 'Observation/%zz' } },
  'posts to an instance': { resource: valid, request: { method: 'POST', url: 'Observation/x' } },
  'puts to a type': { resource: valid, request: { method: 'PUT', url: 'Observation' } },
  'patches': { resource: valid, request: { method: 'PATCH', url: 'Observation/kept' } },
  'deletes a type': { request: { method: 'DELETE', url: 'Observation' } },
  'deletes by a search': { request: { method: 'DELETE', url: `Observation?nonsense=urn:bad|${sentinel}` } },
  'has no resource': { request: post },
  'has a resource that is null': { resource: null, request: post },
  'has a resource that is a text': { resource: sentinel, request: post },
  'has a resource that is an array': { resource: [valid], request: post },
  'has a resource without a type': { resource: { status: sentinel }, request: post },
  'has a resource of another type': { resource: { resourceType: 'Patient', name: [{ family: sentinel }] }, request: post },
  'has an invalid resource': { resource: { ...valid, status: sentinel }, request: post },
  'has NUL in its resource': { resource: { ...valid, note: [{ text: '\u0000' }] }, request: post },
  'has a Bundle for a resource': { resource: { resourceType: 'Bundle', type: 'batch', entry: [] }, request: { method: 'POST', url: '' } },
  'has a condition that is a number': { resource: valid, request: { ...post, ifNoneExist: 1 } },
  'has a condition with NUL': { resource: valid, request: { ...post, ifNoneExist: 'identifier=%00' } },
  'has a condition that is none': { resource: valid, request: { ...post, ifNoneExist: 'nonsense=1' } },
  'has a version that is a number': { resource: { ...valid, id: 'kept' }, request: { method: 'PUT', url: 'Observation/kept', ifMatch: 1 } },
  'has a version that is none': { resource: { ...valid, id: 'kept' }, request: { method: 'PUT', url: 'Observation/kept', ifMatch: sentinel } },
} // prettier-ignore

/** Bundles that are wrong as a whole, or in their only entry. */
export const bundles: readonly BadRequest[] = [
  ...places(whole.length, 15).map((place) =>
    sending(`a transaction cut off at ${String(place)}`, whole.slice(0, place)),
  ),
  ...(['batch', 'transaction'] as const).flatMap((type) =>
    Object.entries(entries).map(([what, entry]) =>
      sending(`a ${type} whose entry ${what}`, bundle(type, [entry])),
    ),
  ),
  ...[null, 1, true, sentinel, {}, { resource: valid, request: post }].map((entry) =>
    sending(`a transaction whose entries are ${JSON.stringify(entry).slice(0, 20)}`, bundle('transaction', entry)),
  ),
  ...[undefined, null, 1, ['batch'], sentinel, 'Batch', 'searchset'].map((type) =>
    sending(`a Bundle of type ${String(JSON.stringify(type))}`, bundle(type, [])),
  ),
  sending('a transaction with a fullUrl that is a number', bundle('transaction', [{ fullUrl: 1, resource: { ...valid, status: 'x' }, request: post }])),
  sending('a transaction with the same fullUrl twice', bundle('transaction', [{ fullUrl: 'urn:uuid:1', resource: valid, request: post }, { fullUrl: 'urn:uuid:1', resource: valid, request: post }])),
  sending('a transaction that cites an entry that is not there', bundle('transaction', [{ resource: { ...valid, subject: { reference: 'urn:uuid:00000000-0000-4000-8000-000000000009' } }, request: post }])),
  sending('a transaction of ten thousand entries', bundle('transaction', Array.from({ length: 10_000 }, () => ({ resource: {}, request: post })))),
  sending('a transaction that writes the trail', bundle('transaction', [{ resource: { resourceType: 'AuditEvent' }, request: { method: 'POST', url: 'AuditEvent' } }])),
] // prettier-ignore
