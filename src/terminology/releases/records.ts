import { csvFields } from './csv-fields.ts'

/** One record of a release file: a line, or the several that a quoted field makes of one (RFC 4180 section 2). */
export interface FileRecord {
  readonly text: string
  /** The line it begins on, from 1. */
  readonly line: number
  /** Where the next record begins. */
  readonly next: Place
  /** Why it cannot be read, where that is so. */
  readonly fault?: string
}

/** How far a file was read: bytes from 0, and the line that begins there. */
export interface Place {
  readonly position: number
  readonly line: number
}

export const start: Place = { position: 0, line: 1 }

/** No record of any release is longer, in bytes. */
const longest = 256 * 1024

const [newline, carriageReturn, quote] = [0x0a, 0x0d, 0x22]
const byteOrderMark = [0xef, 0xbb, 0xbf]

/**
 * The records of a file from a place on, whatever its line ends, with as much of it in memory as one record has. What is not
 * UTF-8, or is too long to be a record, is one with a fault; quotes that do not match make one of their own line alone.
 */
export async function* recordsOf(
  chunks: AsyncIterable<Uint8Array>,
  from: Place,
  isQuoted: boolean,
): AsyncGenerator<FileRecord> {
  let held: Uint8Array = new Uint8Array()
  let place = from
  function* whole(isLast: boolean): Generator<FileRecord> {
    let at = 0
    for (;;) {
      const end = endOf(held, at, isQuoted, isLast)
      if (end === undefined) break
      const record = recordAt(held.subarray(at, end), place)
      place = record.next
      at = end
      yield record
    }
    held = held.slice(at)
  }
  for await (const chunk of chunks) {
    held = joined(held, chunk)
    yield* whole(false)
  }
  yield* whole(true)
}

const joined = (one: Uint8Array, other: Uint8Array): Uint8Array => {
  const both = new Uint8Array(one.length + other.length)
  both.set(one)
  both.set(other, one.length)
  return both
}

/** Where the record that begins at a place ends, its line end included; undefined where that is not there yet. */
const endOf = (bytes: Uint8Array, from: number, isQuoted: boolean, isLast: boolean): number | undefined => {
  let isInside = false
  let firstEnd: number | undefined
  for (let at = from; at < bytes.length; at++) {
    if (isQuoted && bytes[at] === quote) isInside = !isInside
    if (at - from > longest) return firstEnd ?? lineEnd(bytes, at, isLast)
    if (bytes[at] !== newline) continue
    if (!isInside) return firstEnd === undefined || isCsv(bytes.subarray(from, at)) ? at + 1 : firstEnd
    firstEnd ??= at + 1
  }
  if (!isLast || from === bytes.length) return undefined
  return isInside && firstEnd !== undefined ? firstEnd : bytes.length
}

/** A line without an end is cut where it is known to be no record. */
const lineEnd = (bytes: Uint8Array, from: number, isLast: boolean): number | undefined => {
  const end = bytes.indexOf(newline, from)
  if (end >= 0) return end + 1
  return isLast || bytes.length - from > longest ? bytes.length : undefined
}

const isCsv = (bytes: Uint8Array): boolean =>
  csvFields(new TextDecoder().decode(withoutReturn(bytes))) !== undefined

const recordAt = (bytes: Uint8Array, { position, line }: Place): FileRecord => {
  const isEnded = bytes.at(-1) === newline
  const own = withoutReturn(withoutMark(isEnded ? bytes.subarray(0, -1) : bytes, position === 0))
  const lines = bytes.reduce((count, byte) => (byte === newline ? count + 1 : count), 0)
  const next = { position: position + bytes.length, line: line + lines }
  if (own.length > longest) return { text: '', line, next, fault: 'the line is too long' }
  try {
    return { text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(own), line, next }
  } catch {
    return { text: '', line, next, fault: 'the line is not UTF-8' }
  }
}

const withoutMark = (bytes: Uint8Array, isFirst: boolean): Uint8Array =>
  isFirst && byteOrderMark.every((byte, at) => bytes[at] === byte)
    ? bytes.subarray(byteOrderMark.length)
    : bytes

const withoutReturn = (bytes: Uint8Array): Uint8Array =>
  bytes.at(-1) === carriageReturn ? bytes.subarray(0, -1) : bytes
