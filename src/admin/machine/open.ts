import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { readingOf } from '../../consent/fingerprint.ts'
import { createServices } from '../../create-services.ts'
import { type LockKind, takeLock } from '../../lock.ts'
import type { Settings } from '../../settings.ts'
import type { Database } from '../../store/database.ts'
import { migrate } from '../../store/migrate.ts'
import { renewReadings } from '../../store/readings.ts'
import { noticeLabelling } from '../../store/relabelling.ts'
import { nodeCipher, nodeDigest } from './cryptography.ts'
import { openPostgres } from '../../store/postgres.ts'
import { type Administered, movableClock } from '../administered.ts'
import { startOffset } from '../clock-offset.ts'
import { isUntouched, plantCounty } from '../county.ts'
import { ensureDefaultTable } from '../default-table.ts'
import { keysIn } from './keys.ts'

/** A gateway whose database is open, and whose data directory is locked. */
export interface Opened {
  readonly administered: Administered
  close(): Promise<void>
}

/** Where the migrations are. */
const migrations = new URL('../../../migrations/', import.meta.url)

/**
 * Opens the gateway of a data directory: lock, database, migrations, default table, clock, services. Consents that another
 * release read are read again; records that were labelled by something else than this one does are due to be labelled again.
 */
export const openGateway = async (settings: Settings, kind: LockKind): Promise<Opened> => {
  await mkdir(settings.dataDir, { recursive: true, mode: 0o700 })
  const lock = await takeLock(settings.dataDir, kind)
  let database: Database | undefined
  const close = async (): Promise<void> => {
    await database?.close()
    await lock.release()
  }
  try {
    database = await openDatabase(settings)
    await migrate(database, migrations)
    await ensureDefaultTable(database)
    await renewReadings(database, readingOf())
    const clock = movableClock(await startOffset(database, settings))
    const services = createServices({ settings, database, clock, digest: nodeDigest, cipher: nodeCipher() })
    await noticeLabelling(services)
    return {
      administered: { services, settings, clock, keys: keysIn(join(settings.dataDir, 'keys')) },
      close,
    }
  } catch (fault) {
    await close().catch(() => undefined)
    throw fault
  }
}

/** Plants the demo county in a database that was never used, where the settings ask for it. */
export const seedOnce = async (administered: Administered): Promise<void> => {
  const { settings, services } = administered
  if (settings.seed === 'county' && (await isUntouched(services.database))) await plantCounty(administered)
}

/** PGlite is loaded only where it is used: it is large. */
const openDatabase = async ({ databaseUrl, dataDir }: Settings): Promise<Database> => {
  if (databaseUrl !== undefined) return openPostgres(databaseUrl)
  const { openPglite } = await import('../../store/pglite.ts')
  return openPglite(join(dataDir, 'pglite'))
}
