import { getTableName, is, sql } from 'drizzle-orm'
import { PgTable } from 'drizzle-orm/pg-core'
import * as z from 'zod'
import * as callers from '../../store/schema/callers.ts'
import * as decisions from '../../store/schema/decisions.ts'
import * as exceptions from '../../store/schema/exceptions.ts'
import * as exports from '../../store/schema/exports.ts'
import * as imports from '../../store/schema/imports.ts'
import * as labelling from '../../store/schema/labelling.ts'
import * as records from '../../store/schema/records.ts'
import * as signIn from '../../store/schema/sign-in.ts'
import * as smart from '../../store/schema/smart.ts'
import * as stateRows from '../../store/schema/state-rows.ts'
import * as terminology from '../../store/schema/terminology.ts'
import * as trail from '../../store/schema/trail.ts'
import shipped from '../../../mappings/default-table.json' with { type: 'json' }
import { noticeLabelling } from '../../store/relabelling.ts'
import { insertRows } from '../default-table.ts'
import { writeFact } from '../facts.ts'
import { fail } from '../fault.ts'
import { operation } from '../operation.ts'

const tables = [
  records,
  labelling,
  decisions,
  exceptions,
  exports,
  imports,
  stateRows,
  callers,
  signIn,
  smart,
  terminology,
  trail,
]
  .flatMap((part) => Object.values<unknown>(part))
  .flatMap((one) => (is(one, PgTable) ? getTableName(one) : []))

/** Empties the database: all that was stored, registered and issued. The data clock and the shipped table stay. */
export const reset = operation(
  z.object({ yes: z.literal(true) }),
  async ({ services, settings, clock, keys }) => {
    if (settings.production) return fail('nothing is emptied with `SLUICE_ENV=production`')
    await services.database.transaction(async (connection) => {
      await connection.query(sql.raw(`TRUNCATE ${tables.map((name) => `"${name}"`).join(', ')}`))
      await insertRows(connection, shipped.rows)
      await writeFact(connection, 'emptied', clock.real().toISOString())
      await writeFact(connection, 'clock', String(clock.offset()))
      if (settings.clock !== undefined) await writeFact(connection, 'clock-start', String(settings.clock))
    })
    await noticeLabelling(services)
    await keys.clear()
    return { emptied: true }
  },
)
