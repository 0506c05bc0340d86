import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import postgres from 'postgres'
import { afterEach, describe, expect, inject, it } from 'vitest'

const root = new URL('../../', import.meta.url).pathname
const writes = 1000
const inFlight = 16

const running: ChildProcess[] = []
const folders: string[] = []

afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL')
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer().once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })

interface Gateway {
  readonly base: string
  readonly child: ChildProcess
  readonly environment: NodeJS.ProcessEnv
}

/** Starts the gateway as `npm start` does, and waits until it says that it is ready. */
const start = async (dataDir: string, databaseUrl: string | undefined): Promise<Gateway> => {
  const port = await freePort()
  const environment = {
    ...process.env,
    DATA_DIR: dataDir,
    PORT: String(port),
    MLLP_PORT: '0',
    SLUICE_SEED: 'county',
    SLUICE_ENV: '',
    DATABASE_URL: databaseUrl ?? '',
  }
  const child = spawn(process.execPath, ['src/node.ts'], {
    cwd: root,
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  running.push(child)
  const base = `http://127.0.0.1:${port}`
  for (let tries = 0; tries < 600; tries++) {
    if (await isReady(base)) return { base, child, environment }
    if (child.exitCode !== null) throw new Error(`the gateway ended with ${child.exitCode}`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error('the gateway is not ready')
}

const isReady = (base: string): Promise<boolean> =>
  fetch(`${base}/readyz`).then(
    ({ ok }) => ok,
    () => false,
  )

const tokenFor = ({ environment }: Gateway): string =>
  execFileSync(process.execPath, ['src/cli.ts', 'token', '--client', 'riverbend'], {
    cwd: root,
    env: environment,
    encoding: 'utf8',
  })
    .trim()
    .split('\n')
    .at(-1) ?? ''

const observation = (place: number) => ({
  resourceType: 'Observation',
  status: 'final',
  code: { text: `write ${place}` },
  subject: { reference: 'Patient/maya' },
})

/** Writes until the process dies; gives back the addresses that were acknowledged. */
const writeUntilKilled = async ({ base, child }: Gateway, token: string): Promise<string[]> => {
  const acknowledged: string[] = []
  let next = 0
  const one = async (): Promise<void> => {
    while (next < writes) {
      next += 1
      const response = await fetch(`${base}/fhir/Observation`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${token}`,
          'content-type': 'application/fhir+json',
          prefer: 'return=minimal',
        },
        body: JSON.stringify(observation(next)),
      }).catch(() => undefined)
      if (response === undefined) return
      if (response.status === 201)
        acknowledged.push(
          new URL(response.headers.get('location') ?? '').pathname.split('/_history')[0] ?? '',
        )
      if (acknowledged.length === writes / 2) child.kill('SIGKILL')
    }
  }
  await Promise.all(Array.from({ length: inFlight }, one))
  return acknowledged
}

const database = async (kind: string): Promise<string | undefined> => {
  if (kind === 'pglite') return undefined
  const { url } = inject('databases')
  const name = `kill_${process.pid}`
  const admin = postgres(url, { max: 1, onnotice: () => undefined })
  await admin.unsafe(`CREATE DATABASE ${name}`)
  await admin.end()
  const own = new URL(url)
  own.pathname = `/${name}`
  return own.toString()
}

describe.each(['pglite', 'postgres'])('kill -9 in the middle of writes, on %s', (kind) => {
  it('keeps every write that was acknowledged, and starts again', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'sluice-kill-'))
    folders.push(dataDir)
    const url = await database(kind)
    const first = await start(dataDir, url)
    const acknowledged = await writeUntilKilled(first, tokenFor(first))
    expect(acknowledged.length).toBeGreaterThanOrEqual(writes / 2)
    expect(acknowledged.length).toBeLessThan(writes)

    const second = await start(dataDir, url)
    const token = tokenFor(second)
    const statuses = await Promise.all(
      acknowledged.map((path) =>
        fetch(`${second.base}${path}`, { headers: { authorization: `Bearer ${token}` } }).then(
          ({ status }) => status,
        ),
      ),
    )
    expect(statuses.filter((status) => status !== 200)).toEqual([])
    const found = (await (
      await fetch(`${second.base}/fhir/Patient?_count=0`, { headers: { authorization: `Bearer ${token}` } })
    ).json()) as { total: number }
    expect(found.total).toBe(10)
  }, 120_000)
})
