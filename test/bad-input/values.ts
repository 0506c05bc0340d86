import { type BadRequest, creating, fhirJson, sentinel, valid } from './request.ts'

const nul = `${sentinel}\u0000`

const put = (more: object): string => JSON.stringify({ ...valid, ...more })

/** NUL cannot be stored as text (PostgreSQL), and FHIR R4 datatypes 2.24.0.1 do not have it. */
const nulls: BadRequest[] = Object.entries({
  'a note': put({ note: [{ text: nul }] }),
  'a value': put({ identifier: [{ system: 'urn:bad', value: nul }] }),
  'a system': put({ identifier: [{ system: `urn:${nul}`, value: 'x' }] }),
  'a code': put({ code: { coding: [{ system: 'http://loinc.org', code: nul }] } }),
  'a display': put({ code: { coding: [{ system: 'http://loinc.org', code: '8480-6', display: nul }] } }),
  'an id': put({ id: nul }),
  'a tag': put({ meta: { tag: [{ system: 'urn:bad', code: nul }] } }),
  'a label': put({ meta: { security: [{ system: 'urn:bad', code: nul }] } }),
  'a profile': put({ meta: { profile: [`urn:${nul}`] } }),
  'a source': put({ meta: { source: `urn:${nul}` } }),
  'a subject': put({ subject: { reference: `Patient/${nul}` } }),
  'a performer': put({ performer: [{ reference: `Practitioner/${nul}` }] }),
  'a display of a reference': put({ subject: { reference: 'Patient/ann', display: nul } }),
  'a narrative': put({
    text: { status: 'generated', div: `<div xmlns="http://www.w3.org/1999/xhtml">${nul}</div>` },
  }),
  'an extension': put({ extension: [{ url: 'urn:bad', valueString: nul }] }),
  'the address of an extension': put({ extension: [{ url: `urn:${nul}`, valueString: 'x' }] }),
  'a key': JSON.stringify({ ...valid, [nul]: 1 }),
  'a status': put({ status: nul }),
  'a date': put({ effectiveDateTime: nul }),
  'a unit': put({ valueQuantity: { value: 1, unit: nul } }),
}).map(([where, body]) => creating(`NUL in ${where}`, body, { status: [400, 422] }))

const odd: BadRequest[] = Object.entries({
  'a number beyond all numbers': JSON.stringify(valid).replace('120', '1e400'),
  'a fraction for an integer': put({ valueQuantity: undefined, valueInteger: 1.5 }),
  'an integer out of range': put({ valueQuantity: undefined, valueInteger: 2 ** 40 }),
  'a decimal as text': put({ valueQuantity: { value: '1.5' } }),
  'a date of no calendar': put({ effectiveDateTime: '2026-02-30' }),
  'a dateTime without its zone': put({ effectiveDateTime: '2026-03-01T09:00:00' }),
  'a year of five digits': put({ effectiveDateTime: '20260' }),
  'a period that ends before it begins': put({
    effectiveDateTime: undefined,
    effectivePeriod: { start: '2026-02-01', end: '2026-01-01' },
  }),
  'two values': put({ valueString: sentinel }),
  'a code with spaces': put({ language: ` ${sentinel} ` }),
  'an id with a slash': put({ id: 'a/b' }),
  'an id that is too long': put({ id: 'x'.repeat(65) }),
  'a reference to nobody': put({ subject: { reference: 'Patient/nobody' } }),
  'a reference of a type that is not allowed': put({ subject: { reference: 'Medication/x' } }),
  'a contained resource that nobody cites': put({
    contained: [{ resourceType: 'Patient', id: 'p', name: [{ family: sentinel }] }],
  }),
  'a contained resource in a contained one': put({
    contained: [{ resourceType: 'Patient', id: 'p', contained: [{ resourceType: 'Patient', id: 'q' }] }],
    subject: { reference: '#p' },
  }),
  'a script in the narrative': put({
    text: {
      status: 'generated',
      div: `<div xmlns="http://www.w3.org/1999/xhtml"><script>${sentinel}</script></div>`,
    },
  }),
  'a narrative that is cut off': put({
    text: { status: 'generated', div: '<div xmlns="http://www.w3.org/1999/xhtml"><p>' },
  }),
  'a modifier that nobody knows': put({
    modifierExtension: [
      { url: 'urn:bad', valueString: sentinel, extension: [{ url: 'x', valueString: 'y' }] },
    ],
  }),
  'base64 that is none': put({
    valueQuantity: undefined,
    extension: [{ url: 'urn:bad', valueBase64Binary: '***' }],
  }),
}).map(([what, body]) => creating(what, body, { status: [400, 422] }))

const updating = (name: string, id: string, body: object, more: Partial<BadRequest> = {}): BadRequest => ({
  name,
  protocol: 'fhir',
  method: 'PUT',
  path: `Observation/${id}`,
  headers: fhirJson,
  body: JSON.stringify(body),
  ...more,
})

const ids: BadRequest[] = [
  ...Object.entries({
    'too long': 'x'.repeat(65),
    'an underscore': 'a_b',
    'a space': 'a%20b',
    dots: '%2e%2e%2f%2e%2e',
    'a slash': 'a%2Fb',
    NUL: 'a%00b',
    'an umlaut': '%C3%A4',
    'bad UTF-8': '%ff%fe',
    'a bad escape': '%zz',
    'a quote': "a'b",
    'a statement': "x';DROP%20TABLE%20resource;--",
    'a brace': '{a}',
    'a very long one': 'y'.repeat(9000),
  }).flatMap(([name, id]): BadRequest[] => [
    updating(`an id with ${name}: update`, id, { ...valid, id: decoded(id) }),
    { name: `an id with ${name}: read`, protocol: 'fhir', method: 'GET', path: `Observation/${id}` },
    { name: `an id with ${name}: delete`, protocol: 'fhir', method: 'DELETE', path: `Observation/${id}` },
    {
      name: `an id with ${name}: version`,
      protocol: 'fhir',
      method: 'GET',
      path: `Observation/kept/_history/${id}`,
    },
    { name: `an id with ${name}: type`, protocol: 'fhir', method: 'GET', path: `${id}/kept` },
  ]),
  updating('an id other than the address', 'kept', { ...valid, id: sentinel }),
  updating('no id in the body', 'kept', valid),
  updating('an id that is a number', 'kept', { ...valid, id: 7 }),
]

function decoded(id: string): string {
  try {
    return decodeURIComponent(id)
  } catch {
    return id
  }
}

const queries: BadRequest[] = [
  'Observation?%zz=1',
  'Observation?%00=1',
  'Observation?category=%00',
  'Observation?identifier=urn:x|%00',
  'Observation?subject=Patient/%00',
  'Observation?subject=%00',
  'Patient?name=%00',
  'Patient?name:contains=%00',
  'Observation?_id=%00',
  'Observation?_tag=%00',
  'Observation?_security=%00',
  'Observation?date=%00',
  'Observation?date=',
  'Observation?date=ge',
  'Observation?date=xx2026',
  'Observation?date=2026-99-99',
  'Observation?date=99999',
  'Observation?date=ge2026-03-01T25:00:00Z',
  'Observation?_lastUpdated=now',
  'Observation?_count=1e9',
  'Observation?_count=0x10',
  'Observation?_count=99999999999999999999',
  'Observation?_count=%00',
  'Observation?_count=1.5',
  'Observation?_sort=%00',
  'Observation?_sort=--date',
  'Observation?_sort=,',
  'Observation?_include=%00',
  'Observation?_include=Observation',
  'Observation?_revinclude=Observation:status',
  'Observation?_include=*:status:Nothing',
  'Observation?_cursor=%00',
  'Observation?_cursor=-1',
  'Observation?_cursor=bzk5OTk5OTk5OTk5OTk5OTk',
  'Observation?_has:Observation:subject:code=1',
  'Observation?subject.nonsense=x',
  'Observation?status.name=x',
  'Observation?subject:Nonsense=x',
  'Observation?code:not-in=x',
  'Observation?=1',
  'Observation?:=1',
  'Observation?_filter=name%20eq%20x',
  'Observation?_query=x',
  `Observation?nonsense=${sentinel}`,
  `Observation?status:nonsense=${sentinel}`,
  'AuditEvent?date=%00',
  'AuditEvent?date=soon',
  'AuditEvent?patient=%00',
  'AuditEvent?nonsense=1',
  'AuditEvent?_count=x',
]
  .filter((path) => !['Observation?date='].includes(path))
  .map((path) => ({ name: path, protocol: 'fhir' as const, method: 'GET', path, status: [400, 403] }))

const form = { 'content-type': 'application/x-www-form-urlencoded' }

const forms: BadRequest[] = [
  { name: 'a form with NUL', body: 'category=%00', headers: form },
  { name: 'a form with an unknown parameter', body: `nonsense=${sentinel}`, headers: form },
  { name: 'JSON for a form', body: '{"category":"x"}', headers: fhirJson },
  {
    name: 'a form in another encoding',
    body: new Uint8Array([0x6e, 0x61, 0x6d, 0x65, 0x3d, 0xff]),
    headers: form,
  },
  { name: 'a multipart form', body: '--x--', headers: { 'content-type': 'multipart/form-data; boundary=x' } },
].map((one) => ({ protocol: 'fhir' as const, method: 'POST', path: 'Observation/_search', ...one }))

const headers: BadRequest[] = [
  updating('If-Match that is none', 'kept', { ...valid, id: 'kept' }, { headers: { ...fhirJson, 'if-match': sentinel }, status: [412, 400] }),
  updating('If-Match of another version', 'kept', { ...valid, id: 'kept' }, { headers: { ...fhirJson, 'if-match': `W/"${sentinel}"` }, status: [412] }),
  creating('If-None-Exist that is none', JSON.stringify(valid), { headers: { ...fhirJson, 'if-none-exist': '%zz' } }),
  creating('If-None-Exist with NUL', JSON.stringify(valid), { headers: { ...fhirJson, 'if-none-exist': 'identifier=%00' } }),
  creating('If-None-Exist that says nothing', JSON.stringify(valid), { headers: { ...fhirJson, 'if-none-exist': '' } }),
  creating('If-None-Exist with a bad date', JSON.stringify(valid), { headers: { ...fhirJson, 'if-none-exist': 'date=never' } }),
  { name: 'an authorization that is none', protocol: 'fhir', method: 'GET', path: 'Observation', headers: { authorization: sentinel }, status: [401] },
  { name: 'an authorization that is long', protocol: 'fhir', method: 'GET', path: 'Observation', headers: { authorization: `Bearer ${'x'.repeat(50_000)}` }, status: [401] },
] // prettier-ignore

const methods: BadRequest[] = ['PATCH', 'OPTIONS', 'PROPFIND', 'FOO'].map((method) => ({
  name: `${method} of a resource`,
  protocol: 'fhir' as const,
  method,
  path: 'Observation/kept',
  status: [404, 405, 415],
}))

/** Values, addresses and headers that are wrong. */
export const values: readonly BadRequest[] = [
  ...nulls,
  ...odd,
  ...ids,
  ...queries,
  ...forms,
  ...headers,
  ...methods,
]
