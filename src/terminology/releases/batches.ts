import { type Place, recordsOf } from './records.ts'
import type { FileFormat, Reader, Statement } from './release-format.ts'

/** A line that could not be read, and why. */
export interface Unread {
  readonly line: number
  readonly reason: string
}

/** What some records of a file say, which is stored together. */
export interface Batch {
  readonly from: Place
  readonly to: Place
  readonly isLast: boolean
  readonly statements: readonly Statement[]
  readonly unread: readonly Unread[]
}

/** So much is in one batch, at the most: what is said, records that say it, and lines that cannot be read. */
const most = { statements: 5000, records: 50_000, unread: 1000 }

/** A file from a place on, batch by batch. A line that cannot be read is told and passed over. */
export async function* batchesOf(
  chunks: AsyncIterable<Uint8Array>,
  from: Place,
  { isQuoted, hasHeader }: Pick<FileFormat, 'isQuoted' | 'hasHeader'>,
  read: Reader,
): AsyncGenerator<Batch> {
  let [begin, end, records] = [from, from, 0]
  let statements: Statement[] = []
  let unread: Unread[] = []
  for await (const { text, line, next, fault } of recordsOf(chunks, from, isQuoted)) {
    const said = fault !== undefined ? { fault } : hasHeader && line === 1 ? [] : read(text)
    if ('fault' in said) unread.push({ line, reason: said.fault })
    else statements.push(...said)
    end = next
    records++
    const isFull =
      statements.length >= most.statements || records >= most.records || unread.length >= most.unread
    if (!isFull) continue
    yield { from: begin, to: end, isLast: false, statements, unread }
    ;[begin, records, statements, unread] = [end, 0, [], []]
  }
  yield { from: begin, to: end, isLast: true, statements, unread }
}
