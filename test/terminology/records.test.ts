import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { csvFields } from '../../src/terminology/releases/csv-fields.ts'
import { type FileRecord, type Place, recordsOf, start } from '../../src/terminology/releases/records.ts'

async function* inPieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

const read = async (bytes: Uint8Array, from: Place, isQuoted: boolean, size = 7): Promise<FileRecord[]> =>
  Array.fromAsync(recordsOf(inPieces(bytes.subarray(from.position), size), from, isQuoted))

const encode = (text: string): Uint8Array => new TextEncoder().encode(text)

describe('records of a release file', () => {
  test('each record is the same, however the file comes in pieces and wherever it is gone on with', async () => {
    const field = fc.string({ unit: fc.constantFrom('a', 'é', '"', ',', '\n', ' ', '\r'), maxLength: 6 })
    const rows = fc.array(fc.array(field, { minLength: 2, maxLength: 2 }), { minLength: 1, maxLength: 6 })
    await fc.assert(
      fc.asyncProperty(rows, fc.integer({ min: 1, max: 9 }), fc.boolean(), async (given, size, isWindows) => {
        const text = given
          .map((row) => row.map((one) => `"${one.replaceAll('"', '""')}"`).join(','))
          .join(isWindows ? '\r\n' : '\n')
        const bytes = encode(text)
        const records = await read(bytes, start, true, size)
        expect(records.map((record) => csvFields(record.text))).toEqual(given)
        for (const [at, { next }] of records.entries())
          expect(await read(bytes, next, true, size)).toEqual(records.slice(at + 1))
        expect(records.at(-1)?.next.position).toBe(bytes.length)
      }),
      { numRuns: 200 },
    )
  })

  test('lines are numbered as an editor numbers them', async () => {
    const records = await read(encode('\uFEFFa,b\n"c\nd",e\r\n\nf'), start, true)
    expect(records.map(({ line, text }) => [line, text])).toEqual([[1, 'a,b'], [2, '"c\nd",e'], [4, ''], [5, 'f']])
  }) // prettier-ignore

  test('nothing is read of an empty file', async () => {
    expect(await read(new Uint8Array(), start, false)).toEqual([])
  })

  test.each([
    ['a,b', ['a', 'b']],
    ['', ['']],
    ['"a ""b""",c', ['a "b"', 'c']],
    ['a,', ['a', '']],
    ['"a', undefined],
    ['"a"b', undefined],
    ['a"b', undefined],
  ])('fields of %s', (text, fields) => {
    expect(csvFields(text)).toEqual(fields)
  })
})
