import { createAdaptorServer } from '@hono/node-server'
import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { sql } from 'drizzle-orm'
import { within } from '../../../src/admin/administered.ts'
import { ensureDefaultTable } from '../../../src/admin/default-table.ts'
import { addPartners, partnerSchema } from '../../../src/admin/partners.ts'
import { createApp } from '../../../src/app.ts'
import { createServices } from '../../../src/create-services.ts'
import type { Services } from '../../../src/services.ts'
import { upsertClient } from '../../../src/smart/clients.ts'
import { sha256 } from '../../../src/smart/secrets.ts'
import { migrate } from '../../../src/store/migrate.ts'
import { openPglite } from '../../../src/store/pglite.ts'
import { openBrowser } from '../../contract/smart/browser.ts'
import { callback, type Keys, type Party, scope, secondCallback, secret, systemScope } from './party.ts'

/** Sluice over HTTP, with an organization, its clients, and somebody to sign in. */
export const openSluice = async (keys: Keys): Promise<Party> => {
  const answering = {
    fetch: (_: Request): Response | Promise<Response> => new Response(null, { status: 503 }),
  }
  const server = createAdaptorServer({ fetch: (request) => answering.fetch(request) }) as Server
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const database = await openPglite()
  await migrate(database, new URL('../../../migrations/', import.meta.url))
  const settings = { publicUrl: url, production: false, log: false, clock: undefined, mllpPort: 0 }
  const services = createServices({ settings, database })
  const app = createApp(() => services)
  let asked = 0
  // So many questions come from one network that it would be told to wait.
  answering.fetch = async (request) => {
    if (asked++ % 200 === 0) await database.query(sql`DELETE FROM fact WHERE name LIKE 'rate smart%'`)
    return app.fetch(request)
  }
  await settle(services, keys)
  return {
    name: 'sluice',
    url,
    keys,
    paths: {
      authorize: '/oauth/authorize',
      token: '/oauth/token',
      introspect: '/oauth/introspect',
      revoke: '/oauth/revoke',
    },
    go: async (address, init = {}) => {
      const browser = openBrowser(
        { request: (to, more) => fetch(to, { ...more, redirect: 'manual' }) },
        services,
      )
      await browser.signIn('lee')
      const shown = await browser.open(address, init)
      if (shown.status !== 200) return shown
      const asked = [...shown.text.matchAll(/name="scope" value="([^"]+)"/g)].map(([, one = '']) => one)
      return browser.submit(shown, { action: 'allow', scope: asked })
    },
    close: async () => {
      server.closeAllConnections()
      server.close()
      await database.close()
    },
  }
}

const settle = async (services: Services, { es, rs }: Keys): Promise<void> => {
  const { database } = services
  await ensureDefaultTable(database)
  const clinic = { id: 'Organization/clinic', name: 'Clinic', class: 'covered-entity', state: 'OR' }
  await database.transaction((connection) =>
    addPartners(within(services, connection), [partnerSchema.parse(clinic)]),
  )
  await database.query(sql`INSERT INTO member (id, practitioner, organization, role)
    VALUES ('lee', 'Practitioner/lee', 'Organization/clinic', 'clinician')`)
  const common = {
    organization: 'Organization/clinic',
    purposes: ['TREAT'],
    redirects: [callback, secondCallback],
    roles: [],
    scope: `${scope} ${systemScope}`,
  }
  for (const client of [
    { id: 'public', kind: 'public' },
    { id: 'other', kind: 'public' },
    { id: 'knowing', kind: 'secret', secret: await sha256(secret) },
    { id: 'signing-es', kind: 'jwks', jwks: { keys: [es.jwk] } },
    { id: 'signing-rs', kind: 'jwks', jwks: { keys: [rs.jwk] } },
  ])
    await upsertClient(database, { ...common, ...client })
}
