import { readFileSync } from 'node:fs'
import { type BadRequest, bytes, places, sentinel } from './request.ts'

const media = { 'content-type': 'application/hl7-v2' }

const whole = readFileSync(new URL('../../mappings/hospital/fixtures/ref-i12.hl7', import.meta.url), 'utf8')
  .replaceAll('MERCY', 'OAK')
  .replaceAll('RIVERBEND', 'CLINIC')
  .replaceAll('Rivera', sentinel)

const sending = (name: string, body: BadRequest['body'], more: Partial<BadRequest> = {}): BadRequest => ({
  name: `HL7 v2: ${name}`,
  protocol: 'hl7v2',
  method: 'POST',
  path: '/exchange/hl7v2',
  headers: media,
  body: body ?? '',
  ...more,
})

/** The message under a control id of its own, with one thing wrong in it. */
const wrong = (name: string, change: (text: string) => string): BadRequest =>
  sending(
    name,
    change(whole).replace(
      'MG20260914000117',
      `C${String(name.length)}${name.replaceAll(/[^a-z]/g, '').slice(0, 12)}`,
    ),
  )

const [header = ''] = whole.split('\r')

/** Messages that cannot be taken. */
export const hl7v2: readonly BadRequest[] = [
  ...Object.entries({
    nothing: '',
    'white space': ' \r\n ',
    words: `${sentinel} is no message`,
    JSON: `{"resourceType":"Bundle","id":"${sentinel}"}`,
    XML: `<REF_I12><MSH>${sentinel}</MSH></REF_I12>`,
    MSH: 'MSH',
    'MSH and a bar': 'MSH|',
    'MSH without delimiters': 'MSH||||||||||',
    'MSH with equal delimiters': 'MSH|||||OAK|||||REF^I12|1|P|2.5.1\r',
    'MSH in lower case': whole.replace('MSH', 'msh'),
    'a segment before MSH': `PID|1||${sentinel}\r${whole}`,
    'MSH alone': `${header}\r`,
    'a batch': `BHS|^~\\&|\r${whole}BTS|1\r`,
    'MLLP frames': `\u000b${whole}\u001c\r`,
    'bars': '|'.repeat(50_000),
    'ten thousand segments that are none': `${header}\r${'ZZZ|x\r'.repeat(10_000)}`,
  }).map(([name, body]) => sending(`the message is ${name}`, body)),
  ...places(header.length, 12).map((place) => sending(`cut off in MSH at ${String(place)}`, header.slice(0, place))),
  wrong('no type', (text) => text.replace('REF^I12^REF_I12', '')),
  wrong('another type', (text) => text.replace('REF^I12^REF_I12', 'ORU^R01')),
  wrong('no version', (text) => text.replace('|2.5.1|', '||')),
  wrong('a version of the future', (text) => text.replace('|2.5.1|', '|9.9|')),
  sending('no control id', whole.replace('MG20260914000117', '')),
  wrong('an unknown charset', (text) => text.replace('UNICODE UTF-8', 'KLINGON')),
  wrong('an unknown sender', (text) => text.replaceAll('|OAK|', '|NOBODY|')),
  wrong('an unknown receiver', (text) => text.replaceAll('|CLINIC|', '|NOBODY|')),
  wrong('no patient', (text) => text.replace(/PID\|[^\r]*\r/, '')),
  wrong('two patients', (text) => text.replace(/(PID\|[^\r]*\r)/, '$1$1')),
  wrong('no number of the patient', (text) => text.replace('MG-10023^^^OAK^MR', '')),
  wrong('a number of an unknown authority', (text) => text.replace('MG-10023^^^OAK^MR', 'MG-10023^^^ELSE^MR')),
  wrong('no referral', (text) => text.replace(/RF1\|[^\r]*\r/, '')),
  wrong('a birth date of no calendar', (text) => text.replace('19930417', '19930230')),
  wrong('a birth date in words', (text) => text.replace('19930417', sentinel)),
  wrong('a sex that nobody knows', (text) => text.replace('|F|||88', `|${sentinel}|||88`)),
  wrong('a code system that nobody knows', (text) => text.replaceAll('^I10C|', `^${sentinel}|`)),
  wrong('a code that is none of its system', (text) => text.replace('F33.1^', 'nonsense^')),
  wrong('a priority that nobody knows', (text) => text.replace('A^ASAP^HL70280', `${sentinel}^x^HL70280`)),
  wrong('NUL in a name', (text) => text.replace(`${sentinel}^Elena`, `${sentinel}\u0000^Elena`)),
  wrong('NUL by an escape', (text) => text.replace(`${sentinel}^Elena`, `${sentinel}\\X00\\^Elena`)),
  wrong('NUL in the number of the patient', (text) => text.replace('MG-10023', 'MG\\X00\\10023')),
  wrong('NUL in a note', (text) => text.replace('Prefers', 'Pre\\X00\\fers')),
  sending('NUL in the control id', whole.replace('MG20260914000117', 'A\u0000B')),
  sending('NUL in the sender', whole.replace('|OAK|', '|O\u0000K|')),
  sending('UTF-16', new Uint8Array(Buffer.from(whole, 'utf16le'))),
  sending('bytes', new Uint8Array(Array.from({ length: 4096 }, (_, at) => (at * 151) % 256))),
  sending('bytes after MSH', new Uint8Array([...bytes(`${header}\r`), 0xff, 0xfe, 0x00, 0x80])),
  sending('more than a megabyte', whole + `NTE|3||${'x'.repeat(1_200_000)}\r`, { status: [413] }),
  sending('twenty megabytes', 'x'.repeat(20_000_000), { status: [413] }),
  ...['application/json', 'text/plain', 'application/fhir+json', 'multipart/form-data', ''].map((type) =>
    sending(`the type ${type}`, whole, { headers: { 'content-type': type }, status: [415] }),
  ),
  sending('an authorization that is none', whole, { headers: { ...media, authorization: sentinel }, status: [401] }),
] // prettier-ignore
