import { fail } from './fault.ts'

/** Some whole lines of a file, and where the next ones begin. */
export interface Lines {
  readonly text: string
  readonly line: number
  readonly next: { readonly position: number; readonly line: number }
}

/** Lines that are read together, and bytes of them, at the most; no line is longer. */
const most = { lines: 500, bytes: 8 * 1024 * 1024, line: 64 * 1024 * 1024 }

const newline = 0x0a

/** The lines of a file from a place on, some at a time, with no more of the file in memory than these. */
export async function* linesOf(
  chunks: AsyncIterable<Uint8Array>,
  from: Lines['next'],
): AsyncGenerator<Lines> {
  let { position, line } = from
  let [held, size, count] = [new Array<Uint8Array>(), 0, 0]
  let isOpen = false
  const decoder = new TextDecoder('utf-8', { fatal: true })
  const take = (): Lines => {
    const begun = line
    const text = decode(decoder, joined(held, size), line)
    position += size
    line += count
    held = []
    ;[size, count] = [0, 0]
    return { text, line: begun, next: { position, line } }
  }
  for await (const chunk of chunks) {
    let start = 0
    for (let at = chunk.indexOf(newline); at >= 0; at = chunk.indexOf(newline, start)) {
      held.push(chunk.subarray(start, at + 1))
      size += at + 1 - start
      count += 1
      start = at + 1
      if (count >= most.lines || size >= most.bytes) yield take()
    }
    isOpen = chunk.length > 0 ? start < chunk.length : isOpen
    if (start < chunk.length) {
      held.push(chunk.subarray(start))
      size += chunk.length - start
    }
    if (size > most.line) fail(`line ${line + count} is too long to be a resource`)
  }
  if (isOpen) count += 1
  if (size > 0) yield take()
}

const joined = (parts: readonly Uint8Array[], size: number): Uint8Array => {
  const whole = new Uint8Array(size)
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

const decode = (decoder: TextDecoder, bytes: Uint8Array, line: number): string => {
  try {
    return decoder.decode(bytes)
  } catch {
    return fail(`from line ${line} on: the file is not UTF-8`)
  }
}
