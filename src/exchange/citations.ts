import type { Outcome, Submission, Writer } from '../accept.ts'
import { openTypes } from '../consent/label.ts'
import type { Permit } from '../consent/permit.ts'
import { referencesIn, rewriteReferences } from '../fhir/references.ts'
import { refuse } from '../problem.ts'
import { findByKeys } from '../search/find.ts'
import { fhirBase, type Services } from '../services.ts'
import type { Change } from '../store/change.ts'
import type { Connection } from '../store/database.ts'

/** Within a transaction, references to what a conditional create found point to what was there (FHIR R4 http 3.1.0.11.2). */
export const pointToExisting = (
  submissions: readonly Submission[],
  outcomes: readonly Outcome[],
  changes: readonly Change[],
): readonly Change[] => {
  const found = new Map<string, string>(
    outcomes.flatMap(({ type, id, effect }, place) => {
      const given = submissions[place]?.id
      return effect === 'existing' && given !== undefined
        ? [[`${type}/${given}`, `${type}/${id}`] as const]
        : []
    }),
  )
  if (found.size === 0) return changes
  return changes.map((change) => ({
    ...change,
    resource: rewriteReferences(change.resource, (reference) => found.get(reference) ?? reference),
  }))
}

/**
 * A record cites what is here and what the writer may see, or what nobody has to be allowed to see. Hidden and missing
 * ones answer alike: a blind citation would tell of what it cites by the labels that come with it.
 */
export const requireCited = async (
  connection: Connection,
  services: Services,
  writer: Writer,
  permit: Permit,
  submissions: readonly Submission[],
): Promise<void> => {
  if (writer.imports !== undefined) return
  const fresh = new Set(submissions.map(({ type, id }) => `${type}/${id ?? ''}`))
  const cited = submissions
    .flatMap(({ resource }) => referencesIn(resource, fhirBase(services)))
    .filter(({ reference }) => !fresh.has(reference) && !openTypes.has(reference.split('/')[0] ?? ''))
  const wanted = [...new Set(cited.map(({ reference }) => reference))]
  if (wanted.length === 0) return
  const found = new Set(
    (await findByKeys(connection, permit, wanted, true)).map(({ type, id }) => `${type}/${id}`),
  )
  const missing = cited.filter(({ reference }) => !found.has(reference))
  if (missing.length > 0)
    refuse({
      kind: 'unprocessable',
      issues: missing.slice(0, 20).map(({ path }) => ({
        code: 'not-found',
        expression: [...path, 'reference'].join('.'),
        text: 'what is referred to does not exist; create it first, or in the same transaction',
      })),
    })
}
