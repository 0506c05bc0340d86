import type { Settings } from '../settings.ts'
import type { Connection } from '../store/database.ts'
import { readFact, writeFact } from './facts.ts'

/**
 * By how many milliseconds the data clock is ahead of the real one. `SLUICE_CLOCK` says where it starts; from then on
 * it runs, over restarts too, until it is moved or `SLUICE_CLOCK` says something else. Production has no such clock.
 */
export const startOffset = async (
  connection: Connection,
  { clock, production }: Pick<Settings, 'clock' | 'production'>,
): Promise<number> => {
  if (production) return 0
  if (clock !== undefined && String(clock) !== (await readFact(connection, 'clock-start'))) {
    const offset = clock - Date.now()
    await writeFact(connection, 'clock', String(offset))
    await writeFact(connection, 'clock-start', String(clock))
    return offset
  }
  return storedOffset(connection)
}

/** The offset that was stored last. */
export const storedOffset = async (connection: Connection): Promise<number> =>
  Number((await readFact(connection, 'clock')) ?? 0)
