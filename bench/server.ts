import { serve } from '@hono/node-server'
import type { Hono } from 'hono'
import { nodeCipher, nodeDigest } from '../src/admin/machine/cryptography.ts'
import { createApp } from '../src/app.ts'
import { createServices } from '../src/create-services.ts'
import type { Services } from '../src/services.ts'
import { openPostgres } from '../src/store/postgres.ts'
import { bareApp } from './bare.ts'

/** The servers that are compared, each a process of its own so that its CPU can be told; `open` is the gateway without consent. */
export type ServerKind = 'sluice' | 'bare' | 'open'

/** What the bench tells a server when it starts it. */
export interface Start {
  readonly kind: ServerKind
  readonly url: string
  /** A token of the caller whose searches the bare server sends as SQL. */
  readonly token: string
}

const appOf = async ({ kind, url, token }: Start, services: Services): Promise<Hono> =>
  kind === 'bare' ? bareApp(services, url, token) : createApp(() => services)

const start = async (given: Start): Promise<void> => {
  const database = openPostgres(given.url)
  const services = createServices({
    settings: {
      publicUrl: 'http://localhost',
      production: false,
      log: false,
      clock: undefined,
      mllpPort: 0,
    },
    database,
    digest: nodeDigest,
    cipher: nodeCipher(),
  })
  const app = await appOf(given, services)
  // Connections wait for their turn while other servers are measured.
  const serverOptions = { keepAliveTimeout: 0, headersTimeout: 0, requestTimeout: 0 }
  serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1', serverOptions }, ({ port }) =>
    process.send?.({ port }),
  )
}

process.once('message', (given) => void start(given as Start))
process.once('disconnect', () => process.exit(0))
