import { connect } from 'node:net'
import type { Bundle, FhirResource } from 'fhir/r4'
import * as z from 'zod'
import { decodeFrames, encodeFrame, NO_FRAME } from '../exchange/mllp.ts'
import type { Book } from './book.ts'
import type { Gateway } from './gateway.ts'

/** What came back over HTTP. */
export interface Reply {
  readonly status: number
  readonly headers: Headers
  readonly text: string
}

/** What is sent beside method and path. */
export interface Sent {
  readonly headers?: Readonly<Record<string, string>>
  /** Text as it is, or a resource. */
  readonly body?: string | object
  /** The body in words. */
  readonly saying?: string
  /** Who asks, where the token does not say it. */
  readonly by?: string
  /** Of many alike, not each is worth a line. */
  readonly quiet?: boolean
}

/** What every step works with: the book, the gateway, and ways to ask it. */
export interface Guide extends Book {
  readonly gateway: Gateway
  /** Different in every run, so that each one sends something new. */
  readonly tag: string
  /** When the tour began, by the data clock. */
  readonly began: Date
  /** Asks over HTTP, as this demo client, or as nobody in particular. */
  ask(client: string | undefined, method: string, path: string, sent?: Sent): Promise<Reply>
  /** Sends one HL7 v2 message over a socket of its own, and gives the answer. */
  mllp(message: string): Promise<string>
  /** A command of the operator's, over the admin socket; `line` is what a person would type. */
  operate(line: string, name: string, input: unknown): Promise<unknown>
}

/** The demo clients: what they ask for, as the county registers them. */
const purposes: Readonly<Record<string, string>> = {
  'lakeside-schools': 'coordination of care (COC)',
  'county-health': 'public health (PUBHLTH)',
}

/** A guide for this gateway. */
export const makeGuide = (book: Book, gateway: Gateway, tag: string, began: Date): Guide => {
  const tokens = new Map<string, Promise<string>>()
  const tokenOf = (client: string): Promise<string> => {
    const token = tokens.get(client) ?? issued(gateway, client)
    tokens.set(client, token)
    return token
  }
  return {
    ...book,
    gateway,
    tag,
    began,
    ask: async (client, method, path, sent = {}) => {
      if (sent.quiet !== true) {
        book.asked(`${method} ${path}`, sent.by ?? whoIs(client))
        if (sent.saying !== undefined) book.explain(`  ${sent.saying}`)
      }
      const token = client === undefined ? undefined : await tokenOf(client)
      return send(gateway.base, method, path, token, sent)
    },
    mllp: (message) => sendMllp(gateway, message),
    operate: (line, name, input) => {
      book.asked(`npm run gateway -- ${line}`, 'at the gateway itself')
      return gateway.command(name, input)
    },
  }
}

const whoIs = (client: string | undefined): string =>
  client === undefined ? 'without a token' : `as ${client}, for ${purposes[client] ?? 'treatment (TREAT)'}`

const issuedSchema = z.object({ access_token: z.string() })

const issued = async (gateway: Gateway, client: string): Promise<string> =>
  issuedSchema.parse(await gateway.command('token', { client })).access_token

const send = async (
  base: string,
  method: string,
  path: string,
  token: string | undefined,
  { headers, body }: Sent,
): Promise<Reply> => {
  const response = await fetch(`${base}${path}`, {
    method,
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(typeof body === 'object' && { 'content-type': 'application/fhir+json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  return { status: response.status, headers: response.headers, text: await response.text() }
}

const sendMllp = ({ mllp }: Gateway, message: string): Promise<string> =>
  new Promise((done, failed) => {
    let state = NO_FRAME
    const socket = connect({ ...mllp, timeout: 20_000 }, () => socket.write(encodeFrame(message)))
    socket.on('data', (bytes: Buffer) => {
      const decoded = decodeFrames(state, bytes)
      state = decoded.state
      const frame = decoded.events.find(({ kind }) => kind === 'frame')
      if (frame?.kind !== 'frame') return
      socket.destroy()
      done(new TextDecoder().decode(frame.bytes))
    })
    socket.once('timeout', () => socket.destroy(new Error('no answer over MLLP within 20 seconds')))
    socket.once('error', failed)
    socket.once('close', () => failed(new Error('the MLLP connection was closed without an answer')))
  })

/** The resource in an answer, which the caller expects to be of this type. */
export const resourceIn = <T extends FhirResource>({ status, text }: Reply): T => {
  if (status >= 300) throw new Error(`the answer has the status ${status}: ${text.slice(0, 300)}`)
  return JSON.parse(text) as T
}

/** The resources of a searchset. */
export const matchesIn = <T extends FhirResource>(reply: Reply): T[] =>
  (resourceIn<Bundle<T>>(reply).entry ?? []).flatMap(({ resource }) => resource ?? [])

/** Of a searchset. */
export const totalIn = (reply: Reply): number | undefined => resourceIn<Bundle>(reply).total

/** Everything about an answer that may tell something: all but the date and what the connection is. */
export const tellingOf = ({ status, headers, text }: Reply): object => ({
  status,
  headers: [...headers].filter(([name]) => !passing.has(name)),
  body: text,
})

const passing: ReadonlySet<string> = new Set(['date', 'connection', 'keep-alive', 'x-request-id'])

/** `200 Patient/…` in one line: the status, and what a person looks at. */
export const summed = (reply: Reply, words = ''): string =>
  `${reply.status}${words === '' ? '' : ` ${words}`}`
