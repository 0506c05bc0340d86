import { startOf } from '../../fhir/dates.ts'

/** A dateTime as the school's clocks showed it; a date, and a dateTime where no zone is given, stay as written. */
export const inZone = (text: string, zone: string | undefined): string => {
  const instant = startOf(text)
  if (zone === undefined || !text.includes('T') || Number.isNaN(instant)) return text
  const parts = new Map(
    new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
      timeZoneName: 'longOffset',
    })
      .formatToParts(instant)
      .map(({ type, value }) => [type, value] as const),
  )
  const part = (name: Intl.DateTimeFormatPartTypes) => parts.get(name) ?? ''
  const offset = part('timeZoneName').replace('GMT', '') || '+00:00'
  const day = `${part('year').padStart(4, '0')}-${part('month')}-${part('day')}`
  return `${day}T${part('hour')}:${part('minute')}:${part('second')}${offset}`
}
