import { getTableName, is, sql } from 'drizzle-orm'
import { PgTable } from 'drizzle-orm/pg-core'
import { z } from 'zod'
import * as schema from '../../store/schema.ts'
import { type Command, isSet } from '../command.ts'
import shipped from '../../../mappings/default-table.json' with { type: 'json' }
import { insertRows } from '../default-table.ts'
import { writeFact } from '../facts.ts'
import { fail, misuse } from '../fault.ts'
import type { Operation } from '../operation.ts'

const tables = Object.values(schema).flatMap((one) => (is(one, PgTable) ? getTableName(one) : []))

/** Empties the database: all that was stored, registered and issued. The data clock and the shipped table stay. */
export const reset: Operation<{ yes: true }, { emptied: true }> = {
  name: 'reset',
  input: z.object({ yes: z.literal(true) }),
  run: async ({ services, settings, clock, keys }) => {
    if (settings.production) return fail('nothing is emptied with `SLUICE_ENV=production`')
    await services.database.transaction(async (connection) => {
      await connection.query(sql.raw(`TRUNCATE ${tables.map((name) => `"${name}"`).join(', ')}`))
      await insertRows(connection, shipped.rows)
      await writeFact(connection, 'emptied', clock.real().toISOString())
      await writeFact(connection, 'clock', String(clock.offset()))
      if (settings.clock !== undefined) await writeFact(connection, 'clock-start', String(settings.clock))
    })
    await keys.clear()
    return { emptied: true }
  },
}

/** `reset` */
export const resetCommand: Command = {
  name: 'reset',
  summary: 'empty the database',
  usage: 'reset --yes',
  example: 'reset --yes',
  options: { yes: { type: 'boolean' } },
  positionals: [0, 0],
  perform: async (given, desk) => {
    if (!isSet(given, 'yes')) return misuse('`reset` empties the database: say `--yes` if that is meant')
    const answer = await desk.call(reset, { yes: true })
    return { text: 'the database is empty; `seed` plants the demo county again', json: answer }
  },
}
