import * as z from 'zod'
import { startOf } from '../fhir/dates.ts'

/** Something that the law asks to be stated; what is missing is told with its section. */
export const said = (what: string) =>
  z
    .string({ error: `is missing: say ${what}` })
    .trim()
    .min(1, `is empty: say ${what}`)

/** A reference to somebody or something that is kept here. */
export const reference = (type: string, what: string) =>
  z
    .string({ error: `is missing: name ${what} as ${type}/<id>` })
    .regex(new RegExp(`^${type}/[A-Za-z0-9.-]{1,64}$`), `must be ${type}/<id>`)

/** A day, or an instant of it. */
export const day = (what: string) =>
  said(`${what}, such as 2026-12-31`).refine(
    (text) => /^\d{4}-\d{2}-\d{2}/.test(text) && !Number.isNaN(startOf(text)),
    'must be a date such as 2026-12-31',
  )
