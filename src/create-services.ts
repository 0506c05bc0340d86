import { sensitivityTables } from '../mappings/sensitivity/index.ts'
import { fingerprintOf } from './consent/fingerprint.ts'
import { codeLabels } from './consent/label.ts'
import { groupCommit } from './record/group-commit.ts'
import { memoryOf } from './memory.ts'
import { commonTokens } from './search/common.ts'
import { type Cipher, sealedCursors, webCipher } from './search/cursor.ts'
import { type Served, servedParameters } from './search/parameters.ts'
import { createUnits } from './search/units.ts'
import type { Clock, Ids, LogEntry, Services } from './services.ts'
import type { Settings } from './settings.ts'
import { type Digest, sha256 } from './smart/secrets.ts'
import { readCursorKey } from './store/cursor-key.ts'
import type { Database } from './store/database.ts'
import { load } from './terminology/terminology.ts'
import { codeSystems, expansions, ownValueSets, profiles } from './validate/profiles.ts'
import { createValidator } from './validate/validate.ts'

/** What an entry brings: the database it opened, and what its runtime does better than the web's standards. */
export interface Brought {
  readonly settings: Pick<
    Settings,
    | 'publicUrl'
    | 'production'
    | 'log'
    | 'clock'
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
  readonly digest?: Digest
  readonly cipher?: Cipher
  readonly clock?: Clock
  readonly ids?: Ids
  /** Made beforehand where services are built for each request. */
  readonly knowledge?: Knowledge
}

/** What is known from profiles and tables, and what of the database outlives a request. */
export type Knowledge = Pick<
  Services,
  'validate' | 'labelOf' | 'labelledBy' | 'parameters' | 'toBase' | 'terminology' | 'common'
>

/** Compiles profiles and tables, once; what a type is searched by is worked out when it is first asked for. */
export const createKnowledge = (): Knowledge => {
  const { validate } = createValidator(profiles, expansions)
  const served = new Map<string, ReadonlyMap<string, Served>>()
  return {
    validate,
    labelOf: codeLabels(sensitivityTables),
    labelledBy: fingerprintOf(sensitivityTables),
    toBase: createUnits(),
    terminology: load(codeSystems, ownValueSets),
    common: commonTokens(),
    parameters: (type) => {
      const known = served.get(type) ?? servedParameters(type)
      served.set(type, known)
      return known
    },
  }
}

/** Builds the services of one process, or of one request on Workers. */
export const createServices = ({
  settings,
  database,
  digest,
  cipher,
  clock,
  ids,
  knowledge = createKnowledge(),
}: Brought): Services => ({
  ...knowledge,
  settings,
  database,
  digest: digest ?? sha256,
  clock: clock ?? startClock(settings.clock),
  ids: ids ?? randomIds,
  record: groupCommit(database),
  callers: memoryOf(1000),
  explanations: memoryOf(20_000),
  cursors: sealedCursors(() => readCursorKey(database), cipher ?? webCipher()),
  log: settings.log ? writeLog : () => undefined,
})

/** A data clock that starts at an instant, in milliseconds since 1970, and runs on from there. */
export const startClock = (from: number | undefined, started = Date.now()): Clock => ({
  now: () => new Date(from === undefined ? Date.now() : from + (Date.now() - started)),
  real: () => new Date(),
})

const hex = (bytes: number): string =>
  [...crypto.getRandomValues(new Uint8Array(bytes))]
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join('')

const randomIds: Ids = {
  resource: () => crypto.randomUUID(),
  version: () => hex(8),
  request: () => crypto.randomUUID(),
}

/** An allow-list of fields: nothing else of an entry is ever written. */
const writeLog = ({ level, event, request, status, milliseconds, client, detail }: LogEntry): void => {
  const line = JSON.stringify({
    time: new Date().toISOString(),
    level,
    event,
    request,
    status,
    milliseconds,
    client,
    detail,
  })
  if (level === 'error') console.error(line)
  else console.log(line)
}
