import { constants } from 'node:fs'
import { access, readdir, stat } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { isHeld, readHolder } from '../../lock.ts'
import { readSettings, type Settings, SettingsFault } from '../../settings.ts'
import type { Printed } from '../command.ts'
import { textOf } from '../commands/relabel.ts'
import type { Status } from '../operations/status.ts'
import { faultText } from '../fault.ts'

/** Where the migrations are. */
const migrations = new URL('../../../migrations/', import.meta.url)

/** One thing that was looked at. A note is neither good nor bad. */
interface Check {
  readonly name: string
  readonly state: 'good' | 'bad' | 'note'
  readonly text: string
}

/** Asks the gateway how it is; opens the database for it only where that is allowed. */
type Ask = (settings: Settings, mayOpen: boolean) => Promise<{ running: boolean; status: Status | undefined }>

const check = (name: string, state: Check['state'], text: string): Check => ({ name, state, text })

/** Looks at everything that a gateway needs, and says what is wrong. */
export const examine = async (
  environment: Readonly<Record<string, string | undefined>>,
  ask: Ask,
): Promise<Printed> => {
  const checks = await look(environment, ask)
  const bad = checks.filter(({ state }) => state === 'bad').length
  const marks = { good: '✓', bad: '✗', note: '·' }
  return {
    text: checks.map(({ name, state, text }) => `${marks[state]} ${name}: ${text}`).join('\n'),
    json: { ok: bad === 0, checks },
    ...(bad === 0 ? {} : { fault: `faults: ${bad}` }),
  }
}

const look = async (environment: Parameters<typeof examine>[0], ask: Ask): Promise<Check[]> => {
  const settings = settingsOf(environment)
  if (Array.isArray(settings)) return settings
  const before = [check('settings', 'good', settings.production ? 'production' : 'development')]
  const directory = await directoryCheck(settings)
  const lock = await lockCheck(settings)
  try {
    const exists = settings.databaseUrl !== undefined || (await isThere(join(settings.dataDir, 'pglite')))
    const { running, status } = await ask(settings, exists)
    return [
      ...before,
      directory,
      lock,
      check('gateway', running ? 'good' : 'note', running ? 'running' : 'not running: `npm start` starts it'),
      ...(status === undefined
        ? [check('database', 'note', 'not made yet: the first start makes it')]
        : await databaseChecks(status)),
      ...(running && status !== undefined ? await servedChecks(status) : await freeChecks(settings)),
    ]
  } catch (fault) {
    return [
      ...before,
      directory,
      lock,
      check('database', 'bad', faultText(fault)),
      ...(await freeChecks(settings)),
    ]
  }
}

const settingsOf = (environment: Parameters<typeof examine>[0]): Settings | Check[] => {
  try {
    return readSettings(environment)
  } catch (fault) {
    if (fault instanceof SettingsFault) return fault.faults.map((text) => check('settings', 'bad', text))
    throw fault
  }
}

const directoryCheck = async ({ dataDir }: Settings): Promise<Check> => {
  const name = 'data directory'
  if (!(await isThere(dataDir))) return check(name, 'note', `\`${dataDir}\` is not made yet`)
  const open = constants.R_OK | constants.W_OK | constants.X_OK
  return access(dataDir, open).then(
    () => check(name, 'good', `\`${dataDir}\``),
    () => check(name, 'bad', `\`${dataDir}\` cannot be written: give it to the user that runs the gateway`),
  )
}

const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  )

const lockCheck = async ({ dataDir }: Settings): Promise<Check> => {
  const holder = await readHolder(dataDir)
  if (holder === undefined) return check('lock', 'good', 'free')
  const text = `${holder.kind}, process ${holder.pid}`
  return (await isHeld(dataDir))
    ? check('lock', 'good', `held by a ${text}`)
    : check('lock', 'note', `left by a ${text} that is gone: the next start takes it`)
}

const databaseChecks = async (status: Status): Promise<Check[]> => {
  const files = (await readdir(migrations)).filter((name) => name.endsWith('.sql'))
  const lacking = files.filter((name) => !status.migrations.includes(name))
  const { database, version, seed, tableRows, resources, now, offset, labelling } = status
  return [
    check('database', 'good', `${database} ${version}, ${resources} resources`),
    lacking.length === 0
      ? check('migrations', 'good', `all ${files.length} applied`)
      : check('migrations', 'bad', `not applied: ${lacking.join(', ')}; restart the gateway`),
    check('default table', tableRows > 0 ? 'good' : 'bad', `${tableRows} rows`),
    check('labels', labelling.due ? 'note' : 'good', textOf(labelling)),
    check('seed', seed === undefined ? 'note' : 'good', seed ?? 'none'),
    check('clock', 'good', Math.abs(offset) < 1000 ? 'the real time' : `${now}, moved`),
  ]
}

const servedChecks = async ({ host, port, mllpPort }: Status): Promise<Check[]> => {
  const answers = await fetch(`http://${host.includes(':') ? `[${host}]` : host}:${port}/readyz`, {
    signal: AbortSignal.timeout(5000),
  }).then(
    ({ ok }) => ok,
    () => false,
  )
  return [
    check('port', answers ? 'good' : 'bad', `${port} ${answers ? 'answers' : 'does not answer'}`),
    mllpPort === 0
      ? check('MLLP', 'note', 'switched off')
      : await isListening(host, mllpPort).then((open) =>
          check('MLLP', open ? 'good' : 'bad', `${mllpPort} ${open ? 'answers' : 'does not answer'}`),
        ),
  ]
}

const isListening = (host: string, port: number): Promise<boolean> =>
  new Promise((done) => {
    const socket = connect({ host, port, timeout: 5000 })
    const end = (open: boolean) => () => {
      socket.destroy()
      done(open)
    }
    socket.once('connect', end(true)).once('error', end(false)).once('timeout', end(false))
  })

const freeChecks = async ({ host, port, mllpPort }: Settings): Promise<Check[]> => [
  await freeCheck('port', 'PORT', host, port),
  mllpPort === 0
    ? check('MLLP', 'note', 'switched off')
    : await freeCheck('MLLP', 'MLLP_PORT', host, mllpPort),
]

const freeCheck = (name: string, setting: string, host: string, port: number): Promise<Check> =>
  new Promise((done) => {
    const server = createServer()
    server.once('error', (fault: NodeJS.ErrnoException) =>
      done(
        check(
          name,
          'bad',
          `${port} of ${host} cannot be used (${fault.code ?? fault.name}): set \`${setting}\``,
        ),
      ),
    )
    server.listen(port, host, () => server.close(() => done(check(name, 'good', `${port} is free`))))
  })
