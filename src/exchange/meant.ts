import { sql } from 'drizzle-orm'
import type { Patient } from 'fhir/r4'
import type { Caller } from '../authenticate/caller.ts'
import { normalized } from '../search/words.ts'
import type { Connection } from '../store/database.ts'

/** Whom an emergency is about: an identifier, demographics, or both; then both must agree. */
export interface Meant {
  readonly identifier?: { readonly system: string; readonly value: string }
  readonly demographics?: { readonly family: string; readonly given: string; readonly birthDate: string }
}

interface Candidate {
  readonly person: number
  readonly effective: boolean
  readonly content: string
}

/**
 * The persons who may be meant, among all that are stored, whoever holds them. Those whom a trusted import vouches for,
 * and those in the caller's own crosswalk, come first: a Patient that another client wrote under somebody's identifier
 * does not stand in the way.
 */
export const findMeant = async (
  connection: Connection,
  { homeKey }: Caller,
  { identifier, demographics }: Meant,
): Promise<number[]> => {
  const found = await (identifier === undefined
    ? named(connection, demographics?.family ?? '')
    : identified(connection, homeKey, identifier))
  const agreeing = found.filter(
    ({ content }) => demographics === undefined || agrees(JSON.parse(content) as Patient, demographics),
  )
  const vouched = agreeing.filter(({ effective }) => effective)
  return [...new Set((vouched.length > 0 ? vouched : agreeing).map(({ person }) => person))]
}

const identified = (
  connection: Connection,
  homeKey: number,
  { system, value }: NonNullable<Meant['identifier']>,
): Promise<Candidate[]> =>
  connection.query<Candidate>(sql`SELECT r.person, r.content, r.effective OR k.key IS NOT NULL AS effective
    FROM resource r LEFT JOIN crosswalk k ON k.organization = ${homeKey} AND k.system = ${system} AND k.value = ${value} AND k.person = r.person
    WHERE r.type = 'Patient' AND NOT r.deleted AND r.richer IS NULL AND r.person IS NOT NULL
      AND (r.tokens @> ARRAY[${`identifier=${system}|${value}`}] OR r.person IN
        (SELECT c.person FROM crosswalk c WHERE c.organization = ${homeKey} AND c.system = ${system} AND c.value = ${value}))`)

const named = (connection: Connection, family: string): Promise<Candidate[]> =>
  connection.query<Candidate>(sql`SELECT r.person, r.content, r.effective FROM resource r
    WHERE r.type = 'Patient' AND NOT r.deleted AND r.richer IS NULL AND r.person IS NOT NULL
      AND r.key IN (SELECT w.resource FROM words w WHERE w.type = 'Patient' AND w.param = 'family' AND w.value = ${normalized(family)})`)

/** One name of the patient has both, and the birth date is the same day. */
const agrees = (
  { name = [], birthDate }: Patient,
  { family, given, birthDate: born }: NonNullable<Meant['demographics']>,
): boolean =>
  birthDate === born &&
  name.some(
    (own) =>
      normalized(own.family ?? '') === normalized(family) &&
      (own.given ?? []).some((one) => normalized(one) === normalized(given)),
  )
