/** FHIR R4 date, dateTime and instant with the precision they have (FHIR R4 datatypes 2.24.0.1). */
const shape =
  /^(?<year>\d{4})(?:-(?<month>\d{2})(?:-(?<day>\d{2})(?:T(?<hour>\d{2}):(?<minute>\d{2})(?::(?<second>\d{2})(?:\.(?<fraction>\d{1,9}))?)?(?<zone>Z|[+-]\d{2}:\d{2})?)?)?)?$/

/** The first instant that a date or dateTime covers, in milliseconds since 1970 UTC; NaN for a broken one. */
export const startOf = (text: string): number => span(text)[0]

/** The instant after the last one that it covers: the end of an inclusive period is exclusive. NaN for a broken one. */
export const endOf = (text: string): number => span(text)[1]

/** First instant and the one after the last. A time without a zone, and a date, are read in UTC. */
export const span = (text: string): [number, number] => {
  const parts = shape.exec(text)?.groups
  if (parts === undefined) return [Number.NaN, Number.NaN]
  const { year, month, day, hour, minute, second, fraction, zone } = parts
  const at = (y: number, mo: number, d: number) => new Date(0).setUTCFullYear(y, mo, d)
  const [y, mo, d] = [Number(year), Number(month ?? 1) - 1, Number(day ?? 1)]
  const start = at(y, mo, d)
  if (new Date(start).getUTCMonth() !== mo || mo < 0 || mo > 11) return [Number.NaN, Number.NaN]
  if (month === undefined) return [start, at(y + 1, 0, 1)]
  if (day === undefined) return [start, at(y, mo + 1, 1)]
  if (hour === undefined) return [start, at(y, mo, d + 1)]
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second ?? 0) > 59) return [Number.NaN, Number.NaN]
  const milliseconds = Number(`0.${fraction ?? '0'}`) * 1000
  const instant =
    start +
    Number(hour) * 3_600_000 +
    Number(minute) * 60_000 +
    Number(second ?? 0) * 1000 +
    milliseconds -
    offset(zone)
  const floor = Math.floor(instant)
  return [floor, floor + (second === undefined ? 60_000 : fraction === undefined ? 1000 : 1)]
}

/** A moment as PostgreSQL reads it: what its calendar or four digits of a year do not reach is infinitely far. */
export const instantText = (moment: number): string => {
  if (moment < earliest) return '-infinity'
  return moment > latest ? 'infinity' : new Date(moment).toISOString()
}

const earliest = Date.parse('0001-01-01T00:00:00Z')
const latest = Date.parse('9999-12-31T23:59:59.999Z')

const offset = (zone: string | undefined): number => {
  if (zone === undefined || zone === 'Z') return 0
  const sign = zone.startsWith('-') ? -1 : 1
  return sign * (Number(zone.slice(1, 3)) * 60 + Number(zone.slice(4, 6))) * 60_000
}
