import { sql } from 'drizzle-orm'
import type { Identifier, Patient } from 'fhir/r4'
import type { Writer } from '../accept.ts'
import { normalized } from '../search/words.ts'
import type { Services } from '../services.ts'
import { type Connection, list } from '../store/database.ts'

interface Candidate {
  readonly id: string
  readonly person: number
  readonly custodian: number
  readonly content: string
}

/**
 * The person that a new Patient is (CONSENT rules, section 1; PARTNERS, identity). An identifier that is trusted of
 * this sender, with the same birth date and family name, is the same person; an identifier hit with other demographics
 * is held for an officer; anything else is somebody new. The sender cannot tell which it was.
 */
export const personFor = async (
  connection: Connection,
  services: Services,
  writer: Writer,
  patient: Patient,
): Promise<number> => {
  const trusted = await trustedIdentifiers(connection, writer, patient.identifier ?? [])
  const candidates = await withIdentifiers(connection, writer, trusted)
  const agreeing = candidates.filter(({ content }) => agrees(JSON.parse(content) as Patient, patient))
  const persons = new Set(agreeing.map(({ person }) => person))
  const [match] = agreeing
  if (match === undefined || persons.size > 1 || agreeing.length < candidates.length) {
    const fresh = await newPerson(connection)
    const hit = candidates[0]
    if (hit !== undefined) await hold(connection, services, patient, hit)
    return fresh
  }
  if (writer.imports === 'trusted') await introduce(connection, writer, match, patient)
  return match.person
}

const newPerson = async (connection: Connection): Promise<number> => {
  const [row] = await connection.query<{ key: number }>(sql`INSERT INTO person DEFAULT VALUES RETURNING key`)
  return row?.key ?? 0
}

/** A trusted import vouches for all identifiers; a partner for those of the systems it is registered with. */
const trustedIdentifiers = async (
  connection: Connection,
  { imports, caller }: Writer,
  identifiers: readonly Identifier[],
): Promise<Identifier[]> => {
  const whole = identifiers.filter(({ system, value }) => system !== undefined && value !== undefined)
  if (imports === 'trusted' || whole.length === 0) return whole
  const rows = await connection.query<{
    system: string
  }>(sql`SELECT DISTINCT s.value AS system FROM organization o,
    jsonb_array_elements(o.channels) c, jsonb_each_text(coalesce(c->'systems', '{}')) s WHERE o.key = ${caller.homeKey}`)
  const own = new Set(rows.map(({ system }) => system))
  return whole.filter(({ system }) => own.has(system ?? ''))
}

/**
 * Patients with one of these identifiers whom somebody vouches for: a trusted import, or the sender of whose own
 * identifier systems they are. One that another client wrote claims what it likes, and is nobody's match.
 */
const withIdentifiers = async (
  connection: Connection,
  { imports, caller }: Writer,
  identifiers: readonly Identifier[],
): Promise<Candidate[]> => {
  if (identifiers.length === 0) return []
  const tokens = identifiers.map(({ system, value }) => `identifier=${system}|${value}`)
  return connection.query<Candidate>(sql`SELECT id, person, custodian, content FROM resource
    WHERE type = 'Patient' AND NOT deleted AND richer IS NULL AND person IS NOT NULL AND tokens && ${list(tokens, 'text')}
      AND (effective OR ${imports === undefined} AND custodian = ${caller.homeKey}) ORDER BY key`)
}

/** Birth date and one family name, both present on both sides. */
export const agrees = (one: Patient, other: Patient): boolean => {
  const families = (patient: Patient) =>
    (patient.name ?? []).flatMap(({ family }) => (family === undefined ? [] : [normalized(family)]))
  return (
    one.birthDate !== undefined &&
    one.birthDate === other.birthDate &&
    families(one).some((family) => families(other).includes(family))
  )
}

const hold = (
  connection: Connection,
  services: Services,
  patient: Patient,
  candidate: Candidate,
): Promise<object[]> =>
  connection.query(sql`INSERT INTO identity_review (at, patient, candidate, reason)
    VALUES (${services.clock.now().toISOString()}::timestamptz, ${`Patient/${patient.id ?? ''}`}, ${`Patient/${candidate.id}`}, 'identifier with other demographics')`)

/** Two custodians' Patients that share an identifier in a trusted import: each custodian knows the person. */
const introduce = async (
  connection: Connection,
  { caller }: Writer,
  { custodian, person, id }: Candidate,
  patient: Patient,
): Promise<void> => {
  for (const [organization, reference] of [
    [custodian, `Patient/${id}`],
    [caller.homeKey, `Patient/${patient.id ?? ''}`],
  ] as const)
    await connection.query(sql`INSERT INTO crosswalk (organization, person, patient) SELECT ${organization}, ${person}, ${reference}
      WHERE NOT EXISTS (SELECT FROM crosswalk WHERE organization = ${organization} AND person = ${person})`)
}
