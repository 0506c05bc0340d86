/** One row of the trail: a disclosure, a refusal, a write or a sign-in. Holds references and codes, never content. */
export interface AuditEntry {
  readonly at: Date
  readonly request: string
  readonly interaction: string
  /** `done` is of what neither discloses nor writes a record: signing in. */
  readonly outcome: 'disclosed' | 'refused' | 'written' | 'failed' | 'done'
  readonly client: string
  readonly organization: string
  readonly purpose: string
  readonly custodians: readonly number[]
  readonly persons: readonly number[]
  readonly detail: Readonly<Record<string, unknown>>
}

/** One accounted disclosure (45 CFR 164.528(b)): who got what about whom, when, for what, on which basis. */
export interface AccountingEntry {
  readonly at: Date
  readonly request: string
  readonly person: number
  readonly custodian: number
  readonly recipient: string
  readonly recipientClass: string
  readonly purpose: string
  readonly basis: unknown
  readonly description: unknown
  readonly notice: string | null
  /** SHA-256 of the bytes that left, in hexadecimal. */
  readonly hash: string
}

/** Keeps the record. A promise that resolves means that the rows are durable; one that rejects, that nothing may leave. */
export interface RecordKeeper {
  keep(audit: AuditEntry, accounting?: readonly AccountingEntry[]): Promise<void>
}
