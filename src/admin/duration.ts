import { misuse } from './fault.ts'

const iso =
  /^P(?=\d|T\d)(?:(?<years>\d+)Y)?(?:(?<months>\d+)M)?(?:(?<weeks>\d+)W)?(?:(?<days>\d+)D)?(?:T(?=\d)(?:(?<hours>\d+)H)?(?:(?<minutes>\d+)M)?(?:(?<seconds>\d+)S)?)?$/i

const short = /^(?<amount>\d+)(?<unit>[smhdw])$/i

const units = { s: 'seconds', m: 'minutes', h: 'hours', d: 'days', w: 'weeks' } as const

/** The moment that lies a duration after another (ISO 8601, or short: 30m, 4h, 2d); years and months by the calendar. */
export const advanced = (from: Date, duration: string): Date => {
  const parts = read(duration)
  const to = new Date(from)
  to.setUTCMonth(to.getUTCMonth() + 12 * (parts.years ?? 0) + (parts.months ?? 0))
  const days = 7 * (parts.weeks ?? 0) + (parts.days ?? 0)
  const seconds = ((days * 24 + (parts.hours ?? 0)) * 60 + (parts.minutes ?? 0)) * 60 + (parts.seconds ?? 0)
  return new Date(to.getTime() + seconds * 1000)
}

type Parts = Readonly<Record<string, number | undefined>>

const read = (text: string): Parts => {
  const { amount, unit } = short.exec(text)?.groups ?? {}
  if (amount !== undefined && unit !== undefined)
    return { [units[unit.toLowerCase() as keyof typeof units]]: Number(amount) }
  const groups = iso.exec(text)?.groups
  if (groups === undefined) return misuse(`\`${text}\` is not a duration: write it as P1D, PT4H, 4h or 30m`)
  return Object.fromEntries(
    Object.entries(groups as Record<string, string | undefined>).map(([name, value]) => [
      name,
      value === undefined ? undefined : Number(value),
    ]),
  )
}
