import { setTimeout as pause } from 'node:timers/promises'
import { createAdaptorServer } from '@hono/node-server'
import type { Server } from 'node:http'
import { type Administered, type MovableClock } from './admin/administered.ts'
import { storedOffset } from './admin/clock-offset.ts'
import { CommandFault, faultText } from './admin/fault.ts'
import { openGateway, seedOnce } from './admin/machine/open.ts'
import { carryOut } from './admin/operations.ts'
import { serveAdmin } from './admin/machine/socket.ts'
import { welcome } from './admin/welcome.ts'
import { keepExports } from './admin/machine/keep-exports.ts'
import { holdRising, keepLabels } from './admin/machine/keep-labels.ts'
import { createApp } from './app.ts'
import { receiveHl7v2 } from './exchange/hl7v2.ts'
import { listenMllp } from './exchange/mllp.ts'
import { isHeld, LockHeld } from './lock.ts'
import { readSettings, type Settings, SettingsFault } from './settings.ts'
import { escalate } from './questionnaire/escalate.ts'
import { forgetExpired } from './smart/expire.ts'

/** Exit code of a process that cannot start as it is set up. */
const misconfigured = 2

/** Runs the gateway until it is told to stop: settings, database, services, and every way in. */
export const serve = async (environment: Readonly<Record<string, string | undefined>>): Promise<void> => {
  const closers: (() => Promise<void>)[] = []
  const close = async (): Promise<void> => {
    for (const closer of closers.splice(0).toReversed()) await closer().catch(() => undefined)
  }
  try {
    const settings = readSettings(environment)
    const { administered, close: closeGateway } = await openPatiently(settings)
    closers.push(closeGateway)
    stopOnSignals(close)
    await seedOnce(administered)
    await holdRising(administered.services)
    closers.push(await listenHttp(administered))
    if (settings.mllpPort !== 0) closers.push(await listenHl7(administered))
    closers.push((await serveAdmin(administered, carryOut)).close)
    closers.push(
      keepHouse(administered),
      keepLabels(administered.services),
      keepExports(administered.services),
    )
    console.log(await welcome(administered))
  } catch (fault) {
    console.error(startText(fault))
    await close()
    process.exitCode = isSetup(fault) ? misconfigured : 1
  }
}

const isSetup = (fault: unknown): boolean =>
  fault instanceof SettingsFault || fault instanceof LockHeld || fault instanceof CommandFault

const startText = (fault: unknown): string => {
  if (fault instanceof SettingsFault)
    return `the gateway does not start with these settings:\n${fault.faults.map((one) => `  ${one}`).join('\n')}`
  if (fault instanceof LockHeld) return fault.message
  return `the gateway does not start: ${faultText(fault)}`
}

/** A command that runs without the gateway holds the data directory for a moment only. */
const openPatiently = async (settings: Settings): ReturnType<typeof openGateway> => {
  for (let attempt = 0; ; attempt++) {
    try {
      return await openGateway(settings, 'gateway')
    } catch (fault) {
      if (!(fault instanceof LockHeld) || fault.holder.kind === 'gateway' || attempt === 50) throw fault
      while (attempt++ < 50 && (await isHeld(settings.dataDir))) await pause(100)
    }
  }
}

/** Slow clients are cut off, so that none can hold connections for nothing. */
const timeouts = {
  headersTimeout: 20_000,
  requestTimeout: 120_000,
  keepAliveTimeout: 65_000,
  connectionsCheckingInterval: 5000,
}

const listenHttp = async ({ services, settings }: Administered): Promise<() => Promise<void>> => {
  const app = createApp(() => services)
  const server = createAdaptorServer({ fetch: app.fetch, serverOptions: timeouts }) as Server
  await new Promise<void>((done, failed) => {
    server.once('error', failed)
    server.listen(settings.port, settings.host, () => {
      server.off('error', failed)
      done()
    })
  }).catch((fault: unknown) => portFault(fault, 'PORT', settings.host, settings.port))
  return () => closeServer(server)
}

/** Requests that are under way are finished, within five seconds. */
const closeServer = (server: Server): Promise<void> =>
  new Promise((done) => {
    const late = setTimeout(() => server.closeAllConnections(), 5000)
    server.close(() => {
      clearTimeout(late)
      done()
    })
    server.closeIdleConnections()
  })

const listenHl7 = async ({ services, settings }: Administered): Promise<() => Promise<void>> => {
  const { host, mllpPort: port } = settings
  const listener = await listenMllp({
    host,
    port,
    receive: (bytes) => receiveHl7v2(services, bytes, { channel: 'mllp' }),
    log: ({ event }) => services.log({ level: 'warning', event: `mllp ${event}` }),
  }).catch((fault: unknown) => portFault(fault, 'MLLP_PORT', host, port))
  return listener.close
}

const portFault = (fault: unknown, name: string, host: string, port: number): never => {
  const code = fault instanceof Error && 'code' in fault ? fault.code : undefined
  const where = `port ${port} of ${host}`
  if (code === 'EADDRINUSE')
    throw new CommandFault(
      `${where} is in use by another process: stop it, or set \`${name}\` to another port`,
    )
  if (code === 'EACCES' || code === 'EADDRNOTAVAIL')
    throw new CommandFault(`${where} cannot be listened on (${code}): set \`${name}\` or \`HOST\``)
  throw fault
}

/** What is done now and then: expired tokens are forgotten; safety reviews that wait are escalated; a clock that another process moved is followed. */
const keepHouse = ({ services, clock, settings }: Administered): (() => Promise<void>) => {
  const sweep = setInterval(() => void forgetExpired(services).catch(() => undefined), 10 * 60_000)
  const watch = setInterval(() => void escalatePatiently(services), 30_000)
  const shared = services.database.kind === 'postgres' && !settings.production
  const follow = shared ? setInterval(() => void followClock(services.database, clock), 2000) : undefined
  for (const timer of [sweep, watch, follow]) timer?.unref()
  return async () => {
    clearInterval(sweep)
    clearInterval(watch)
    clearInterval(follow)
  }
}

/** What fails is tried again with the next turn. */
const escalatePatiently = async (services: Administered['services']): Promise<void> => {
  try {
    const count = await escalate(services)
    if (count > 0)
      services.log({ level: 'warning', event: 'safety reviews escalated', detail: String(count) })
  } catch (fault) {
    const detail = fault instanceof Error ? fault.name : typeof fault
    services.log({ level: 'error', event: 'escalation failed', detail })
  }
}

const followClock = (database: Administered['services']['database'], clock: MovableClock): Promise<void> =>
  storedOffset(database).then(clock.move, () => undefined)

/** In milliseconds; after that the process ends with whatever hangs. */
const longestStop = 15_000

/** The first signal ends what is under way; a second one ends the process at once. */
const stopOnSignals = (close: () => Promise<void>): void => {
  let stopping = false
  const stop = (code: number): void => {
    if (stopping) process.exit(code)
    stopping = true
    setTimeout(() => process.exit(code), longestStop).unref()
    void close().finally(() => process.exit(code))
  }
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => stop(0))
  const report = (event: string, fault: unknown): void =>
    console.error(
      JSON.stringify({ level: 'error', event, detail: fault instanceof Error ? fault.name : typeof fault }),
    )
  process.on('unhandledRejection', (fault) => report('unhandled rejection', fault))
  process.on('uncaughtException', (fault) => {
    report('uncaught exception', fault)
    stop(1)
  })
}

if (import.meta.main) await serve(process.env)
