import { randomBytes } from 'node:crypto'
import { createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer, TLSSocket, type TlsOptions } from 'node:tls'
import { buildAck } from '../mapping/hl7v2/acknowledge.ts'
import { parseMessage } from '../mapping/hl7v2/parse.ts'
import type { Hl7Problem } from '../mapping/hl7v2/problem.ts'

const VT = 0x0b
const FS = 0x1c
const CR = 0x0d
const LF = 0x0a

/** One mebibyte: far above a referral, far below what would hurt. */
export const MAX_FRAME = 1_048_576

/** What the decoder found, in the order of the bytes. */
export type FrameEvent =
  | { readonly kind: 'frame'; readonly bytes: Uint8Array }
  /** Bytes outside of any frame, other than the line ends that some senders add. */
  | { readonly kind: 'garbage'; readonly length: number }
  /** A frame that another one interrupted. */
  | { readonly kind: 'broken'; readonly length: number }
  /** A frame beyond the cap; it is skipped to its end. */
  | { readonly kind: 'oversize'; readonly length: number }

/** Where the decoder stands between two chunks. */
export type FrameState = {
  readonly place: 'outside' | 'inside' | 'skipping'
  readonly parts: readonly Uint8Array[]
  /** Bytes since the last event that none has reported yet. */
  readonly length: number
  /** The last byte was an FS: the next one decides whether it ended the frame. */
  readonly ending: boolean
}

export const NO_FRAME: FrameState = { place: 'outside', parts: [], length: 0, ending: false }

/**
 * Decodes MLLP blocks, VT … FS CR (HL7 Minimal Lower Layer Protocol, release 1), from one more chunk of bytes.
 * Pure; what it finds does not depend on how the bytes were cut into chunks.
 */
export function decodeFrames(
  state: FrameState,
  chunk: Uint8Array,
  maxFrame: number = MAX_FRAME,
): { readonly state: FrameState; readonly events: readonly FrameEvent[] } {
  const events: FrameEvent[] = []
  let { place, length, ending } = state
  let parts = [...state.parts]
  let run = 0
  const keep = (end: number) => {
    if (place === 'inside' && end > run) parts.push(chunk.subarray(run, end))
    run = end
  }
  const enter = (next: FrameState['place'], index: number) => {
    place = next
    parts = []
    length = 0
    run = index + 1
  }
  for (const [index, byte] of chunk.entries()) {
    if (ending && byte === CR && place !== 'outside') {
      if (place === 'inside') events.push({ kind: 'frame', bytes: concatenate(parts) })
      else events.push({ kind: 'oversize', length })
      ending = false
      enter('outside', index)
      continue
    }
    if (ending && place === 'inside') {
      parts.push(Uint8Array.of(FS))
      length += 1
    }
    ending = false
    if (byte === VT) {
      if (place === 'skipping') events.push({ kind: 'oversize', length })
      else if (place === 'inside') events.push({ kind: 'broken', length })
      else if (length > 0) events.push({ kind: 'garbage', length })
      enter('inside', index)
    } else if (byte === FS && place !== 'outside') {
      keep(index)
      run = index + 1
      ending = true
    } else if (place !== 'outside' || (byte !== CR && byte !== LF)) {
      length += 1
      if (place === 'inside' && length > maxFrame) {
        place = 'skipping'
        parts = []
      }
    }
  }
  keep(chunk.length)
  return { state: { place, parts, length, ending }, events }
}

/** Puts a message into an MLLP block. */
export function encodeFrame(text: string): Uint8Array {
  return concatenate([Uint8Array.of(VT), new TextEncoder().encode(text), Uint8Array.of(FS, CR)])
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let offset = 0
  for (const part of parts) {
    whole.set(part, offset)
    offset += part.length
  }
  return whole
}

/** Who is at the other end; `certificate` is the SHA-256 fingerprint of a client certificate that was verified. */
export type Remote = { readonly address: string; readonly port: number; readonly certificate?: string }

/** What happened on a connection, without any of its content. */
export type MllpEvent = {
  readonly event: 'garbage' | 'broken' | 'oversize' | 'timeout' | 'failed' | 'disconnected'
  readonly remote: Remote
  readonly length?: number
}

export type MllpOptions = {
  readonly port: number
  readonly host?: string
  /** Takes one message and gives its acknowledgment, once the message is committed. */
  readonly receive: (bytes: Uint8Array, remote: Remote) => Promise<string>
  readonly maxFrame?: number
  /** How long an unfinished frame, or garbage, may stay without another byte, in milliseconds. */
  readonly idleTimeout?: number
  readonly maxConnections?: number
  readonly tls?: TlsOptions
  readonly log?: (event: MllpEvent) => void
}

export type MllpListener = { readonly port: number; readonly close: () => Promise<void> }

/**
 * Listens for MLLP connections. On each, one message is in flight at a time and answers keep the order; nothing
 * more is read meanwhile. Garbage is answered with AR, and no message or connection ends the process. A port in
 * use rejects with the system's own error (`EADDRINUSE`).
 */
export async function listenMllp(options: MllpOptions): Promise<MllpListener> {
  const connections = new Map<Socket, Connection>()
  const accept = (socket: Socket) => {
    const connection: Connection = {
      socket,
      remote: remoteOf(socket),
      state: NO_FRAME,
      busy: false,
      closing: false,
    }
    connections.set(socket, connection)
    socket.on('close', () => connections.delete(socket))
    void serve(connection, options)
  }
  const server = options.tls
    ? createTlsServer({ ...options.tls, ...HALF_OPEN }, accept)
    : createServer(HALF_OPEN, accept)
  server.maxConnections = options.maxConnections ?? 256
  await listening(server, options)
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : options.port
  return { port, close: () => close(server, connections) }
}

/** A sender may end its side once all is sent, and still waits for the answers. */
const HALF_OPEN = { allowHalfOpen: true }

type Connection = {
  readonly socket: Socket
  readonly remote: Remote
  state: FrameState
  busy: boolean
  closing: boolean
}

function listening(server: Server, { port, host }: MllpOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      server.on('error', () => undefined)
      resolve()
    })
  })
}

/** Stops accepting; messages in flight are finished and answered first. */
function close(server: Server, connections: ReadonlyMap<Socket, Connection>): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    for (const connection of connections.values()) {
      connection.closing = true
      if (!connection.busy) connection.socket.destroy()
    }
  })
}

async function serve(connection: Connection, options: MllpOptions): Promise<void> {
  const { socket, remote } = connection
  const log = (event: MllpEvent['event'], length?: number) =>
    options.log?.({ event, remote, ...(length !== undefined && { length }) })
  socket.setKeepAlive(true)
  socket.on('error', () => log('disconnected'))
  socket.setTimeout(options.idleTimeout ?? 30_000, () => {
    const { place, length } = connection.state
    if (connection.busy || (place === 'outside' && length === 0)) return
    log(place === 'outside' ? 'garbage' : 'timeout', length)
    socket.end(encodeFrame(nak(place === 'outside' ? REASON.garbage : REASON.broken)))
    socket.destroySoon()
  })
  try {
    for await (const chunk of socket as AsyncIterable<Uint8Array>) {
      const decoded = decodeFrames(connection.state, chunk, options.maxFrame)
      connection.state = decoded.state
      connection.busy = true
      for (const event of decoded.events) {
        if (event.kind !== 'frame') log(event.kind, event.length)
        const answer =
          event.kind === 'frame' ? await take(event.bytes, remote, options, log) : nak(REASON[event.kind])
        if (!(await send(socket, answer))) return
      }
      connection.busy = false
      if (connection.closing) break
    }
  } catch {
    log('disconnected')
  } finally {
    socket.destroySoon()
  }
}

const REASON: { readonly [kind in 'garbage' | 'broken' | 'oversize']: string } = {
  garbage: 'bytes outside of a frame',
  broken: 'the frame has no end',
  oversize: 'the frame is too large',
}

async function take(
  bytes: Uint8Array,
  remote: Remote,
  { receive }: MllpOptions,
  log: (event: MllpEvent['event']) => void,
): Promise<string> {
  try {
    return await receive(bytes, remote)
  } catch {
    log('failed')
    const parsed = parseMessage(bytes)
    const header = parsed.ok ? parsed.message.header : parsed.header
    const problem: Hl7Problem = {
      code: 'AE',
      errorCode: '207',
      text: 'the message was not stored; send it again',
    }
    return buildAck(header, 'AE', { id: controlId, now: new Date() }, problem)
  }
}

function nak(text: string): string {
  const problem: Hl7Problem = { code: 'AR', errorCode: '100', text }
  return buildAck(undefined, 'AR', { id: controlId, now: new Date() }, problem)
}

/** A message control id of 20 characters (HL7 v2.5.1, 2.15.9.10). */
function controlId(): string {
  return randomBytes(10).toString('hex').toUpperCase()
}

/** Writes an answer and waits until it was taken; false when the other end is gone. */
function send(socket: Socket, text: string): Promise<boolean> {
  return new Promise((resolve) => {
    if (!socket.writable) return resolve(false)
    const gone = () => resolve(false)
    socket.once('close', gone)
    socket.write(encodeFrame(text), (error) => {
      socket.off('close', gone)
      resolve(!error)
    })
  })
}

function remoteOf(socket: Socket): Remote {
  const { remoteAddress: address = '', remotePort: port = 0 } = socket
  if (!(socket instanceof TLSSocket) || !socket.authorized) return { address, port }
  return { address, port, certificate: socket.getPeerCertificate().fingerprint256 }
}
