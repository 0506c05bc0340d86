import { sql } from 'drizzle-orm'
import type { Consent } from 'fhir/r4'
import { type Directive, directiveOf } from '../consent/directive.ts'
import { type Connection, type Database, json } from './database.ts'
import { hasName } from './directives.ts'
import { stored, withoutPermits } from './facts.ts'
import { nameCodes } from './named-codes.ts'
import { rebuildPermits } from './permits.ts'

/** Consents that are read again in one transaction. */
const batch = 200

interface Row {
  readonly consent: string
  readonly person: number | null
  readonly compiled: Directive
  readonly content: string | null
}

/**
 * Compiles the directives that another release, or another table of elements, compiled, and rebuilds what follows from
 * them; in batches of one transaction each, so that a start that is interrupted goes on from there.
 */
export const renewReadings = async (database: Database, reading: string): Promise<number> => {
  for (let renewed = 0; ;) {
    const some = await database.transaction((connection) => renewSome(connection, reading))
    if (some === 0) return renewed
    renewed += some
  }
}

const renewSome = async (connection: Connection, reading: string): Promise<number> => {
  const rows =
    await connection.query<Row>(sql`SELECT d.consent, d.person, d.compiled, r.content FROM directive d
    LEFT JOIN resource r ON r.type = 'Consent' AND r.id = split_part(d.consent, '/', 2) AND r.richer IS NULL AND NOT r.deleted
    WHERE d.reading IS DISTINCT FROM ${reading} ORDER BY d.consent LIMIT ${batch}::int FOR UPDATE OF d`)
  const named: Directive[] = []
  for (const { consent, compiled, content } of rows) {
    const read = content === null ? undefined : await readAgain(connection, compiled, content)
    const directive = read ?? withoutPermits(compiled)
    named.push(directive)
    const renewed = json(stored(directive))
    await connection.query(
      sql`UPDATE directive SET reading = ${reading}, compiled = ${renewed} WHERE consent = ${consent}`,
    )
  }
  await nameCodes(connection, named)
  await rebuildPermits(connection, [...new Set(rows.flatMap(({ person }) => person ?? []))])
  return rows.length
}

/** Whom a Consent binds was settled by who wrote it, and is no matter of reading. */
const readAgain = async (
  connection: Connection,
  { custodians, denying, void: voided }: Directive,
  content: string,
): Promise<Directive | undefined> => {
  const consent = JSON.parse(content) as Consent
  const directive = directiveOf(consent, await hasName(connection, consent.patient?.reference))
  if (directive === undefined) return undefined
  const kept = voided.includes(byWriter) && !directive.void.includes(byWriter) ? [byWriter] : []
  return { ...directive, custodians, denying, void: [...directive.void, ...kept] }
}

/** A Consent that names no custodian, or not that of whoever wrote it. */
const byWriter = '42 CFR 2.31(a)(2)'
