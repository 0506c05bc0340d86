import type { Hl7Segment } from '@medplum/core'
import { type Components, DATA_TYPES, DATE_TYPES } from './datatypes.ts'
import { readDate, readZone, type Zone } from './dates.ts'
import { unescapeText } from './escape.ts'
import type { Message } from './parse.ts'
import { type Hl7Problem, type Location, problemAt } from './problem.ts'
import { SEGMENTS, type Structure } from './segments.ts'

/** A segment by the names of its fields; a field that repeats, or a single one, is always an array. */
export type SourceSegment = {
  readonly [field: string]: unknown
  readonly line: number
  readonly occurrence: number
}

/** A message as templates read it: `PID.patientIdentifierList.idNumber`. */
export type Source = { readonly [segment: string]: readonly SourceSegment[] }

export type ReadSource =
  | { readonly ok: true; readonly source: Source; readonly ignored: readonly string[] }
  | { readonly ok: false; readonly problem: Hl7Problem }

/** Far more than a field of a referral has; see MAX_SEGMENTS. */
const MAX_REPETITIONS = 100

type Reading = { readonly message: Message; readonly zone: Zone; readonly problems: Hl7Problem[] }

/**
 * Reads the segments of a structure into a plain object, un-escaped, with FHIR dates. Notes under an OBX belong
 * to it. Segments the structure does not know are ignored and named (HL7 v2.5.1, 2.10); a wrong date, a missing
 * or a surplus segment is a problem. The delete marker `""` reads as no value (2.5.3).
 */
export function readSource(message: Message, structure: Structure, timeZone: string): ReadSource {
  const zone = readZone(timeZone)
  if (!zone) {
    const text = "the partner's time zone is not known"
    return { ok: false, problem: { code: 'AE', errorCode: '207', text } }
  }
  const reading: Reading = { message, zone, problems: [] }
  const source: { [segment: string]: SourceSegment[] } = {}
  const ignored = new Set<string>()
  const seen = new Map<string, number>()
  let result: SourceSegment | undefined
  for (const [index, segment] of message.hl7.segments.entries()) {
    if (segment.name === '') continue
    if (!structure[segment.name]) {
      ignored.add(segment.name)
      continue
    }
    const known = (source[segment.name] ??= [])
    const occurrence = (seen.get(segment.name) ?? 0) + 1
    seen.set(segment.name, occurrence)
    const read = readSegment(segment, { segment: segment.name, line: index + 1, occurrence }, reading)
    if (segment.name === 'NTE' && result) addNote(result, read)
    else known.push(read)
    if (segment.name !== 'NTE') result = segment.name === 'OBX' ? read : undefined
  }
  const problem = checkStructure(source, structure) ?? reading.problems[0]
  return problem ? { ok: false, problem } : { ok: true, source, ignored: [...ignored] }
}

function addNote(result: SourceSegment, note: SourceSegment): void {
  const notes = result['notes']
  if (Array.isArray(notes)) notes.push(note)
}

function readSegment(
  segment: Hl7Segment,
  location: Location & { line: number; occurrence: number },
  reading: Reading,
): SourceSegment {
  const { line, occurrence } = location
  const read: { [field: string]: unknown; line: number; occurrence: number } = { line, occurrence }
  const valueType = segment.name === 'OBX' ? segment.getField(2)?.toString() : undefined
  for (const [number, [name, declared]] of Object.entries(SEGMENTS[segment.name] ?? {})) {
    const at = { ...location, field: Number(number) }
    const field = segment.getField(Number(number))
    if (!field) continue
    if (field.components.length > MAX_REPETITIONS) {
      reading.problems.push(problemAt('AE', '102', at, `repeats more than ${MAX_REPETITIONS} times`))
      continue
    }
    const type = declared === '*' ? (valueType ?? 'ST') : declared
    const values = field.components
      .map((components) =>
        readValue(components.join(reading.message.delimiters.component), type, 'component', at, reading),
      )
      .filter((value) => value !== undefined)
    if (values.length > 0) read[name] = values
  }
  if (segment.name === 'OBX') read['notes'] = []
  return read
}

/** Reads a field's repetition or one of its components; undefined when it is empty. */
function readValue(
  text: string,
  type: string,
  level: 'component' | 'subcomponent',
  location: Location,
  reading: Reading,
): unknown {
  if (text === '' || text === '""') return undefined
  const { delimiters, charset } = reading.message
  if (DATE_TYPES.has(type)) return readDateAt(text.split(delimiters[level])[0] ?? '', location, reading)
  const components = typeOf(type)
  if (!components) return unescapeText(text, delimiters, charset)
  const parts = text.split(delimiters[level])
  const entries = Object.entries(components).flatMap(([number, [name, inner]]) => {
    const part = parts[Number(number) - 1]
    if (part === undefined) return []
    const at = level === 'component' ? { ...location, component: Number(number) } : location
    const value =
      level === 'component' ? readValue(part, inner, 'subcomponent', at, reading) : leaf(part, reading)
    return value === undefined ? [] : [[name, value]]
  })
  return entries.length > 0 ? Object.fromEntries(entries) : undefined
}

function leaf(text: string, { message }: Reading): string | undefined {
  return text === '' || text === '""' ? undefined : unescapeText(text, message.delimiters, message.charset)
}

function typeOf(type: string): Components | undefined {
  const name = type === 'CWE' || type === 'CNE' ? 'CE' : type
  return Object.hasOwn(DATA_TYPES, name) ? DATA_TYPES[name] : undefined
}

function readDateAt(text: string, location: Location, { zone, problems }: Reading): string | undefined {
  if (text === '') return undefined
  const date = readDate(text, zone)
  if (date === undefined) problems.push(problemAt('AE', '102', location, 'is not a date that exists'))
  return date
}

function checkStructure(source: Source, structure: Structure): Hl7Problem | undefined {
  for (const [segment, { min, max }] of Object.entries(structure)) {
    const found = source[segment] ?? []
    if (found.length < min) return problemAt('AE', '100', { segment }, 'the segment is missing')
    const surplus = max === 1 ? found[1] : undefined
    if (!surplus) continue
    const { line, occurrence } = surplus
    return problemAt('AE', '100', { segment, line, occurrence }, 'the segment stands more than once')
  }
  return undefined
}
