import { sql } from 'drizzle-orm'
import * as z from 'zod'
import { fhirBase, launchAddress } from '../../smart/addresses.ts'
import { findClient } from '../../smart/clients.ts'
import { launchContext } from '../../smart/grants/launch-context.ts'
import { beginLaunch } from '../../smart/launch.ts'
import { fail } from '../fault.ts'
import { operation } from '../operation.ts'

const input = z.object({ client: z.string(), user: z.string().optional(), context: launchContext })

/** Begins an EHR launch of an app, as an EHR does that opens it beside a record (SMART App Launch 2.2, EHR launch). */
export const launchApp = operation(
  input,
  async ({ services: { database, settings, clock } }, { client: id, user, context }) => {
    const client = (await findClient(database, id)) ?? fail(`no client \`${id}\` is registered`)
    if (client.launchUrl === undefined)
      return fail(`\`${id}\` has no address to launch: register it again with \`--launch-url\``)
    if (
      user !== undefined &&
      (await database.query(sql`SELECT id FROM member WHERE id = ${user}`)).length === 0
    )
      return fail(`no user \`${user}\` is known`)
    const launch = await beginLaunch(database, { client: id, member: user ?? null, context }, clock.real())
    return { url: launchAddress(client.launchUrl, fhirBase(settings.publicUrl), launch), launch }
  },
)
