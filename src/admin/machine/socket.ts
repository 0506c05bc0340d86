import { createHash } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, request, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Administered } from '../administered.ts'
import { CommandFault, faultText } from '../fault.ts'

/** The largest request: a chunk of an import. */
const mostBytes = 256 * 1024 * 1024

/** Paths of Unix sockets are short (unix(7)): a longer one moves to the directory for temporary files. */
const longest = 100

/** Where the gateway of a data directory listens for commands. */
export const socketPath = (directory: string): string => {
  const path = resolve(directory, 'admin.sock')
  const name = `sluice-${createHash('sha256').update(path).digest('hex').slice(0, 16)}`
  if (process.platform === 'win32') return `\\\\.\\pipe\\${name}`
  return Buffer.byteLength(path) <= longest ? path : join(tmpdir(), `${name}.sock`)
}

/** Runs the operation of this name. */
type CarryOut = (administered: Administered, name: string, input: unknown) => Promise<unknown>

/** Serves operations on the admin socket. Whoever may open the socket may do anything: it is for its owner alone. */
export const serveAdmin = async (
  administered: Administered,
  carryOut: CarryOut,
): Promise<{ close(): Promise<void> }> => {
  const path = socketPath(administered.settings.dataDir)
  if (process.platform !== 'win32') await rm(path, { force: true })
  const server = createServer((incoming, outgoing) => {
    void answer(administered, carryOut, incoming).then(({ status, body }) => {
      outgoing.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    })
  })
  await listenAlone(server, path)
  return {
    close: () =>
      new Promise((done) => {
        server.close(() => done())
        server.closeIdleConnections()
      }),
  }
}

/** Binding happens in `listen` itself, so the mask needs to hold no longer than that. */
const listenAlone = (server: Server, path: string): Promise<void> =>
  new Promise((done, failed) => {
    server.once('error', failed)
    const mask = process.umask(0o177)
    server.listen(path, done)
    process.umask(mask)
  })

const answer = async (
  administered: Administered,
  carryOut: CarryOut,
  incoming: IncomingMessage,
): Promise<{ status: number; body: unknown }> => {
  try {
    const { name, input } = JSON.parse(await bodyOf(incoming)) as { name?: unknown; input?: unknown }
    return { status: 200, body: { answer: await carryOut(administered, String(name), input) } }
  } catch (fault) {
    return { status: 400, body: { fault: faultText(fault) } }
  }
}

const bodyOf = async (stream: AsyncIterable<Buffer>): Promise<string> => {
  const parts: Buffer[] = []
  let length = 0
  for await (const part of stream) {
    length += part.length
    if (length > mostBytes) throw new CommandFault('the request is too large')
    parts.push(part)
  }
  return Buffer.concat(parts).toString('utf8')
}

/** Nobody listens at the admin socket. */
export class NotRunning extends Error {}

/** Asks the running gateway; a fault that it tells is thrown as a CommandFault. */
export const callAdmin = async (directory: string, name: string, input: unknown): Promise<unknown> => {
  const { fault, answer: told } = JSON.parse(
    await post(socketPath(directory), JSON.stringify({ name, input })),
  ) as {
    fault?: string
    answer?: unknown
  }
  if (fault !== undefined) throw new CommandFault(fault)
  return told
}

const post = (socket: string, body: string): Promise<string> =>
  new Promise((done, failed) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
    const outgoing = request({ socketPath: socket, method: 'POST', path: '/', headers }, (incoming) => {
      // oxlint-disable-next-line promise/no-callback-in-promise -- node:http has no other way
      bodyOf(incoming).then(done, failed)
    })
    outgoing.on('error', (fault: NodeJS.ErrnoException) =>
      failed(absent.has(fault.code ?? '') ? new NotRunning() : fault),
    )
    outgoing.end(body)
  })

const absent: ReadonlySet<string> = new Set(['ENOENT', 'ECONNREFUSED'])
