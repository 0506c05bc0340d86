import { connect, type Socket } from 'node:net'

/** One request as bytes, made beforehand so that the client costs next to nothing. */
export type Bytes = Buffer

/** A GET or POST over a connection that stays open. */
export const request = (
  method: 'GET' | 'POST' | 'PUT',
  path: string,
  token: string,
  body?: string,
  type = 'application/fhir+json',
): Bytes => {
  const length =
    body === undefined ? '' : `content-type: ${type}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n`
  return Buffer.from(
    `${method} ${path} HTTP/1.1\r\nhost: localhost\r\n${token === '' ? '' : `authorization: Bearer ${token}\r\n`}${length}\r\n${body ?? ''}`,
  )
}

export interface Response {
  readonly status: number
  readonly body: () => string
}

const headEnd = Buffer.from('\r\n\r\n')

/** A connection that sends one request at a time and reads answers of a known length. */
export const openConnection = async (port: number) => {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve).once('error', reject)
  })
  return { send: sender(socket), close: () => socket.destroy() }
}

const sender = (socket: Socket) => {
  let gathered: Buffer = Buffer.alloc(0)
  let waiting: { resolve: (response: Response) => void; reject: (fault: Error) => void } | undefined
  const fail = (fault: Error) => waiting?.reject(fault)
  socket.on('error', fail)
  socket.on('close', () => fail(new Error('the server closed the connection')))
  socket.on('data', (chunk) => {
    gathered = gathered.length === 0 ? chunk : Buffer.concat([gathered, chunk])
    const end = gathered.indexOf(headEnd)
    if (end === -1) return
    const head = gathered.toString('latin1', 0, end)
    const length = /content-length: (\d+)/i.exec(head)?.[1]
    if (length === undefined) return fail(new Error(`an answer without a length: ${head}`))
    const start = end + headEnd.length
    if (gathered.length < start + Number(length)) return
    const whole = gathered
    const response = { status: Number(head.slice(9, 12)), body: () => whole.toString('utf8', start) }
    gathered = Buffer.alloc(0)
    waiting?.resolve(response)
  })
  return (bytes: Bytes): Promise<Response> =>
    new Promise((resolve, reject) => {
      waiting = { resolve, reject }
      if (socket.destroyed) return fail(new Error('the server closed the connection'))
      socket.write(bytes)
    })
}
