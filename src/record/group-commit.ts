import { sql } from 'drizzle-orm'
import type { Connection, Database } from '../store/database.ts'
import type { AccountingEntry, AuditEntry, RecordKeeper } from './keeper.ts'

interface Waiting {
  readonly audit: AuditEntry
  readonly accounting: readonly AccountingEntry[]
  readonly resolve: () => void
  readonly reject: (reason: unknown) => void
}

/**
 * A keeper that writes the rows of concurrent requests in one transaction, which every one of them awaits: durable
 * before the response leaves, and cheap. While one batch is being written the next one gathers.
 */
export const groupCommit = (database: Database): RecordKeeper => {
  let gathering: Waiting[] = []
  let writing = false

  const flush = async (): Promise<void> => {
    writing = true
    while (gathering.length > 0) {
      const batch = gathering
      gathering = []
      try {
        await insertRecord(
          database,
          batch.map(({ audit }) => audit),
          batch.flatMap(({ accounting }) => accounting),
        )
        for (const { resolve } of batch) resolve()
      } catch (fault) {
        for (const { reject } of batch) reject(fault)
      }
    }
    writing = false
  }

  return {
    keep: (audit, accounting = []) =>
      new Promise((resolve, reject) => {
        gathering.push({ audit, accounting, resolve, reject })
        if (!writing) void flush()
      }),
  }
}

/** Inserts audit and accounting rows in one statement, so that all of them are there or none. */
export const insertRecord = async (
  connection: Connection,
  audits: readonly AuditEntry[],
  accounts: readonly AccountingEntry[],
): Promise<void> => {
  const audit = sql`INSERT INTO audit (at, request, interaction, outcome, client, organization, purpose, custodians, persons, detail)
    SELECT at, request, interaction, outcome, client, organization, purpose, custodians, persons, detail FROM json_to_recordset(${JSON.stringify(audits)}::text::json)
      AS given(at timestamptz, request text, interaction text, outcome text, client text, organization text, purpose text, custodians int[], persons int[], detail jsonb)`
  if (accounts.length === 0) {
    await connection.query(audit)
    return
  }
  const rows = accounts.map(({ recipientClass, ...entry }) => ({ ...entry, recipient_class: recipientClass }))
  await connection.query(sql`WITH audited AS (${audit})
    INSERT INTO accounting (at, request, person, custodian, recipient, recipient_class, purpose, basis, description, notice, hash)
    SELECT at, request, person, custodian, recipient, recipient_class, purpose, basis, description, notice, hash FROM json_to_recordset(${JSON.stringify(rows)}::text::json)
      AS given(at timestamptz, request text, person int, custodian int, recipient text, recipient_class text, purpose text, basis jsonb, description jsonb, notice text, hash text)`)
}
