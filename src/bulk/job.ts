import type { Place } from '../search/cursor.ts'

/** What an export was asked for, settled. It is kept sealed: parameters of searches may tell of patients. */
export interface ExportAsked {
  readonly level: 'system' | 'Patient' | 'Group'
  /** The address of the kick-off, for the manifest. */
  readonly request: string
  readonly types: readonly string[]
  /** Parameters of searches by type; what any of them finds is wanted. */
  readonly filters: Readonly<Record<string, readonly string[]>>
  /** Whether parameters in them that are not served are passed over. */
  readonly lenient: boolean
  /** As instants: only what was changed after the first, and before the second. */
  readonly since?: string
  readonly until?: string
  /** As `_elements` of a search names them. */
  readonly elements: readonly string[]
  /** Provenances of what is exported: the newest of each, or all. */
  readonly associated?: 'latest' | 'all'
  /** Whether the patients were settled when it began: those that were named, or the members of a Group. */
  readonly named: boolean
}

/** How far the lines of an export are found: in which of its parts, at which patient, after which key. */
export interface Position {
  readonly part: number
  readonly patient?: string
  readonly after?: Place
}

/** One line of an export. */
export interface Line {
  readonly deleted: boolean
  readonly type: string
  readonly id: string
  readonly version: string
}

/** A file of an export: lines of one type from one id on, and before another. */
export interface ExportFile {
  readonly deleted: boolean
  readonly type: string
  readonly from: string
  readonly before?: string
}

/** Who an export belongs to: a client in what it acts for, organization and purpose. */
export interface Owner {
  readonly client: string
  readonly audience: number
}

/** An export as it stands. */
export interface Job extends Owner {
  readonly key: number
  readonly id: string
  readonly scope: string
  readonly asked: string
  readonly moment: Date
  readonly state: 'running' | 'done' | 'failed' | 'gone'
  readonly step: number
  readonly position: Position
  readonly files: readonly ExportFile[] | null
  /** What was passed over of what was asked for, as texts. */
  readonly notes: readonly string[]
  readonly faults: number
  readonly expires: Date
}

/** To what a sealed request belongs. */
export const boundTo = (id: string): string => `export ${id}`
