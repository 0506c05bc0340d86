import * as z from 'zod'
import { reportKinds } from '../consent/exceptions.ts'
import { day, reference, said } from './stated-form.ts'

/** What an officer of the custodian writes for a mandated report; every fault is told at once. */
export const reportForm = z.strictObject(
  {
    kind: z.enum(reportKinds, { error: `must be ${reportKinds.join(', ')}` }),
    custodian: reference('Organization', 'whose report it is'),
    patient: reference('Patient', 'the patient whom it is about'),
    by: said('the officer of the custodian who writes it'),
    reporter: said('who reports, by name and profession'),
    noticed: day('the day on which it came to notice'),
    statement: said('what is reported, and no more than the law demands'),
    informed: z.union([z.literal(true), z.strictObject({ withheld: said('why the patient is not told') })], {
      error:
        'is missing: say true where the patient was told or is told at once, else {"withheld": <why not>} (45 CFR 164.512(c)(2), 164.524(a)(3))',
    }),
    /** Records of the patient that the report names: they stay where they are. */
    records: z
      .array(z.string().regex(/^[A-Z][A-Za-z]+\/[A-Za-z0-9.-]{1,64}$/, 'must be <type>/<id>'))
      .default([]),
  },
  {
    error: ({ code }) =>
      code === 'unrecognized_keys'
        ? 'has more than a report says: kind, custodian, patient, by, reporter, noticed, statement, informed, records; the agency is that of the state row'
        : 'must be one object',
  },
)

export type ReportForm = z.output<typeof reportForm>

/** Whether the patient may read the report and learn of it here. */
export const isTold = ({ informed }: Pick<ReportForm, 'informed'>): boolean => informed === true
