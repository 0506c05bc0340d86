import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rename, rm } from 'node:fs/promises'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createAdaptorServer } from '@hono/node-server'
import packed from '@sparticuz/chromium'
import type { Hono } from 'hono'
import { type Browser, chromium } from 'playwright-core'
import own from '../../package.json' with { type: 'json' }

const quiet = [
  '--no-sandbox',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-gpu',
  '--no-first-run',
]

/** Starts the Chromium that comes inside a package of npm. */
export const startChromium = async (): Promise<Browser> => {
  const folder = await unpack()
  return chromium.launch({
    executablePath: join(folder, 'chromium'),
    args: quiet,
    env: { ...process.env, FONTCONFIG_PATH: join(folder, 'fonts') },
  })
}

/** The package unpacks into the folder for temporary files; each process into its own, and the first one is kept for all. */
const unpack = async (): Promise<string> => {
  const kept = join(tmpdir(), `sluice-chromium-${own.devDependencies['@sparticuz/chromium']}`)
  if (existsSync(kept)) return kept
  const before = process.env.TMPDIR
  const fresh = await mkdtemp(`${kept}-`)
  process.env.TMPDIR = fresh
  try {
    await packed.executablePath()
  } finally {
    if (before === undefined) delete process.env.TMPDIR
    else process.env.TMPDIR = before
  }
  await rename(fresh, kept).catch(() => rm(fresh, { recursive: true, force: true }))
  return kept
}

/** An app that is served over loopback. */
export interface Served {
  /** Its address, under a name that may have passkeys. */
  readonly url: string
  close(): Promise<void>
}

/** Serves an app on a free port of this machine. It listens first, since an app puts its own address into what it answers. */
export const serveApp = async <World extends { readonly app: Pick<Hono, 'fetch'>; close(): Promise<void> }>(
  open: (url: string) => Promise<World>,
): Promise<Served & { readonly world: World }> => {
  const answering = {
    fetch: (_request: Request, _env: object): Response | Promise<Response> =>
      new Response(null, { status: 503 }),
  }
  const server = createAdaptorServer({
    fetch: (request, env) => answering.fetch(request, env),
  }) as Server
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://localhost:${(server.address() as AddressInfo).port}`
  const world = await open(url)
  answering.fetch = (request, env) => world.app.fetch(request, env)
  return {
    url,
    world,
    close: async () => {
      server.closeAllConnections()
      server.close()
      await world.close()
    },
  }
}
