import { sql } from 'drizzle-orm'
import type { FhirResource } from 'fhir/r4'
import type { Outcome, Submission } from '../accept.ts'
import type { Grant } from '../authorize/grant.ts'
import { openTypes } from '../consent/label.ts'
import { type Path, referencesIn, rewriteReferences } from '../fhir/references.ts'
import { refuse } from '../problem.ts'
import { findByKeys } from '../search/find.ts'
import { fhirBase } from '../services.ts'
import { type Connection, list } from '../store/database.ts'
import type { Asking } from './address.ts'

/** Within a transaction, references to what a conditional create found point to what was there (FHIR R4 http 3.1.0.11.2). */
export const pointToExisting = (
  submissions: readonly Submission[],
  outcomes: readonly Outcome[],
): ((resource: FhirResource) => FhirResource) => {
  const found = new Map<string, string>(
    outcomes.flatMap(({ type, id }, place) => {
      const given = submissions[place]?.placeholder ?? submissions[place]?.id
      return id !== '' && given !== undefined && given !== id
        ? [[`${type}/${given}`, `${type}/${id}`] as const]
        : []
    }),
  )
  return (resource) =>
    found.size === 0
      ? resource
      : rewriteReferences(resource, (reference) => found.get(reference) ?? reference)
}

/**
 * A record cites what is here and what the writer may see, or what nobody has to be allowed to see. Hidden and missing
 * ones answer alike: a blind citation would tell of what it cites by the labels that come with it.
 */
export const requireCited = async (
  { connection, services, writer, grant, permit }: Asking,
  stated: readonly FhirResource[],
): Promise<void> => {
  if (writer.imports !== undefined) return
  const fresh = new Set(stated.map(({ resourceType, id }) => `${resourceType}/${id ?? ''}`))
  const cited = stated
    .flatMap((resource) =>
      referencesIn(resource, fhirBase(services)).map(({ reference, path }) => ({
        reference,
        expression: expressionOf(resource.resourceType, path),
      })),
    )
    .filter(({ reference }) => !fresh.has(reference) && !openTypes.has(reference.split('/')[0] ?? ''))
  const wanted = [...new Set(cited.map(({ reference }) => reference))]
  if (wanted.length === 0) return
  const seen = (await findByKeys(connection, permit.decision, wanted, true)).map(
    ({ type, id }) => `${type}/${id}`,
  )
  const found = await reachedOf(connection, grant, seen)
  const missing = cited.filter(({ reference }) => !found.has(reference))
  if (missing.length > 0)
    refuse({
      kind: 'unprocessable',
      issues: missing.slice(0, 20).map(({ expression }) => ({
        code: 'not-found',
        expression,
        text: 'what is referred to does not exist; create it first, or in the same transaction',
      })),
    })
}

/** Of records that the caller sees, those that its scopes let it cite: what they do not reach is as if it were not there. */
const reachedOf = async (
  connection: Connection,
  { reach }: Grant,
  seen: readonly string[],
): Promise<ReadonlySet<string>> => {
  if (reach === undefined || seen.length === 0) return new Set(seen)
  const rows = await connection.query<{ key: string }>(
    sql`SELECT DISTINCT k.key FROM unnest(${list(seen, 'text')}) k(key)
      JOIN resource r ON r.type = split_part(k.key, '/', 1) AND r.id = split_part(k.key, '/', 2) WHERE ${reach.cites('r')}`,
  )
  return new Set(rows.map(({ key }) => key))
}

/** Where a reference stands, as FHIRPath: `Observation.performer[0].reference`. */
const expressionOf = (type: string, path: Path): string =>
  `${type}${path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`)).join('')}.reference`
