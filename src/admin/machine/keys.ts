import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { KeyStore } from '../administered.ts'

/** Keys as files of a directory, one for each client, for the owner of the directory alone. */
export const keysIn = (directory: string): KeyStore => {
  const pathOf = (client: string): string => join(directory, `${encodeURIComponent(client)}.json`)
  return {
    read: (client) => readFile(pathOf(client), 'utf8').catch(() => undefined),
    write: async (client, key) => {
      await mkdir(directory, { recursive: true, mode: 0o700 })
      const fresh = `${pathOf(client)}.${process.pid}`
      await writeFile(fresh, key, { mode: 0o600 })
      await rename(fresh, pathOf(client))
    },
    clear: () => rm(directory, { recursive: true, force: true }),
  }
}
