import * as z from 'zod'
import { startOf } from '../../fhir/dates.ts'

const line = z.string().min(1).max(200)
const when = z.string().refine((text) => !Number.isNaN(startOf(text)), 'is not a FHIR date or dateTime')
const day = when.refine((text) => !text.includes('T'), 'has a time')

const accommodation = z.strictObject({
  system: z.literal('https://sluice.example/fhir/CodeSystem/accommodation'),
  code: z.string().regex(/^[a-z][a-z-]{1,63}$/),
  display: line,
})

const author = z.strictObject({
  name: line.optional(),
  contact: z.array(z.strictObject({ kind: z.enum(['phone', 'email']), value: line })).default([]),
})

const paper = { date: day, authors: z.array(author).default([]) }
const plan = {
  ...paper,
  accommodations: z.array(accommodation).default([]),
  effective: z.strictObject({ from: day.optional(), until: day.optional() }).optional(),
}

const document = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('excuse'),
    ...paper,
    timeInCare: z.strictObject({ start: when.optional(), end: when.optional() }).optional(),
  }),
  z.strictObject({ type: z.literal('return-to-school'), ...paper }),
  z.strictObject({ type: z.literal('accommodation-letter'), ...plan }),
  z.strictObject({ type: z.literal('safety-plan-school-part'), ...plan }),
  z.strictObject({ type: z.literal('medication-administration'), ...paper }),
])

/** All that a school may be told, and the last gate before it: an element that is not here refuses the summary. */
export const schoolSummarySchema = z.strictObject({
  student: z.strictObject({ localId: line, name: line, birthDate: day.optional() }),
  school: z.strictObject({ id: line, name: line }),
  documents: z.array(document).min(1),
  consent: z.strictObject({
    reference: line,
    expires: when.optional(),
    /** 42 CFR 2.32(b): only with records of a Part 2 program, since it holds the signer's own words. */
    scope: z.string().min(1).max(4000).optional(),
  }),
  /** 34 CFR 99.33(d), 42 CFR 2.32(a). */
  notice: z.string().min(1).max(4000),
  retrieved: z.iso.datetime(),
})

export type SchoolSummary = z.infer<typeof schoolSummarySchema>
export type SchoolDocument = SchoolSummary['documents'][number]
export type SchoolAuthor = SchoolDocument['authors'][number]
