import { z } from 'zod'
import { organizationClasses } from '../../consent/asked.ts'
import { bitOf, bit, labels, type Label, named, reserved } from '../../consent/labels.ts'
import { readPurpose } from '../../consent/purposes.ts'
import { system } from '../../fhir/names.ts'
import { rebuildPermits } from '../../store/permits.ts'
import { insertRows, removeRows } from '../default-table.ts'
import { operation } from '../operation.ts'

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

const row = z
  .strictObject({
    label,
    class: z.enum(classes).nullish(),
    recipientClass: z.enum(classes).nullish(),
    purpose: purpose.nullish(),
    state: z
      .string()
      .regex(/^[A-Z]{2}$/, 'must be the two letters of a state')
      .nullish(),
    effect: z.enum(['consent', 'ordinary', 'permit']),
    citation: z.string().min(1).default('set by the site'),
  })
  .transform(({ recipientClass, ...own }) => ({
    ...own,
    class: own.class ?? recipientClass ?? null,
    purpose: own.purpose ?? null,
    state: own.state ?? null,
  }))

const rowsOf = (given: unknown): unknown =>
  typeof given === 'object' && given !== null && 'rows' in given ? given.rows : given

const input = z.preprocess(rowsOf, z.array(row).min(1))

/** Sets rows of the default and state tables; rows that speak of something else stay. */
export const setTable = operation(input, ({ services: { database } }, rows) =>
  database.transaction(async (connection) => {
    const last = new Map(rows.map((one) => [JSON.stringify(subjectOf(one)), one]))
    await removeRows(connection, rows)
    await insertRows(connection, [...last.values()])
    await rebuildPermits(connection, 'all')
    return { rows: last.size }
  }),
)

/** What a row speaks of: of two rows with the same subject the later one counts. */
const subjectOf = (one: z.output<typeof row>) => [one.label, one.class, one.purpose, one.state]
