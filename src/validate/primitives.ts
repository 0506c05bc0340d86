/** What is wrong with a primitive, as the end of the sentence that begins with its name; undefined if nothing is. */
export type Fault = string | undefined

type Rule = { json: 'string' | 'number' | 'boolean'; holds: (value: unknown) => boolean; must: string }

const longest = 1024 * 1024

const year = '([0-9]([0-9]([0-9][1-9]|[1-9]0)|[1-9]00)|[1-9]000)'
const month = '(0[1-9]|1[0-2])'
const day = '(0[1-9]|[12][0-9]|3[01])'
const clock = '([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)(\\.[0-9]+)?'
const zone = '(Z|[+-]((0[0-9]|1[0-3]):[0-5][0-9]|14:00))'

const date = new RegExp(`^${year}(-${month}(-${day})?)?$`)
const dateTime = new RegExp(`^${year}(-${month}(-${day}(T${clock}${zone})?)?)?$`)
const instant = new RegExp(`^${year}-${month}-${day}T${clock}${zone}$`)
const time = new RegExp(`^${clock}$`)

/** What XML has no character for. */
// oxlint-disable-next-line no-control-regex
const control = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/

/** Whether a text has only what XML has characters for and UTF-8 bytes. https://hl7.org/fhir/R4/datatypes.html#string */
export const isUnicode = (value: string): boolean => value.isWellFormed() && !control.test(value)

const matches = (pattern: RegExp) => (value: string) => pattern.test(value) && isUnicode(value)
const onCalendar = (pattern: RegExp) => (value: string) => pattern.test(value) && isDay(value.slice(0, 10))
const integer = (least: number) => (value: number) =>
  Number.isInteger(value) && value >= least && value <= 2_147_483_647

const text = (holds: (value: string) => boolean, must: string): Rule => ({
  json: 'string',
  holds: (value) => typeof value === 'string' && holds(value),
  must,
})
const number = (holds: (value: number) => boolean, must: string): Rule => ({
  json: 'number',
  holds: (value) => typeof value === 'number' && holds(value),
  must,
})

const string = text(
  (value) => value.length > 0 && value.length <= longest && isUnicode(value),
  'must be text of 1 to 1048576 characters without control characters; leave the element out if there is none',
)
const uri = text(matches(/^\S+$/), 'must be a URI without spaces')
const moment = 'date and time with seconds and zone like `2026-03-01T09:30:00-05:00`'

/** https://hl7.org/fhir/R4/datatypes.html#primitive */
const rules: Readonly<Record<string, Rule>> = {
  string,
  markdown: string,
  uri,
  url: uri,
  canonical: uri,
  xhtml: text((value) => value.length > 0 && isUnicode(value), 'must be XHTML in one `div`'),
  boolean: {
    json: 'boolean',
    holds: (value) => typeof value === 'boolean',
    must: 'must be `true` or `false`',
  },
  integer: number(integer(-2_147_483_648), 'must be a whole number of 32 bits'),
  unsignedInt: number(integer(0), 'must be a whole number from 0 to 2147483647'),
  positiveInt: number(integer(1), 'must be a whole number from 1 to 2147483647'),
  decimal: number(Number.isFinite, 'must be a number'),
  date: text(onCalendar(date), 'must be a date: `YYYY`, `YYYY-MM` or `YYYY-MM-DD`'),
  dateTime: text(onCalendar(dateTime), `must be a date, or a ${moment}`),
  instant: text(onCalendar(instant), `must be a ${moment}`),
  time: text(matches(time), 'must be a time of day like `09:30:00`'),
  code: text(matches(/^[^\s]+(\s[^\s]+)*$/), 'must be a code without leading, trailing or double spaces'),
  id: text(matches(/^[A-Za-z0-9.-]{1,64}$/), 'must be 1 to 64 letters, digits, `-` or `.`'),
  oid: text(matches(/^urn:oid:[0-2](\.(0|[1-9][0-9]*))+$/), 'must be an OID like `urn:oid:1.2.3`'),
  uuid: text(
    matches(/^urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
    'must be a UUID like `urn:uuid:c757873d-ec9a-4326-a141-556f43239520`',
  ),
  base64Binary: text(isBase64, 'must be Base64'),
}

/** Checks a value against the JSON type, the format and the range of a primitive datatype. */
export function primitiveFault(type: string, value: unknown): Fault {
  const rule = rules[type]
  if (rule === undefined) return undefined
  if (typeof value !== rule.json) return `must be a JSON ${rule.json} (\`${type}\`)`
  return rule.holds(value) ? undefined : rule.must
}

/** Whether the date exists: no 30 February. Partial dates always do. */
function isDay(value: string): boolean {
  if (value.length < 10 || Number(value.slice(8)) <= 28) return true
  const [y = 0, m = 0, d = 0] = value.split('-').map(Number)
  return d <= new Date(Date.UTC(y, m, 0)).getUTCDate()
}

function isBase64(value: string): boolean {
  const packed = value.replace(/\s+/g, '')
  return packed.length > 0 && packed.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(packed)
}
