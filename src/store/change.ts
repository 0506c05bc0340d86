import type { FhirResource } from 'fhir/r4'
import type { Cut, LabelledElement } from '../consent/cuts.ts'
import type { Basis } from '../consent/label.ts'
import type { Label, Mask } from '../consent/labels.ts'

/** One change to one resource, authorized, validated and identified: what `accept` hands to the store. */
export interface Change {
  readonly action: 'create' | 'update' | 'delete' | 'relabel'
  /** With its id. For a delete only type and id count. */
  readonly resource: FhirResource
  /** Key of the organization that holds the record. */
  readonly custodian: number
  /** Key of the organization that sent it. */
  readonly submitter: number
  /** Whether policy-bearing data takes effect (CONSENT rules, section 2). */
  readonly effective: boolean
  /** A trusted import keeps version id, lastUpdated and labels as they come. */
  readonly keep: boolean
  /** Labels that say what kind of record it is, by whoever makes it; no sender can state or take them off. */
  readonly marks?: readonly Label[]
  /** What was held for not conforming to a profile is held no more: an officer has accepted it. */
  readonly accepted?: true
  /** Labels that an officer takes off, as far as they were somebody's word. */
  readonly lowered?: Mask
  /** The cut that its writer saw and changed, or deleted. */
  readonly seen?: { readonly mask: Mask; readonly deleted: boolean }
  /** What the writer says where something hidden stands, and all that the writer says. */
  readonly instead?: { readonly values: Readonly<Record<string, unknown>>; readonly said: FhirResource }
  /** For a Patient: the person it is, once identified. */
  readonly person?: number
  /**
   * A move that a Part 2 program makes on a Task it received: only the program sees it, the resource stays as it was
   * for everybody else (42 CFR 2.13). The mask is that of the cut which the program wrote over.
   */
  readonly progress?: { readonly resource: FhirResource; readonly mask: Mask }
  /**
   * Its superseded versions, where labels are worked out anew: of what the row has, only what somebody stated stays, and
   * every version says again what its content says.
   */
  readonly past?: readonly PastRow[]
}

/** A current row of the resource table, as a write needs it. */
export interface CurrentRow {
  readonly key: bigint
  readonly type: string
  readonly id: string
  readonly mask: Mask
  readonly richer: readonly Mask[] | null
  readonly version: string
  readonly updated: Date
  readonly person: number | null
  readonly others: number[] | null
  readonly custodian: number
  readonly submitter: number
  readonly confidentiality: number
  /** The confidentiality that somebody stated, as a rank. */
  readonly stated: number | null
  readonly held: boolean
  readonly deleted: boolean
  readonly effective: boolean
  readonly crossing: boolean
  readonly labels: readonly Basis[]
  readonly content: string
  /** What provisions about single records look at; its dates as text, for they may be without an end. */
  readonly author: string | null
  readonly codes: readonly string[] | null
  readonly refs: readonly string[] | null
  readonly low: string | null
  readonly high: string | null
  /** Whether it is held until its labels are worked out anew. Its mask, and those of richer cuts, do not say so. */
  readonly due: boolean
}

/** A superseded version of one cut, as labelling it again needs it. */
export interface PastRow {
  readonly key: bigint
  readonly mask: Mask
  readonly richer: readonly Mask[] | null
  readonly deleted: boolean
  readonly confidentiality: number
  readonly labels: readonly Basis[]
  readonly content: string
}

/** A change with its labels, its cuts and its patients: ready to be written. */
export interface Prepared {
  readonly change: Change
  readonly type: string
  readonly id: string
  /** Its current rows, poorest cut first. */
  readonly prior: readonly CurrentRow[]
  readonly mask: Mask
  readonly bases: readonly Basis[]
  readonly cuts: readonly Cut[]
  /** The elements of one of its versions that carry labels of their own, as things stand now. */
  readonly elementsOf: (version: FhirResource) => readonly LabelledElement[]
  /** The confidentiality that somebody stated, as a rank. */
  readonly stated: number | null
  readonly person: number | undefined
  readonly others: readonly number[]
  /** Whether it cites a record of another custodian or person. */
  readonly crossing: boolean
}

/** What a write did. */
export interface Written {
  readonly type: string
  readonly id: string
  readonly created: boolean
  /** Where an exception was opened for the patient, and nothing written: which. */
  readonly exception?: string
  readonly labels: readonly string[]
  readonly person: number | undefined
  readonly custodian: number
}
