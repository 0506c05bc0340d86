import * as z from 'zod'
import { organizationClasses } from '../consent/asked.ts'
import { reportKinds } from '../consent/exceptions.ts'
import { bit, bitOf, type Label, labels, named, reserved } from '../consent/labels.ts'
import { readPurpose } from '../consent/purposes.ts'
import { system } from '../fhir/names.ts'

const classes = [...organizationClasses, 'patient', 'representative'] as const

/** A label by its own name or by a code that stands for it. */
const label = z.string().transform((text, context): Label => {
  const own = labels.find((one) => one === text) ?? named(bitOf({ system: system.actCode, code: text }))[0]
  if (own !== undefined && (bit(own) & reserved) === 0n) return own
  context.addIssue({ code: 'custom', message: `\`${text}\` is not a sensitivity label` })
  return z.NEVER
})

const purpose = z.string().transform((text, context) => {
  const code = readPurpose(text)
  if (code === undefined) context.addIssue({ code: 'custom', message: `\`${text}\` is not a purpose of use` })
  return code ?? z.NEVER
})

const state = z.string().regex(/^[A-Z]{2}$/, 'must be the two letters of a state')

/** What goes where consents are silent: a row of the default table, or of a state's. */
const defaultRow = z
  .strictObject({
    label,
    class: z.enum(classes).nullish(),
    recipientClass: z.enum(classes).nullish(),
    purpose: purpose.nullish(),
    state: state.nullish(),
    effect: z.enum(['consent', 'ordinary', 'permit']),
    citation: z.string().min(1).default('set by the site'),
  })
  .transform(({ recipientClass, ...own }) => ({
    ...own,
    class: own.class ?? recipientClass ?? null,
    purpose: own.purpose ?? null,
    state: own.state ?? null,
  }))

const cited = z.string({ error: 'is missing: name the law of the state' }).min(1)

/** To whom custodians of a state report what: the law that demands it goes with every report. */
const reportRow = z.strictObject({
  state,
  kind: z.enum(reportKinds, { error: `must be ${reportKinds.join(', ')}` }),
  agency: z.string().regex(/^Organization\/[A-Za-z0-9.-]{1,64}$/, 'must be Organization/<id>'),
  citation: cited,
})

const calendarDay = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}$/, 'must be a day such as 2026-01-01')
  .nullish()
  .transform((text) => text ?? null)

/** What a minor may consent to in a state, from which age, and who signs (42 CFR 2.14, 45 CFR 164.502(g)(3)). */
const minorRow = z.strictObject({
  state,
  label: label.refine((own) => own !== 'ordinary', 'names a treatment, so not the ordinary records'),
  minimumAge: z.number().int().min(0).max(17, 'must be the age of a minor'),
  signs: z.enum(['minor', 'joint'], { error: 'must be minor (alone) or joint (with a parent)' }),
  since: calendarDay,
  until: calendarDay,
  citation: cited,
})

const parts = {
  rows: z.array(defaultRow).default([]),
  reports: z.array(reportRow).default([]),
  minors: z.array(minorRow).default([]),
} as const

const tables = z.strictObject(parts)

/** What `table set` takes: each table by its name, or the rows of the default and state tables alone. */
export type StateTables = z.output<typeof tables>

const alone = z
  .array(defaultRow)
  .min(1)
  .transform((rows): StateTables => ({ ...tables.parse({}), rows }))

/** A file that holds one table only is told its faults by the place in that. */
export const stateTables = z.unknown().transform((given, context): StateTables => {
  const names = typeof given === 'object' && given !== null ? Object.keys(given) : []
  const isWhole = !Array.isArray(given) && names.some((name) => name !== 'rows')
  const single = names.length === 1 && names[0] === 'rows' ? (given as { rows: unknown }).rows : given
  const read = isWhole ? tables.safeParse(given) : alone.safeParse(single)
  if (read.success) return read.data
  for (const { path, message } of read.error.issues) context.addIssue({ code: 'custom', path, message })
  return z.NEVER
})
