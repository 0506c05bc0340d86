import { createReadStream } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { createGunzip } from 'node:zlib'
import type { Source } from '../../terminology/releases/choose-files.ts'
import { fail } from '../fault.ts'

/** A file that the operator named, or the files of a folder and of those in it. */
export const openFiles = async (path: string): Promise<readonly Source[]> => {
  try {
    const own = await stat(path)
    if (!own.isDirectory()) return [sourceOf(path, own.size)]
    const entries = await readdir(path, { recursive: true, withFileTypes: true })
    const files = entries
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => join(parentPath, name))
    return await Promise.all(files.map(async (file) => sourceOf(file, (await stat(file)).size)))
  } catch (fault) {
    return fail(`\`${path}\` cannot be read (${(fault as NodeJS.ErrnoException).code ?? 'unknown'})`)
  }
}

/** What is packed is read as what it was, from a place there; its size is that of the file. */
const sourceOf = (path: string, size: number): Source => ({
  path,
  size,
  read: (from) => (path.endsWith('.gz') ? unpacked(path, from) : createReadStream(path, { start: from })),
})

async function* unpacked(path: string, from: number): AsyncGenerator<Uint8Array> {
  let left = from
  const file = createReadStream(path)
  try {
    for await (const chunk of file.pipe(createGunzip()) as AsyncIterable<Buffer>) {
      if (chunk.length > left) yield chunk.subarray(left)
      left = Math.max(0, left - chunk.length)
    }
  } finally {
    file.destroy()
  }
}
