import type { Clock, Services } from '../services.ts'
import type { Settings } from '../settings.ts'
import type { Connection } from '../store/database.ts'

/** The data clock of a process: the real one, moved by an offset in milliseconds. */
export interface MovableClock extends Clock {
  offset(): number
  move(offset: number): void
}

/** Where the private keys of the demo clients are kept. */
export interface KeyStore {
  read(client: string): Promise<string | undefined>
  write(client: string, key: string): Promise<void>
  clear(): Promise<void>
}

/** What an operator's command works on: an open gateway, whether it serves or not. */
export interface Administered {
  readonly services: Services
  readonly settings: Settings
  readonly clock: MovableClock
  readonly keys: KeyStore
}

/** A clock that can be moved. */
export const movableClock = (start: number): MovableClock => {
  let moved = start
  return {
    now: () => new Date(Date.now() + moved),
    real: () => new Date(),
    offset: () => moved,
    move: (offset) => {
      moved = offset
    },
  }
}

/**
 * The same services within an open transaction, so that several writes are stored together or not at all. Refusals
 * are told to the operator and leave no audit row: their transaction is undone.
 */
export const within = (services: Services, connection: Connection): Services => ({
  ...services,
  database: {
    kind: services.database.kind,
    query: (statement) => connection.query(statement),
    transaction: (work) => work(connection),
    close: async () => undefined,
  },
  record: { keep: async () => undefined },
})
