import type { DocumentReference } from 'fhir/r4'
import type { ReportKind } from '../consent/exceptions.ts'
import { canonical, system } from '../fhir/names.ts'

/** What a mandated report says, and to whom. */
export interface Report {
  readonly kind: ReportKind
  readonly patient: string
  /** The patient as the agency is to know whom it is about: the Patient itself does not go. */
  readonly person: { readonly name: string; readonly birthDate: string }
  readonly custodian: { readonly reference: string; readonly name: string }
  readonly agency: { readonly reference: string; readonly name: string }
  readonly reporter: string
  readonly noticed: string
  readonly written: Date
  readonly statement: string
  /** The law of the state that demands the report. */
  readonly citation: string
  readonly records: readonly string[]
}

const titles: Readonly<Record<ReportKind, string>> = {
  'child-abuse': 'Report of suspected child abuse or neglect',
  'adult-abuse': 'Report of suspected abuse or neglect of an elder or dependent adult',
  'domestic-violence': 'Report of suspected domestic violence',
}

/**
 * A mandated report as a document of its own (42 CFR 2.12(c)(6), 45 CFR 164.512(b)(1)(ii), (c)): whom and what it is
 * about stands in its text, since neither the Patient nor any record goes with it.
 */
export const reportDocument = (report: Report, id: string): DocumentReference => ({
  resourceType: 'DocumentReference',
  id,
  meta: { security: [{ system: system.confidentiality, code: 'V' }] },
  status: 'current',
  docStatus: 'final',
  type: { text: titles[report.kind] },
  category: [{ coding: [{ system: `${canonical}/CodeSystem/report-kind`, code: report.kind }] }],
  subject: { reference: report.patient },
  date: report.written.toISOString(),
  author: [{ reference: report.custodian.reference }],
  custodian: { reference: report.custodian.reference },
  content: [
    {
      attachment: {
        contentType: 'text/plain; charset=utf-8',
        title: titles[report.kind],
        creation: report.written.toISOString(),
        data: base64(textOf(report)),
      },
    },
  ],
  ...(report.records.length === 0
    ? {}
    : { context: { related: report.records.map((reference) => ({ reference })) } }),
})

const textOf = ({ kind, person, custodian, agency, ...report }: Report): string =>
  [
    titles[kind],
    '',
    `To: ${agency.name}`,
    `From: ${custodian.name}`,
    `Demanded by: ${report.citation}`,
    `About: ${person.name}, born ${person.birthDate}`,
    `Reported by: ${report.reporter}`,
    `Came to notice: ${report.noticed}`,
    `Written: ${report.written.toISOString()}`,
    '',
    report.statement,
    '',
    'This is an initial report. No record of the patient is disclosed with it or because of it.',
  ].join('\n')

const base64 = (text: string): string =>
  btoa(Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join(''))

/** The text of a stored report. */
export const reportText = ({ content }: Pick<DocumentReference, 'content'>): string =>
  new TextDecoder().decode(
    Uint8Array.from(atob(content[0]?.attachment.data ?? ''), (character) => character.charCodeAt(0)),
  )
