import type { Unstable_DevWorker } from 'wrangler'
import { publicUrl } from './world.ts'

export type Worker = Pick<Unstable_DevWorker, 'fetch'> & { dispose(): Promise<void> }

/** workerd by wrangler, on this machine alone: nothing is fetched, measured or sent. */
export const startWorker = async (connectionString: string): Promise<Worker> => {
  process.env.CLOUDFLARE_CF_FETCH_ENABLED = 'false'
  process.env.WRANGLER_SEND_METRICS = 'false'
  process.env.CLOUDFLARE_HYPERDRIVE_LOCAL_CONNECTION_STRING_HYPERDRIVE = connectionString
  const { unstable_startWorker } = await import('wrangler')
  const worker = await unstable_startWorker({
    config: 'wrangler.toml',
    bindings: {
      PUBLIC_URL: { type: 'plain_text', value: publicUrl },
      SLUICE_LOG: { type: 'plain_text', value: 'false' },
    },
    dev: {
      origin: { hostname: new URL(publicUrl).hostname, secure: true },
      watch: false,
      remote: false,
      inspector: false,
      logLevel: 'error',
      server: { port: 0 },
    },
  })
  await worker.ready
  return worker as unknown as Worker
}
