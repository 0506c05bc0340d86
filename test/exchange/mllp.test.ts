import { connect, type Socket } from 'node:net'
import * as fc from 'fast-check'
import { afterEach, describe, expect, test } from 'vitest'
import {
  decodeFrames,
  encodeFrame,
  type FrameEvent,
  listenMllp,
  type MllpEvent,
  type MllpListener,
  type MllpOptions,
  NO_FRAME,
} from '../../src/exchange/mllp.ts'

function decode(chunks: readonly Uint8Array[], maxFrame?: number): FrameEvent[] {
  let state = NO_FRAME
  return chunks.flatMap((chunk) => {
    const decoded = decodeFrames(state, chunk, maxFrame)
    state = decoded.state
    return decoded.events
  })
}

function cut(bytes: Uint8Array, sizes: readonly number[]): Uint8Array[] {
  const chunks: Uint8Array[] = []
  let from = 0
  for (const size of sizes) {
    chunks.push(bytes.subarray(from, from + size))
    from += size
  }
  return [...chunks, bytes.subarray(from)]
}

/** Bytes in which the ones that matter are frequent. */
const bytes = fc
  .array(fc.oneof(fc.constantFrom(0x0b, 0x1c, 0x0d), fc.integer({ min: 0, max: 255 })), { maxLength: 80 })
  .map((values) => Uint8Array.from(values))

describe('decodeFrames', () => {
  test('the chunks do not matter', () => {
    fc.assert(
      fc.property(
        bytes,
        fc.array(fc.integer({ min: 0, max: 9 })),
        fc.integer({ min: 1, max: 20 }),
        (whole, sizes, cap) => {
          expect(decode(cut(whole, sizes), cap)).toEqual(decode([whole], cap))
        },
      ),
    )
  })

  test('what is framed comes out', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ maxLength: 30 })),
        fc.array(fc.integer({ min: 1, max: 9 })),
        (texts, sizes) => {
          const framed = texts.map((text) => encodeFrame(text))
          const events = decode(cut(Uint8Array.from(framed.flatMap((frame) => [...frame])), sizes))
          const read = events.map((event) =>
            event.kind === 'frame' ? new TextDecoder().decode(event.bytes) : event.kind,
          )
          expect(read).toEqual(texts)
        },
      ),
    )
  })

  test('garbage, broken and oversize frames are reported and passed over', () => {
    const whole = Uint8Array.from([
      1,
      2,
      ...encodeFrame('one'),
      0x0b,
      3,
      ...encodeFrame('two'),
      ...encodeFrame('x'.repeat(9)),
    ])
    const kinds = decode([Uint8Array.from([...whole, ...encodeFrame('end')])], 5).map(({ kind }) => kind)
    expect(kinds).toEqual(['garbage', 'frame', 'broken', 'frame', 'oversize', 'frame'])
  })
})

async function answers(socket: Socket, count: number): Promise<string[]> {
  let state = NO_FRAME
  const texts: string[] = []
  for await (const chunk of socket.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>) {
    const decoded = decodeFrames(state, chunk)
    state = decoded.state
    for (const event of decoded.events)
      if (event.kind === 'frame') texts.push(new TextDecoder().decode(event.bytes))
    if (texts.length >= count) break
  }
  return texts
}

describe('listenMllp', () => {
  const open: { close: () => unknown }[] = []

  afterEach(async () => {
    for (const one of open.splice(0).toReversed()) await one.close()
  })

  async function listen(options: Partial<MllpOptions>): Promise<MllpListener> {
    const listener = await listenMllp({ port: 0, host: '127.0.0.1', receive: async () => 'ACK', ...options })
    open.push(listener)
    return listener
  }

  async function client({ port }: MllpListener) {
    const socket = connect(port, '127.0.0.1')
    socket.on('error', () => undefined)
    open.push({ close: () => socket.destroy() })
    await new Promise((resolve) => socket.once('connect', resolve))
    return { socket, answers: (count: number) => answers(socket, count) }
  }

  test('one message at a time, answered in order', async () => {
    let running = 0
    let most = 0
    const listener = await listen({
      receive: async (message) => {
        most = Math.max(most, (running += 1))
        await new Promise((resolve) => setTimeout(resolve, 5))
        running -= 1
        return `ACK ${new TextDecoder().decode(message)}`
      },
    })
    const { socket, answers } = await client(listener)
    for (const text of ['1', '2', '3']) socket.write(encodeFrame(text))
    expect(await answers(3)).toEqual(['ACK 1', 'ACK 2', 'ACK 3'])
    expect(most).toBe(1)
  })

  test('garbage is answered with AR, and the next message is taken', async () => {
    const events: MllpEvent[] = []
    const { socket, answers } = await client(await listen({ log: (event) => events.push(event) }))
    socket.write('GET / HTTP/1.1\r\n\r\n')
    socket.write(encodeFrame('message'))
    const [nak, ack] = await answers(2)
    expect(nak).toMatch(/\rMSA\|AR\|\|/)
    expect(ack).toBe('ACK')
    expect(events).toMatchObject([{ event: 'garbage', length: 14 }])
  })

  test('a receiver that fails is answered with AE for the message, and its error is not told', async () => {
    const listener = await listen({ receive: () => Promise.reject(new Error('secret')) })
    const { socket, answers } = await client(listener)
    socket.write(encodeFrame('MSH|^~\\&|A|B|C|D|2026||REF^I12|77|P|2.5.1\rPID|1'))
    const [text] = await answers(1)
    expect(text).toMatch(/\rMSA\|AE\|77\|/)
    expect(text).not.toContain('secret')
  })

  test('a frame beyond the cap is answered with AR', async () => {
    const { socket, answers } = await client(await listen({ maxFrame: 10 }))
    socket.write(encodeFrame('x'.repeat(50_000)))
    expect((await answers(1))[0]).toContain('the frame is too large')
  })

  test('a frame without an end times out', async () => {
    const { socket, answers } = await client(await listen({ idleTimeout: 30 }))
    socket.write('\u000Bunfinished')
    expect((await answers(1))[0]).toContain('the frame has no end')
    await new Promise((resolve) => socket.once('close', resolve))
  })

  test('garbage alone times out too', async () => {
    const { socket, answers } = await client(await listen({ idleTimeout: 30 }))
    socket.write('GET / HTTP/1.1')
    expect((await answers(1))[0]).toContain('bytes outside of a frame')
  })

  test('a sender that ends its side still gets its answer, and line ends between frames do not matter', async () => {
    const listener = await listen({
      receive: () => new Promise((resolve) => setTimeout(() => resolve('ACK'), 20)),
    })
    const { socket, answers } = await client(listener)
    socket.write(encodeFrame('message'))
    socket.write('\r\n')
    socket.end(encodeFrame('message'))
    expect(await answers(2)).toEqual(['ACK', 'ACK'])
  })

  test('a client that goes away does not matter', async () => {
    const listener = await listen({})
    for (let count = 0; count < 5; count += 1) {
      const { socket } = await client(listener)
      socket.write(encodeFrame('message'))
      socket.resetAndDestroy()
    }
    const { socket, answers } = await client(listener)
    socket.write(encodeFrame('message'))
    expect(await answers(1)).toEqual(['ACK'])
  })

  test('close waits for the message in flight', async () => {
    const started = Promise.withResolvers<void>()
    const finish = Promise.withResolvers<string>()
    const receive = () => {
      started.resolve()
      return finish.promise
    }
    const listener = await listen({ receive })
    const { socket, answers } = await client(listener)
    socket.write(encodeFrame('message'))
    await started.promise
    const closed = listener.close()
    finish.resolve('late')
    expect(await answers(1)).toEqual(['late'])
    await closed
  })

  test('a port in use rejects', async () => {
    const { port } = await listen({})
    await expect(listen({ port })).rejects.toMatchObject({ code: 'EADDRINUSE' })
  })
})
