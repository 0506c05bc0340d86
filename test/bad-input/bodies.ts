import { type BadRequest, bytes, creating, fhirJson, places, sentinel, valid } from './request.ts'

const whole = JSON.stringify(valid)

const truncated: BadRequest[] = places(whole.length, 40).map((place) =>
  creating(`cut off at ${String(place)}`, whole.slice(0, place), { status: [400] }),
)

const nest = (levels: number, open: string, close: string, inner: string): string =>
  open.repeat(levels) + inner + close.repeat(levels)

const withNote = (json: string): string => whole.replace('"note":[', `"note":[${json},`)

const deep: BadRequest[] = [50, 100, 1000, 20_000, 400_000].flatMap((levels) => [
  creating(`arrays ${String(levels)} deep`, nest(levels, '[', ']', '1')),
  creating(`objects ${String(levels)} deep`, nest(levels, '{"a":', '}', '1')),
  creating(
    `extensions ${String(levels)} deep`,
    whole.replace(
      '{',
      `{"extension":[${nest(levels, '{"url":"urn:x","extension":[', ']}', '{"url":"urn:y","valueString":"x"}')}],`,
    ),
  ),
])

const megabytes = 1024 * 1024

const large: BadRequest[] = [
  creating('a text of 20 MB', withNote(`{"text":"${'x'.repeat(20 * megabytes)}"}`), { status: [413] }),
  creating('20 MB of white space', `${' '.repeat(20 * megabytes)}${whole}`, { status: [413] }),
  creating('20 MB of numbers', `[${'1,'.repeat(10 * megabytes)}1]`, { status: [413] }),
  creating('20 MB that are no JSON', new Uint8Array(20 * megabytes), { status: [413] }),
  creating('a length that is too long', whole, {
    headers: { ...fhirJson, 'content-length': '99999999999' },
    status: [413],
  }),
  {
    name: 'a search form of 20 MB',
    protocol: 'fhir',
    method: 'POST',
    path: 'Observation/_search',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: `category=${'x'.repeat(20 * megabytes)}`,
    status: [413],
  },
]

const values: Readonly<Record<string, unknown>> = {
  null: null,
  true: true,
  'a number': 42,
  'a text': `${sentinel} text`,
  'an empty text': '',
  'an empty array': [],
  'an empty object': {},
  'an array in an array': [[sentinel]],
  'an array of null': [null],
  'an object': { [`x`]: sentinel },
  'an array of texts': [sentinel],
}

/** Elements with the kinds of values that would be right or are told nothing about. */
const elements: Readonly<Record<string, readonly string[]>> = {
  resourceType: [],
  status: [],
  identifier: [],
  category: [],
  code: [],
  subject: [],
  effectiveDateTime: [],
  valueQuantity: [],
  note: [],
  meta: [],
  text: [],
  contained: [],
  extension: [],
  modifierExtension: [],
  component: [],
  referenceRange: [],
  language: ['a text'],
  issued: [],
  focus: [],
}

const mistyped: BadRequest[] = Object.entries(elements).flatMap(([element, right]) =>
  Object.entries(values)
    .filter(([kind]) => !right.includes(kind))
    .map(([kind, value]) =>
      creating(`${element} is ${kind}`, JSON.stringify({ ...valid, [element]: value }), {
        status: [400, 422],
      }),
    ),
)

const documents: Readonly<Record<string, string>> = {
  nothing: '',
  'white space': ' \n ',
  null: 'null',
  true: 'true',
  'a number': '1',
  'a text': `"${sentinel}"`,
  'an array': '[]',
  'an array of resources': `[${whole}]`,
  'an object without a type': '{}',
  'a type that is a number': '{"resourceType":1}',
  'a type that is none': `{"resourceType":"${sentinel}"}`,
  'a type in lower case': whole.replace('"Observation"', '"observation"'),
  'a type named __proto__': '{"resourceType":"__proto__"}',
  'a type named constructor': '{"resourceType":"constructor"}',
  undefined: 'undefined',
  NaN: '{"resourceType":"Observation","valueInteger":NaN}',
  Infinity: '{"resourceType":"Observation","valueInteger":1e999}',
  'single quotes': `{'resourceType':'Observation','status':'${sentinel}'}`,
  'a comma at the end': whole.replace(/\}$/, ',}'),
  'a comment': `/* ${sentinel} */${whole}`,
  'two documents': whole + whole,
  'text after it': `${whole} ${sentinel}`,
  'a leading zero': whole.replace('120', '0120'),
  'a raw line feed in a text': whole.replace('a note', 'a\nnote'),
  XML: `<Observation xmlns="http://hl7.org/fhir"><status value="${sentinel}"/></Observation>`,
  HTML: `<!doctype html><p>${sentinel}</p>`,
  YAML: `resourceType: Observation\nstatus: ${sentinel}\n`,
  'a form': `resourceType=Observation&status=${sentinel}`,
  'another resource than the address': JSON.stringify({
    resourceType: 'Patient',
    name: [{ family: sentinel }],
  }),
  'a Bundle for a resource': JSON.stringify({ resourceType: 'Bundle', type: 'collection' }),
}

const wholes: BadRequest[] = Object.entries(documents).map(([name, body]) =>
  creating(`the body is ${name}`, body, { status: [400, 422] }),
)

const repeated: BadRequest[] = [
  creating('a key twice', whole.replace('"status":"final"', '"status":"final","status":"amended"'), {
    status: [400, 422],
  }),
  creating('the type twice', whole.replace('{', '{"resourceType":"Patient",'), { status: [400, 422] }),
  creating('meta twice', whole.replace('{', '{"meta":{"security":[{"code":"HIV"}]},"meta":{},'), {
    status: [400, 422],
  }),
]

const keys: BadRequest[] = [
  ...['__proto__', 'constructor', 'toString', 'prototype', 'hasOwnProperty', '', ' ', 'Status', 'status ', '_status', 'value', 'valueNonsense', 'reference', 'div'].map(
    (key) => creating(`a key that is none: ${JSON.stringify(key)}`, whole.replace('{', `{${JSON.stringify(key)}:"${sentinel}",`), { status: [400, 422] }),
  ),
  creating('a key of a million characters', whole.replace('{', `{"${'k'.repeat(1_000_000)}":1,`), { status: [400, 422] }),
  creating('ten thousand keys', whole.replace('{', `{${Array.from({ length: 10_000 }, (_, at) => `"k${String(at)}":1,`).join('')}`), { status: [400, 422] }),
  creating('a hundred thousand empty notes', whole.replace('"note":[', `"note":[${'{},'.repeat(100_000)}`), { status: [400, 422] }),
] // prettier-ignore

const utf16 = (text: string, big: boolean): Uint8Array<ArrayBuffer> => {
  const made = new Uint8Array(2 + text.length * 2)
  const view = new DataView(made.buffer)
  view.setUint16(0, 0xfeff, !big)
  for (let at = 0; at < text.length; at++) view.setUint16(2 + at * 2, text.charCodeAt(at), !big)
  return made
}

const spliced = (inserted: readonly number[]): Uint8Array<ArrayBuffer> => {
  const [before = '', after = ''] = whole.split('a note')
  return new Uint8Array([...bytes(before), ...inserted, ...bytes(after)])
}

const encodings: BadRequest[] = [
  creating('UTF-16, little end first', utf16(whole, false)),
  creating('UTF-16, big end first', utf16(whole, true)),
  creating('UTF-16 without a mark', utf16(whole, false).slice(2)),
  creating('Latin-1', spliced([0xe9])),
  creating('an overlong sequence', spliced([0xc0, 0xaf])),
  creating('a lone continuation', spliced([0x80])),
  creating('a surrogate in UTF-8', spliced([0xed, 0xa0, 0x80])),
  creating('a sequence that is cut off', bytes(whole).slice(0, -1).fill(0xe2, -1)),
  creating('beyond Unicode', spliced([0xf5, 0x80, 0x80, 0x80])),
  creating('a raw NUL', spliced([0])),
  creating('control characters', spliced([1, 2, 3])),
  creating('compressed, and not said so', new Uint8Array([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3])),
  creating('two marks', new Uint8Array([0xef, 0xbb, 0xbf, 0xef, 0xbb, 0xbf, ...bytes(whole)])),
]

const types: BadRequest[] = [
  'text/plain',
  'text/html',
  'multipart/form-data; boundary=x',
  'application/x-www-form-urlencoded',
  'application/octet-stream',
  'application/json-patch+json',
  'application/fhir+json; charset=iso-8859-1',
  'application/fhir+json; charset=utf-16',
  'application/fhir+json; charset="latin1"',
  'application/fhir+ndjson',
  'application/fhirjson',
  'application',
  '*/*',
  ';;;',
  'x'.repeat(5000),
].map((type) =>
  creating(`the type ${type.slice(0, 50)}`, whole, { headers: { 'content-type': type }, status: [415] }),
)

const asXml = (name: string, body: string): BadRequest =>
  creating(`XML: ${name}`, body, { headers: { 'content-type': 'application/fhir+xml' }, status: [400] })

const xml: BadRequest[] = [
  asXml('JSON', whole),
  asXml('nothing', ''),
  asXml('a billion laughs', `<!DOCTYPE a [<!ENTITY b "${sentinel}">${'<!ENTITY c "&b;&b;">'.repeat(30)}]><Patient xmlns="http://hl7.org/fhir"><id value="&c;"/></Patient>`),
  asXml('a file of the server', '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><Patient xmlns="http://hl7.org/fhir"><id value="&b;"/></Patient>'),
  asXml('a million open elements', '<a>'.repeat(1_000_000)),
  asXml('a million divisions', `<Patient xmlns="http://hl7.org/fhir"><text><status value="empty"/>${'<div>'.repeat(1_000_000)}`),
  asXml('an open quote, again and again', '<a b="'.repeat(1_000_000)),
  asXml('open comments', '<!--'.repeat(1_000_000)),
  asXml('open sections', `<a>${'<![CDATA['.repeat(500_000)}`),
  asXml('open instructions', '<?x'.repeat(1_000_000)),
  asXml('ends without starts', '</a>'.repeat(1_000_000)),
  asXml('an attribute of a million spaces', `<Patient${' '.repeat(1_000_000)}xmlns="urn:x"/>`),
  asXml('a hundred thousand attributes', `<Patient xmlns="http://hl7.org/fhir" ${Array.from({ length: 100_000 }, (_, at) => `a${String(at)}="1"`).join(' ')}/>`),
  asXml('a hundred thousand namespaces', `<Patient xmlns="http://hl7.org/fhir" ${Array.from({ length: 100_000 }, (_, at) => `xmlns:a${String(at)}="urn:x"`).join(' ')}>${'<a:b xmlns:a="urn:y"/>'.repeat(50_000)}</Patient>`),
  ...['__proto__', 'constructor', 'toString', 'hasOwnProperty'].map((name) => asXml(`an element named ${name}`, `<Patient xmlns="http://hl7.org/fhir"><${name} value="${sentinel}"/></Patient>`)),
  asXml('an attribute named __proto__', `<Patient xmlns="http://hl7.org/fhir" __proto__="${sentinel}"/>`),
] // prettier-ignore

const untyped = creating('no type', bytes(whole), { headers: {}, status: [415] })

/** Everything wrong that the body of one resource can be. */
export const bodies: readonly BadRequest[] = [
  ...truncated,
  ...deep,
  ...large,
  ...mistyped,
  ...xml,
  ...wholes,
  ...repeated,
  ...keys,
  ...encodings,
  ...types,
  untyped,
]
