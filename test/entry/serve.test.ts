import { existsSync } from 'node:fs'
import { readFile, stat, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  ask,
  clean,
  type Environment,
  gateway,
  newEnvironment,
  start,
  startGateway,
  type Started,
  stop,
  tokenFor,
} from './process.ts'

let environment: Environment
let running: Started
beforeAll(async () => {
  environment = await newEnvironment()
  running = await startGateway(environment)
})
afterAll(async () => {
  await stop(running, 'SIGKILL')
  await clean(environment)
})

const inData = (name: string): string => join(environment.DATA_DIR ?? '', name)

describe('npm start', { timeout: 60_000 }, () => {
  it('serves the county, says where, and what to try', async () => {
    expect(await (await ask(environment, '/readyz')).json()).toMatchObject({
      ready: true,
      database: 'pglite',
    })
    expect((await ask(environment, '/livez')).status).toBe(200)
    expect((await ask(environment, '/')).status).toBe(200)
    const token = await tokenFor(environment, 'mercy-general')
    expect((await ask(environment, '/fhir/Patient/maya', token)).status).toBe(200)
    expect((await ask(environment, '/fhir/Patient/maya')).status).toBe(401)
  })

  it('keeps socket, lock and keys for its owner alone', async () => {
    for (const name of ['admin.sock', 'lock', 'keys/riverbend.json'])
      expect((await stat(inData(name))).mode & 0o077).toBe(0)
  })

  it('gathers an export in the background, and sends it', async () => {
    const token = await tokenFor(environment, 'mercy-general')
    const headers = { authorization: `Bearer ${token}`, prefer: 'respond-async' }
    const begun = await fetch(`http://127.0.0.1:${environment.PORT}/fhir/Patient/$export`, { headers })
    expect(begun.status).toBe(202)
    const job = new URL(begun.headers.get('content-location') ?? '').pathname
    await expect.poll(async () => (await ask(environment, job, token)).status, { timeout: 30_000 }).toBe(200)
    const { output } = (await (await ask(environment, job, token)).json()) as {
      output: { type: string; url: string; count: number }[]
    }
    const patients = output.find(({ type }) => type === 'Patient')
    const file = await ask(environment, new URL(patients?.url ?? '').pathname, token)
    expect(file.headers.get('content-encoding')).toBe('gzip')
    expect((await file.text()).split('\n')).toHaveLength((patients?.count ?? 0) + 1)
  })

  it('answers HL7 v2 over MLLP', async () => {
    const answer = await new Promise<string>((resolve, reject) => {
      const socket = connect(Number(environment.MLLP_PORT), '127.0.0.1', () => {
        socket.write('\x0bMSH|^~\\&|A|B|C|D|20260101||ADT^A01|1|P|2.5.1\r\x1c\r')
      })
      socket.setEncoding('utf8').once('data', (text: string) => {
        socket.destroy()
        resolve(text)
      })
      socket.once('error', reject)
    })
    expect(answer).toContain('MSA|A')
  })

  it('refuses a second process on the same data directory, and names the first', async () => {
    const { code, err } = await start('src/node.ts', [], { ...environment, PORT: '0', MLLP_PORT: '0' }).ended
    expect(code).toBe(2)
    expect(err).toContain(`process ${running.child.pid}`)
    expect(err).toContain('DATA_DIR')
  })

  it('refuses a port that is in use, and leaves no lock behind', async () => {
    const other: Environment = {
      ...(await newEnvironment({ SLUICE_SEED: 'none' })),
      PORT: environment.PORT ?? '',
    }
    const http = await start('src/node.ts', [], other).ended
    expect(http.code).toBe(2)
    expect(http.err).toContain(`port ${environment.PORT} of 127.0.0.1 is in use`)
    expect(existsSync(join(other.DATA_DIR ?? '', 'lock'))).toBe(false)
    const port = (await newEnvironment()).PORT ?? ''
    const mllp = await start('src/node.ts', [], {
      ...other,
      PORT: port,
      MLLP_PORT: environment.MLLP_PORT ?? '',
    }).ended
    expect(mllp.code).toBe(2)
    expect(mllp.err).toContain('MLLP_PORT')
    await clean(other)
  })

  it('lists every fault of its settings', async () => {
    const { code, err, out } = await start('src/node.ts', [], {
      PORT: 'eighty',
      MLLP_PORT: '70000',
      DATABASE_URL: 'mysql://x',
      SLUICE_CLOCK: 'now',
    }).ended
    expect(code).toBe(2)
    for (const name of ['PORT', 'MLLP_PORT', 'DATABASE_URL', 'SLUICE_CLOCK'])
      expect(err).toContain(`${name}:`)
    expect(out).toBe('')
  })

  it('after a kill starts again with what it held, and plants nothing twice', async () => {
    await gateway(environment, 'partner', 'add', '--file', await partnerFile('kept'))
    const before = await ask(environment, '/fhir/Condition', await tokenFor(environment, 'riverbend'))
    const { total } = (await before.json()) as { total: number }
    const key = await readFile(inData('keys/riverbend.json'), 'utf8')
    await stop(running, 'SIGKILL')
    expect(existsSync(inData('lock'))).toBe(true)
    running = await startGateway(environment)
    const token = await tokenFor(environment, 'riverbend')
    const after = await ask(environment, '/fhir/Condition', token)
    expect(await after.json()).toMatchObject({ total })
    expect((await ask(environment, '/fhir/Organization/kept', token)).status).toBe(200)
    expect(await readFile(inData('keys/riverbend.json'), 'utf8')).toBe(key)
  })

  it('keeps the moved clock over a restart, and ends cleanly', async () => {
    await gateway(environment, 'clock', 'set', '2027-03-01T00:00:00Z')
    const { code } = await stop(running)
    expect(code).toBe(0)
    for (const name of ['lock', 'admin.sock']) expect(existsSync(inData(name))).toBe(false)
    expect((await gateway(environment, 'clock')).out).toMatch(/^2027-03-01T00:/)
    running = await startGateway(environment)
    expect((await gateway(environment, 'clock')).out).toMatch(/^2027-03-01T00:/)
  })
})

const partnerFile = async (id: string): Promise<string> => {
  const path = inData(`${id}.json`)
  await writeFile(path, JSON.stringify({ id, name: id, class: 'covered-entity' }))
  return path
}
