/** Gives the offset (`-05:00`) of a wall-clock time, given as if it were UTC; undefined when it never was. */
export type Zone = (wallClock: number) => string | undefined

const DATE = /^(\d{4})(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:\.(\d{1,4}))?)?)?)?)?)?([+-]\d{4})?$/

/**
 * Reads an HL7 v2 date or time stamp (HL7 v2.5.1, 2.A.21 and 2.A.22) into a FHIR date or dateTime of the same
 * precision: https://hl7.org/fhir/R4/datatypes.html#dateTime. The offset is the message's own, else that of
 * the sender's zone. FHIR has no hours without minutes, so those become the date. Undefined: not a date.
 */
export function readDate(text: string, zone: Zone): string | undefined {
  const match = DATE.exec(text)
  if (!match) return undefined
  const [, year = '', month, day, hour, minute, second, fraction, offset] = match
  if (!isDay(Number(year), Number(month ?? 1), Number(day ?? 1))) return undefined
  if (Number(hour ?? 0) > 23 || Number(minute ?? 0) > 59 || Number(second ?? 0) > 59) return undefined
  if (offset !== undefined && !isOffset(offset)) return undefined
  const date = [year, month, day].filter((part) => part !== undefined).join('-')
  if (minute === undefined) return date
  const wallClock = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute))
  const shift = offset === undefined ? zone(wallClock) : `${offset.slice(0, 3)}:${offset.slice(3)}`
  if (shift === undefined) return undefined
  return `${date}T${hour}:${minute}:${second ?? '00'}${fraction === undefined ? '' : `.${fraction}`}${shift}`
}

function isDay(year: number, month: number, day: number): boolean {
  if (year < 1 || month < 1 || month > 12 || day < 1) return false
  return day <= new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate()
}

function isOffset(offset: string): boolean {
  return Number(offset.slice(1, 3)) <= 14 && Number(offset.slice(3)) <= 59
}

/**
 * A sender's time zone: an IANA name or a fixed offset such as `-05:00`. Where clocks are set back, the first
 * of the two instants is taken; a time that clocks jumped over gives undefined. Undefined: no such zone.
 */
export function readZone(name: string): Zone | undefined {
  if (/^[+-]\d\d:\d\d$/.test(name)) return () => name
  const format = zoneFormat(name)
  if (!format) return undefined
  const day = 86_400_000
  return (wallClock) =>
    [offsetAt(format, wallClock - day), offsetAt(format, wallClock + day)].find(
      (offset) => offsetAt(format, wallClock - milliseconds(offset)) === offset,
    )
}

function zoneFormat(timeZone: string): Intl.DateTimeFormat | undefined {
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' })
  } catch {
    return undefined
  }
}

function offsetAt(format: Intl.DateTimeFormat, instant: number): string {
  const name = format.formatToParts(instant).find((part) => part.type === 'timeZoneName')?.value ?? ''
  return /[+-]\d\d:\d\d$/.exec(name)?.[0] ?? '+00:00'
}

function milliseconds(offset: string): number {
  const minutes = Number(offset.slice(1, 3)) * 60 + Number(offset.slice(4))
  return (offset.startsWith('-') ? -minutes : minutes) * 60_000
}

/** An instant as an HL7 time stamp in UTC, for the messages that are built here. */
export function writeTimestamp(instant: Date): string {
  return `${instant.toISOString().replaceAll(/[-:T]|\.\d+Z$/g, '')}+0000`
}
