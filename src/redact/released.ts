import type { Permission } from '../consent/obligations.ts'
import type { FoundRow } from '../search/find.ts'

declare const released: unique symbol

/**
 * Something that may leave: decided, redacted, and with what goes along by law. Only `redact` makes one; serializers,
 * codecs and deliveries take nothing else.
 */
export interface Released<T> {
  readonly [released]: true
  readonly value: T
}

/** One resource as it leaves: its bytes, and what the record has to say of it. */
export interface ReleasedResource {
  readonly type: string
  readonly id: string
  readonly version: string
  readonly updated: Date
  readonly deleted: boolean
  /** Rank of v3-Confidentiality, 0 to 5. */
  readonly confidentiality: number
  /** JSON, as it goes over the wire. */
  readonly text: string
  readonly disclosure: Disclosure
}

/** Why one resource went out, for the accounting (LAW: what every release names). */
export interface Disclosure {
  readonly person: number | null
  readonly custodian: number
  readonly labels: readonly string[]
  /**
   * `consent` where one was needed; then with which, and under which provision. `exception` where the law opened it
   * before consent; then which one. `representative` where a state's rows let one read; then by which sections.
   */
  readonly basis: 'open' | 'standing' | 'default' | 'held' | 'consent' | 'exception' | 'representative'
  readonly consents: readonly Permission[]
  readonly exceptions: readonly Excepted[]
  readonly citations?: readonly string[]
  /** The notice that went with it (42 CFR 2.32). */
  readonly notice: string | undefined
}

/** An exception that let a record out: what was stated for it is kept under its id. */
export interface Excepted {
  readonly exception: string
  readonly kind: string
  readonly citation: string
}

/** Why a record may go. */
export interface Explanation {
  readonly basis: Disclosure['basis']
  readonly consents: readonly Permission[]
  readonly exceptions: readonly Excepted[]
  /** The sections by which a representative reads. */
  readonly citations?: readonly string[]
}

/** A row with why it may go, as the decision explained it. */
export interface Explained extends Explanation {
  readonly row: FoundRow
}
