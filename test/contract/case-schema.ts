import { z } from 'zod'

const told = (text: string) => z.string().describe(text)
const names = (text: string) => z.array(z.string()).optional().describe(text)

const codings = z
  .array(z.looseObject({ system: z.string().optional(), code: z.string().optional() }))
  .optional()

const resource = z.record(z.string(), z.unknown())

const record = z
  .strictObject({
    type: told('FHIR type; Observation where nothing is said').optional(),
    custodian: told('the organization that holds it; that of the case where nothing is said').optional(),
    labels: names(
      'sensitivity labels and policies that the sender put on it: codes of v3-ActCode, or counseling-notes, ferpa',
    ),
    security: codings.describe('further labels in meta.security, as they are'),
    confidentiality: told('code of v3-Confidentiality').optional(),
    code: told('its code, as `system|code`').optional(),
    date: told('its clinical date').optional(),
    raw: resource.optional().describe('elements as they stand in R4, instead of those that the type brings'),
  })
  .describe('a record of the patient, by what matters of it')

const provision = z
  .strictObject({
    effect: told('type: permit or deny; another word stands there as it is').optional(),
    period: names('start and end of its period'),
    to: z
      .array(z.string())
      .nullable()
      .optional()
      .describe('recipients (IRCP): an organization by its id, anything else as `Type/id`'),
    actors: z
      .array(z.strictObject({ role: z.string(), reference: z.string().optional() }))
      .optional()
      .describe('further actors, by the code of their role'),
    recipientClass: told('general designation: extension recipient-class').optional(),
    purposes: names('codes of v3-ActReason'),
    labels: z.array(z.string()).nullable().optional().describe('securityLabel, as the labels of a record'),
    security: codings.describe('further securityLabels, as they are'),
    confidentiality: told('a securityLabel of v3-Confidentiality').optional(),
    classes: names('class: resource types'),
    classSystem: told('another system for `classes`').optional(),
    codes: names('code, each as `system|code`'),
    actions: names('action: codes of consentaction'),
    dataPeriod: names('start and end of its dataPeriod'),
    data: z.array(z.array(z.string())).optional().describe('data: pairs of meaning and reference'),
    get provision(): z.ZodOptional<z.ZodArray<typeof provision>> {
      return z.array(provision).optional()
    },
    raw: resource.optional().describe('elements as they stand in R4, instead of what is made of the rest'),
  })
  .describe('a provision of a Consent, by what it says')

/** What a Consent may be without. */
export const omissions = [
  'patient-name', 'patient-display', 'discloser', 'consent-description', 'recipient', 'purpose', 'revocation-statement', 'expiry',
  'signature', 'signature-purpose', 'signature-date', 'capacity', 'dateTime',
] as const // prettier-ignore

const consent = z
  .strictObject({
    root: provision,
    from: names('Consent.organization: whose records it speaks of; the clinic where nothing is said'),
    patient: told('another patient of the case, as `@name`').optional(),
    status: told('active where nothing is said').optional(),
    policyRule: names('codes of v3-ActCode: OPTIN, OPTOUT'),
    without: z.array(z.enum(omissions)).optional().describe('what it lacks of 42 CFR 2.31(a)'),
    expiryEvent: told('extension expiry-event').optional(),
    tpoStatements: told('extension tpo-statements').optional(),
    scope: told('code of consentscope; patient-privacy where nothing is said').optional(),
    signer: z
      .strictObject({ capacity: z.string(), who: z.string(), onBehalfOf: z.string().optional() })
      .optional()
      .describe('who signed, in what capacity, on whose behalf; the patient where nothing is said'),
    refused: z
      .boolean()
      .optional()
      .describe('so broken that it need not be taken in; whoever takes it decides as is expected'),
    raw: resource
      .optional()
      .describe(
        'elements as they stand in R4: extensions beside those that are made, everything else instead',
      ),
  })
  .describe('a Consent, complete by 42 CFR 2.31(a) but for what is left out')

const exception = z
  .strictObject({
    kind: z.enum(['emergency', 'court-order', 'audit', 'research']),
    to: told('the organization that it is for'),
    from: told('whose records; all custodians where nothing is said').optional(),
    labels: names('the labels in its scope; all that any exception opens where nothing is said'),
    types: names('the types in its scope; all where nothing is said'),
    at: names('start and end; 2026-06-15 from 08:00 to 20:00 UTC where nothing is said'),
  })
  .describe('what was opened before consent, with all that the law asks to be stated')

const ask = z
  .strictObject({
    by: told('the organization that asks, by its client'),
    purpose: told('purpose of use, a code of v3-ActReason; TREAT where nothing is said').optional(),
    user: told('a user of the town, who asks through the client').optional(),
    patient: told('a patient of the case, who asks for the own records').optional(),
    at: told('the moment; 2026-06-15T12:00:00Z where nothing is said').optional(),
  })
  .describe('who asks; the hospital where nothing is said')

const shown = z
  .strictObject({
    effect: z.literal('permit'),
    notices: names('the notices that go with it, by their citations in mappings/notices.json; no other goes'),
    under: z
      .array(z.union([z.number().int(), z.literal('exception')]))
      .optional()
      .describe('the consents that it is said to go under, by their place; or the exception'),
    lacks: names('elements that are left out of it'),
    keeps: names('elements that are not'),
  })
  .describe('permit, and what goes along or is left out')

const expected = z
  .record(z.string(), z.union([z.enum(['permit', 'deny']), shown]))
  .refine((own) => Object.keys(own).length > 0)
  .describe('the decision on each record or patient by its name')

/** One row of the truth tables; test/cases/consent/README.md says what each field means. */
export const caseSchema = z.strictObject({
  note: told('what the case shows, in a line'),
  citation: told('the clause that decides it'),
  given: z.strictObject({
    custodian: told('who holds the records; the clinic where nothing is said').optional(),
    patient: resource
      .optional()
      .describe('elements of the Patient beside name, birthDate and gender, or instead'),
    known: names('organizations that know the patient'),
    also: z
      .record(z.string(), z.array(z.string()))
      .optional()
      .describe('other patients, each with the organizations that know it'),
    records: z.record(z.string(), record),
    resources: z
      .array(resource)
      .optional()
      .describe('further resources of the custodian: care teams, groups, roles'),
    consents: z.array(consent).optional(),
    exceptions: z.array(exception).optional(),
  }),
  ask: ask.optional(),
  expect: expected,
  afterwards: z
    .array(
      z.strictObject({
        note: z.string(),
        revoked: z
          .array(z.number().int())
          .optional()
          .describe('consents that are inactive from here on, by their place'),
        known: names('organizations that know the patient from here on'),
        ask: ask.optional().describe('as before where nothing is said'),
        expect: expected,
      }),
    )
    .optional()
    .describe('what changes afterwards, and what is expected then'),
})

export const casesSchema = z.array(caseSchema)

export type Case = z.infer<typeof caseSchema>
export type RecordSpec = z.infer<typeof record>
export type ExceptionSpec = z.infer<typeof exception>
export type Ask = z.infer<typeof ask>
export type Expected = z.infer<typeof expected>
