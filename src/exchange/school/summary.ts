import type { Patient } from 'fhir/r4'
import accommodation from '../../../mappings/school/codes/accommodation.json' with { type: 'json' }
import documentType from '../../../mappings/school/codes/document-type.json' with { type: 'json' }
import summaryMap from '../../../mappings/school/summary.json' with { type: 'json' }
import { endOf } from '../../fhir/dates.ts'
import { compileTemplate } from '../../mapping/template/compile.ts'
import type { Failure } from '../../mapping/template/failure.ts'
import type { Problem } from '../../problem.ts'
import { isCovered, isPart2, labelCheck } from './labels.ts'
import { type SchoolSummary, schoolSummarySchema } from './schema.ts'
import { isSchoolPaper } from './select.ts'
import { type Paper, type Person, schoolModel, sourceDocument } from './source.ts'

/** What a summary is made of. Everything here was decided, redacted and released for this school already. */
export type SchoolInput = {
  /** The student's number in the school's own system, as bound in the consent. */
  readonly localId: string
  readonly school: { readonly id: string; readonly name: string }
  readonly patient: Patient
  readonly documents: readonly Paper[]
  /** By reference, `Practitioner/chen`: only those that were released. */
  readonly people: ReadonlyMap<string, Person>
  readonly consent: { readonly reference: string; readonly expires?: string; readonly scope?: string }
  readonly notice: string
  readonly retrieved: Date
  /** The sensitivity labels that the consent covers, as their codes. */
  readonly allowedLabels: readonly string[]
  /** The custodian is a Part 2 program: its name says what the student is treated for (42 CFR 2.13). */
  readonly hideClinic: boolean
  /** The reader is the school's nurse: nobody else sees an order to give medication. */
  readonly nurse?: boolean
  /** The school's IANA zone; without one, times stay as they were written. */
  readonly timeZone?: string
}

export type SchoolRefusal = { readonly problem: Problem }

const map = compileTemplate(summaryMap, {
  model: schoolModel,
  concepts: { accommodation, 'document-type': documentType },
})

/**
 * The school summary: an allow-list, as `mappings/school/summary.json` has it. Where no paper may be shown, the answer
 * is that for a student who is not known (42 CFR 2.13), name and birth date included.
 */
export const schoolSummary = (input: SchoolInput): SchoolSummary | SchoolRefusal => {
  const { patient, allowedLabels, consent, retrieved } = input
  if (!isCovered(patient, allowedLabels) || hasExpired(consent.expires, retrieved)) return notFound
  const papers = labelCheck(input.documents, allowedLabels).shown.filter((document) =>
    isSchoolPaper(document, `Patient/${patient.id ?? ''}`, input.nurse ?? false),
  )
  if (papers.length === 0) return notFound
  const mapped = map(source(input, papers), { hideClinic: input.hideClinic })
  if (!mapped.ok) return refused(mapped.failure)
  const checked = schoolSummarySchema.safeParse(mapped.value)
  if (checked.success) return checked.data
  const [first] = checked.error.issues
  return unprocessable('the summary is not in the form agreed with schools', first?.path.join('.') ?? '')
}

const source = (input: SchoolInput, papers: readonly Paper[]) => {
  const { localId, school, patient, consent, notice, retrieved, allowedLabels, timeZone } = input
  const people = new Map([...input.people].filter(([, person]) => isCovered(person, allowedLabels)))
  const explained = input.hideClinic || papers.some(isPart2)
  return {
    localId,
    school,
    patient,
    documents: papers.map((paper) => sourceDocument(paper, people, timeZone)),
    consent: explained ? consent : { ...consent, scope: undefined },
    notice,
    retrieved: retrieved.toISOString(),
  }
}

/** 42 CFR 2.31(c): nothing is disclosed on a consent that has expired; an end that cannot be read is one. */
const hasExpired = (expires: string | undefined, now: Date): boolean =>
  expires !== undefined && !(endOf(expires) > now.getTime())

const notFound: SchoolRefusal = { problem: { kind: 'not-found' } }

/** Names the place in the summary and never a value, nor the document: its id is not on the allow-list. */
const refused = ({ kind, target }: Failure): SchoolRefusal =>
  kind === 'unmapped'
    ? unprocessable(
        'a school paper names an accommodation that is not on the list: ask its author to code it anew',
        target,
      )
    : unprocessable('a school paper is incomplete or ambiguous here: ask its author to correct it', target)

const unprocessable = (text: string, expression: string): SchoolRefusal => ({
  problem: { kind: 'unprocessable', issues: [{ code: 'business-rule', text, expression }] },
})
