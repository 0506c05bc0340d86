import type { Known } from './authenticate/bearer.ts'
import type { Memory } from './memory.ts'
import type { Explanation } from './redact/released.ts'
import type { Database } from './store/database.ts'
import type { Loaded } from './terminology/compose.ts'
import type { Issue } from './problem.ts'
import type { RecordKeeper } from './record/keeper.ts'
import type { Surroundings } from './consent/label.ts'
import type { Common } from './search/common.ts'
import type { Cursors } from './search/cursor.ts'
import type { Served } from './search/parameters.ts'
import type { ToBase } from './search/units.ts'
import type { Digest } from './smart/secrets.ts'
import type { Settings } from './settings.ts'

/** Two clocks: data is dated by the first, which a test or a demo may move; tokens live by the second, which is real. */
export interface Clock {
  now(): Date
  real(): Date
}

/** New ids: resources, versions, requests. Random, so that none tells of another. */
export interface Ids {
  resource(): string
  version(): string
  request(): string
}

/** All that a request needs, built once at the entry and handed down. */
export interface Services {
  readonly settings: Pick<
    Settings,
    | 'publicUrl'
    | 'production'
    | 'log'
    | 'mllpPort'
    | 'crisisHelp'
    | 'profiles'
    | 'acknowledgeMinutes'
    | 'openId'
    | 'proxies'
    | 'exportHours'
    | 'exportLines'
    | 'exportJobs'
  >
  readonly database: Database
  readonly clock: Clock
  readonly ids: Ids
  readonly record: RecordKeeper
  readonly cursors: Cursors
  /** Callers by the hash of their token, and explanations by the permit that they follow from. */
  readonly callers: Memory<Known>
  readonly explanations: Memory<Explanation>
  /** Checks a resource against base R4, the profiles it declares, and those that are named. */
  readonly validate: (resource: unknown, profiles?: readonly string[]) => readonly Issue[]
  /** The search parameters of a type that are served. */
  readonly parameters: (type: string) => ReadonlyMap<string, Served>
  /** What of the index many rows have, by the database's own statistics. */
  readonly common: Common
  /** Code systems and value sets that the gateway brings. */
  readonly terminology: Loaded
  /** Brings quantities into base units. */
  readonly toBase: ToBase
  /** The sensitivity label of a code, by the code tables. */
  readonly labelOf: Surroundings['labelOf']
  /** Fingerprint of what labels are worked out from: the rules, and the tables behind `labelOf`. */
  readonly labelledBy: string
  /** SHA-256 of a text in hexadecimal; synchronous where the runtime has it, which saves the way through a thread. */
  readonly digest: Digest
  /** Writes one line of the log: names and numbers from an allow-list, never a value of a record. */
  readonly log: (entry: LogEntry) => void
}

/** What a log line may hold. */
export interface LogEntry {
  readonly level: 'info' | 'warning' | 'error'
  readonly event: string
  readonly request?: string
  readonly status?: number
  readonly milliseconds?: number
  readonly client?: string
  readonly detail?: string
}

/** The FHIR base, without a slash at its end. */
export const fhirBase = ({ settings }: Pick<Services, 'settings'>): string => `${settings.publicUrl}/fhir`
