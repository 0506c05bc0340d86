import type { Asked } from './forms.ts'

interface Period {
  readonly start?: string
  readonly end?: string
}

interface Timing {
  readonly event?: readonly string[]
  readonly repeat?: { readonly boundsPeriod?: Period }
}

const isDate = (value: unknown): value is string =>
  typeof value === 'string' && /^\d{4}(-\d\d(-\d\d(T.*)?)?)?$/.test(value)

/**
 * A date as it is; a stretch of time by its ends: it reaches its start and what is after it, and its end and what is
 * before that (FHIR R4 search 3.1.1.4.7). Words, ages and ranges are no dates.
 */
export const dateForms = (value: unknown): Asked[] => {
  if (isDate(value))
    return ['', 'ge', 'le'].map((prefix) => ({ form: `${prefix}date`, value: `${prefix}${value}` }))
  if (typeof value !== 'object' || value === null) return []
  return stretches(value).flatMap(({ start, end }) => [
    ...(start === undefined ? [] : [{ form: 'gestart', value: `ge${start}` }]),
    ...(end === undefined ? [] : [{ form: 'leend', value: `le${end}` }]),
  ])
}

const stretches = (value: Period & Timing): Period[] => {
  const { start, end, event = [], repeat } = value
  const bounds = repeat?.boundsPeriod
  const [first] = event
  return [
    ...(isDate(start) || isDate(end)
      ? [{ ...(isDate(start) && { start }), ...(isDate(end) && { end }) }]
      : []),
    ...(first === undefined ? [] : [{ start: first, end: event.at(-1) ?? first }]),
    ...(bounds === undefined ? [] : [bounds]),
  ]
}

const yearOff = (date: string, by: number): string =>
  `${String(Number(date.slice(0, 4)) + by).padStart(4, '0')}${date.slice(4).replace(/^-02-29/, '-02-28')}`

/** A year after the only date; or before everything that begins and ends. */
export const wrongDate = (values: readonly unknown[]): Asked[] => {
  const [only] = values
  if (values.length === 1 && isDate(only)) return [{ form: 'a year off', value: yearOff(only, 1) }]
  const dates = values.flatMap((value) =>
    isDate(value)
      ? [value]
      : typeof value === 'object' && value !== null
        ? stretches(value).flatMap(({ start, end }) => [start, end].filter(isDate))
        : [],
  )
  const [earliest] = dates.toSorted()
  return earliest === undefined ? [] : [{ form: 'a year before', value: `eb${yearOff(earliest, -1)}` }]
}
