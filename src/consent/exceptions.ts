import type { Asked } from './asked.ts'
import type { Criterion } from './criteria.ts'
import { actsFor } from './match.ts'
import { every, type Mask, notes, reserved } from './labels.ts'

/** What the law places before consent (CONSENT rules, sections 4.1 and 5): each with a purpose of its own, and its section. */
export const exceptionKinds = {
  emergency: { purpose: 'BTG', citation: '42 CFR 2.51' },
  'court-order': { purpose: 'HLEGAL', citation: '42 CFR 2.61' },
  audit: { purpose: 'HCOMPL', citation: '42 CFR 2.53' },
  research: { purpose: 'HRESCH', citation: '42 CFR 2.52' },
  'child-abuse-report': {
    purpose: 'THREAT',
    citation: '42 CFR 2.12(c)(6), 45 CFR 164.512(b)(1)(ii)',
  },
  'adult-abuse-report': { purpose: 'THREAT', citation: '45 CFR 164.512(c)' },
  'domestic-violence-report': { purpose: 'THREAT', citation: '45 CFR 164.512(c)' },
} as const satisfies Readonly<Record<string, { purpose: string; citation: string }>>

export type ExceptionKind = keyof typeof exceptionKinds

/** One exception that was opened for a person, or for all of a custodian's. */
export interface Exception {
  readonly id: string
  readonly kind: ExceptionKind
  /** The recipient: this organization, and none that it is a part of or that is part of it. */
  readonly organization: string
  /** Whose records; all custodians' where absent. */
  readonly custodian: string | undefined
  /** In milliseconds since 1970 UTC, the end excluded. */
  readonly start: number
  readonly end: number
  readonly allowed: Mask
  /** What a record must meet to be in its scope. */
  readonly criteria: readonly ScopeCriterion[]
}

export type ScopeCriterion = Extract<Criterion, { kind: 'class' | 'dataPeriod' | 'data' }>

/** What a mandated report may be of; the exception that opens one is `<kind>-report`. */
export const reportKinds = ['child-abuse', 'adult-abuse', 'domestic-violence'] as const

export type ReportKind = (typeof reportKinds)[number]

/** The exception that opens a report: that one document, and no record (CONSENT rules, section 5). */
export const exceptionFor = (kind: ReportKind): ExceptionKind => `${kind}-report`

/** Whether an exception opens a report that was written for its recipient, and so nothing of what is on record. */
export const isReport = ({ kind }: Pick<Exception, 'kind'>): boolean =>
  reportKinds.some((own) => exceptionFor(own) === kind)

/** The most that any exception opens: no psychotherapy or counseling notes, and nothing that is held back from all. */
export const exceptable: Mask = every & ~notes & ~reserved

/** The exceptions that this asker and these records are the subject of: exactly its purpose, never by subsumption. */
export const concerning = (
  exceptions: readonly Exception[],
  asked: Asked,
  custodian: string,
): readonly Exception[] =>
  exceptions.filter(
    (own) =>
      actsFor(asked) &&
      own.organization === asked.organization &&
      exceptionKinds[own.kind].purpose === asked.purpose &&
      (own.custodian === undefined || own.custodian === custodian),
  )

/** Those of them that are in force at a moment. */
export const inForce = (exceptions: readonly Exception[], moment: number): readonly Exception[] =>
  exceptions.filter(({ start, end }) => start <= moment && moment < end)
