import { sql } from 'drizzle-orm'
import type { Patient } from 'fhir/r4'
import type { Caller } from '../authenticate/caller.ts'
import type { Permit } from '../consent/permit.ts'
import { foundColumns, type FoundRow, type Stored, withHidden } from '../search/find.ts'
import { type Connection, list } from '../store/database.ts'
import { agrees } from './persons.ts'

/**
 * The one Patient that somebody means, among those that the caller may know: an identifier that is trusted, with the
 * same birth date and family name (PARTNERS, identity). What the identifiers find must all agree and be one person.
 */
export const findMatch = async (
  connection: Connection,
  caller: Caller,
  permit: Permit,
  asked: Patient,
): Promise<FoundRow | undefined> => {
  const candidates = await findCandidates(connection, caller, permit, asked)
  const persons = new Set(candidates.map(({ person }) => person))
  const agree = candidates.every(({ content }) => agrees(JSON.parse(content) as Patient, asked))
  return persons.size === 1 && agree ? candidates[0] : undefined
}

/** Trusted is what a trusted import vouches for, what the caller's own organization holds, and the crosswalk. */
const findCandidates = async (
  connection: Connection,
  { homeKey }: Caller,
  permit: Permit,
  { identifier = [] }: Patient,
): Promise<FoundRow[]> => {
  const whole = identifier.filter(({ system, value }) => system !== undefined && value !== undefined)
  const [systems, values] = [whole.map(({ system = '' }) => system), whole.map(({ value = '' }) => value)]
  const tokens = whole.map(({ system, value }) => `identifier=${system}|${value}`)
  const rows = await connection.query<Stored>(sql`SELECT ${foundColumns('r', permit)} FROM resource r
    WHERE r.type = 'Patient' AND NOT r.deleted AND r.person IS NOT NULL AND ${permit.visible('r', 'Patient')}
      AND (r.tokens && ${list(tokens, 'text')} AND (r.effective OR r.custodian = ${homeKey})
        OR r.id IN (SELECT split_part(c.patient, '/', 2) FROM crosswalk c JOIN unnest(${list(systems, 'text')}, ${list(values, 'text')}) own(system, value)
          ON c.system = own.system AND c.value = own.value WHERE c.organization = ${homeKey}))
    ORDER BY r.custodian = ${homeKey} DESC, r.id`)
  return withHidden(connection, permit, rows)
}
