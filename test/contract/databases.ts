import { readFile } from 'node:fs/promises'
import postgres from 'postgres'
import { inject } from 'vitest'
import type { Database } from '../../src/store/database.ts'
import { openPglite } from '../../src/store/pglite.ts'
import { openPostgres } from '../../src/store/postgres.ts'

/** The databases that the contract holds for. */
export const kinds = ['pglite', 'postgres'] as const

export type Kind = (typeof kinds)[number]

/** The same for suites that take long: in CI, which has to end in time, PostgreSQL alone stands for both. */
export const longKinds: readonly Kind[] = process.env['CI'] === 'true' ? ['postgres'] : kinds

export type Filled = 'empty' | 'town'

/** A migrated database of this kind, empty or with the town in it, gone when it is closed. */
export const openDatabase = (kind: Kind, filled: Filled = 'empty'): Promise<Database> =>
  kind === 'pglite' ? loadPglite(filled) : copyTemplate(filled)

const loadPglite = async (filled: Filled): Promise<Database> =>
  openPglite(undefined, new Blob([await readFile(inject('databases')[filled].pglite)]))

const copyTemplate = async (filled: Filled): Promise<Database> => {
  const {
    url,
    [filled]: { template },
  } = inject('databases')
  const name = `sluice_${crypto.randomUUID().replaceAll('-', '')}`
  await onServer(url, `CREATE DATABASE ${name} TEMPLATE ${template}`)
  const database = openPostgres(Object.assign(new URL(url), { pathname: `/${name}` }).href, 4)
  return {
    ...database,
    close: async () => {
      await database.close()
      await onServer(url, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)
    },
  }
}

/** Two files that copy the template at the same moment take turns: PostgreSQL refuses a template in use. */
const onServer = async (url: string, statement: string): Promise<void> => {
  const admin = postgres(url, { max: 1, onnotice: () => undefined })
  try {
    for (let left = 20; ; left--) {
      try {
        await admin.unsafe(statement)
        return
      } catch (fault) {
        if (left === 0 || !(fault instanceof Error) || !fault.message.includes('being accessed')) throw fault
        await new Promise((resolve) => setTimeout(resolve, 100))
      }
    }
  } finally {
    await admin.end({ timeout: 5 })
  }
}
