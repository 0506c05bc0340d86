import { sql } from 'drizzle-orm'
import { Hono } from 'hono'
import { read } from '../src/api/read.ts'
import { search } from '../src/api/search.ts'
import { authenticate } from '../src/authenticate/bearer.ts'
import { authorize } from '../src/authorize/authorize.ts'
import type { Grant } from '../src/authorize/grant.ts'
import type { Permit } from '../src/consent/permit.ts'
import type { Ask } from '../src/disclose.ts'
import { recordDisclosure } from '../src/record/record.ts'
import { redact, shape } from '../src/redact/redact.ts'
import { respond } from '../src/respond.ts'
import { fhirBase, type Services } from '../src/services.ts'

/** A permit that lets everything through. It is made here alone: no setting of the gateway leads to it. */
const openPermit = ({ caller }: Grant, moment: Date): Permit =>
  ({
    audience: caller.audience,
    moment,
    allowed: () => sql`-1::bigint`,
    ordinary: () => sql`-1::bigint`,
    visible: (alias: string) => sql.raw(`${alias}.richer IS NULL`),
    mayCiteHidden: () => sql`false`,
  }) as unknown as Permit

/** The way out as `disclose` goes it, with consent left out: the difference to the gateway is what consent costs. */
const discloseAll = async (services: Services, authorization: string | undefined, ask: Ask) => {
  const caller = await authenticate(services, authorization, services.digest)
  const grant = authorize(caller, ask.needs)
  const found = await ask.find(services.database, grant, openPermit(grant, services.clock.now()))
  const explained = found.rows.map((row) => ({ row, basis: 'default', consents: [] }) as const)
  const released = redact(explained, fhirBase(services), caller.recipientClass)
  const answer = shape(released, (resources) => found.answer(resources))
  await recordDisclosure(services, caller, ask, released, answer)
  return respond(answer)
}

/** Reads and searches of the gateway, as they would be without consent. */
export const openApp = (services: Services): Hono =>
  new Hono()
    .get('/fhir/:type/:id', ({ req }) =>
      discloseAll(
        services,
        req.header('authorization'),
        read(services.ids.request(), req.param('type'), req.param('id')),
      ),
    )
    .get('/fhir/:type', ({ req }) =>
      discloseAll(
        services,
        req.header('authorization'),
        search(services, services.ids.request(), {
          address: req.param('type'),
          type: req.param('type'),
          given: new URL(req.url).searchParams,
          lenient: false,
        }),
      ),
    )
