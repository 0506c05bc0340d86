import * as z from 'zod'
import { exceptable, type ScopeCriterion } from '../consent/exceptions.ts'
import { bit, bitOf, closure, labels, type Mask, named } from '../consent/labels.ts'
import { isResourceType } from '../fhir/definitions/structures.ts'
import { endOf, startOf } from '../fhir/dates.ts'
import { system } from '../fhir/names.ts'
import { day, reference, said } from './stated-form.ts'

const label = z.string().transform((text, context): Mask => {
  const known = labels.find((own) => own === text)
  const mask = known === undefined ? bitOf({ system: system.actCode, code: text }) : bit(known)
  const [name] = named(mask)
  if (name !== undefined && (mask & ~exceptable) === 0n) return closure(name, 'permit')
  context.addIssue({
    code: 'custom',
    message: `\`${text}\` is not a sensitivity label that an exception can open`,
  })
  return z.NEVER
})

const scope = (citation: string) =>
  z.strictObject(
    {
      description: said(`what is disclosed, and no more than is needed (${citation})`),
      /** Without labels, every one that an exception can open. */
      labels: z.array(label).min(1).optional(),
      types: z.array(z.string().refine(isResourceType, 'is not an R4 resource type')).min(1).optional(),
      from: day('the first day of what is disclosed').optional(),
      until: day('the last day of what is disclosed').optional(),
    },
    { error: `is missing: say {description, labels, types, from, until} (${citation})` },
  )

const common = (citation: string) => ({
  organization: reference('Organization', 'who receives the records'),
  custodian: reference('Organization', 'whose records they are'),
  by: said('the officer of the custodian who opens it'),
  scope: scope(citation),
  end: day(`the day on which it ends (${citation})`),
})

const attested = (citation: string, what: string) => ({
  ...common(citation),
  /** Without one, everybody whose records the custodian holds. */
  patient: reference('Patient', 'the patient').optional(),
  attestation: said(`${what} (${citation})`),
  attestedBy: said(`who attests it (${citation})`),
  noOnwardIdentification: z.union([z.literal(true), z.string().trim().min(1)], {
    error: `is missing: state that no patient will be identified to others (${citation})`,
  }),
})

/** What the custodian's officer states for an exception; every fault is told at once, with the section that asks for it. */
export const exceptionForm = z.discriminatedUnion(
  'kind',
  [
    z.strictObject({
      kind: z.literal('court-order'),
      ...common('42 CFR 2.64(e), 2.65(e)'),
      patient: reference('Patient', 'the patient'),
      court: said('which court made the order (42 CFR 2.61)'),
      docket: said('its docket number (42 CFR 2.61)'),
      date: day('the date of the order'),
      order: said(
        'what the order of the court authorizes: a subpoena alone discloses nothing (42 CFR 2.61(b)(1))',
      ),
      compulsion: said(
        'the subpoena or similar mandate: an order authorizes and does not compel (42 CFR 2.61(a), (b)(2))',
      ),
    }),
    z.strictObject({
      kind: z.literal('audit'),
      ...attested('42 CFR 2.53', 'what the auditor agreed to in writing'),
    }),
    z.strictObject({
      kind: z.literal('research'),
      ...attested('42 CFR 2.52', 'what the researcher agreed to in writing'),
    }),
  ],
  {
    error: ({ code }) =>
      code === 'invalid_union'
        ? 'must be court-order, audit or research; an emergency is stated by POST Patient/$break-glass'
        : 'must be one object',
  },
)

export type ExceptionForm = z.output<typeof exceptionForm>

/** The labels of a scope, and what a record must meet to be in it. */
export const scopeOf = ({
  labels: chosen,
  types,
  from,
  until,
}: ExceptionForm['scope']): { allowed: Mask; criteria: ScopeCriterion[] } => ({
  allowed: chosen === undefined ? exceptable : chosen.reduce((mask, own) => mask | own, 0n),
  criteria: [
    ...(types === undefined ? [] : [{ kind: 'class' as const, values: types }]),
    ...(from === undefined && until === undefined
      ? []
      : [
          {
            kind: 'dataPeriod' as const,
            start: from === undefined ? undefined : startOf(from),
            end: until === undefined ? undefined : endOf(until),
          },
        ]),
  ],
})
