import type { FhirResource } from 'fhir/r4'
import type { Submission } from '../accept.ts'
import { isResourceType } from '../fhir/definitions/structures.ts'
import { rewriteReferences } from '../fhir/references.ts'
import { refuse } from '../problem.ts'
import { tokenForm } from '../search/conditions/token.ts'
import type { Criterion } from '../search/criterion.ts'
import { indexRows } from '../search/index-rows.ts'
import { readCriterion } from '../search/read-criterion.ts'
import { fhirBase } from '../services.ts'
import { type Asking, findMatches } from './address.ts'

const shape = /^(?<type>[A-Z][A-Za-z]+)\?(?<query>.+)$/

/**
 * References of a transaction that are searches, `Patient?identifier=…`: each must find exactly one resource among what
 * the caller sees and what the transaction itself brings (FHIR R4 http 3.1.0.11.2, conditional references).
 */
export const resolveConditional = async (
  submissions: readonly Submission[],
  asking: Asking,
): Promise<readonly Submission[]> => {
  const searches = new Set<string>()
  for (const { resource } of submissions)
    if (resource !== undefined)
      rewriteReferences(resource, (reference) => {
        if (isResourceType(shape.exec(reference)?.groups?.type)) searches.add(reference)
        return reference
      })
  if (searches.size === 0) return submissions
  const found = new Map<string, string>()
  for (const search of searches) found.set(search, await onlyMatch(search, submissions, asking))
  return submissions.map((submission) =>
    submission.resource === undefined
      ? submission
      : {
          ...submission,
          resource: rewriteReferences(submission.resource, (reference) => found.get(reference) ?? reference),
        },
  )
}

const onlyMatch = async (
  search: string,
  submissions: readonly Submission[],
  asking: Asking,
): Promise<string> => {
  const { type = '', query = '' } = shape.exec(search)?.groups ?? {}
  const given = new URLSearchParams(query)
  const stored = await findMatches(given, type, 'a conditional reference', asking)
  const brought = submissions.filter((one) => one.type === type && isMatch(one, given, asking))
  const keys = new Set([
    ...stored.map(({ id }) => `${type}/${id}`),
    ...brought.map(({ id = '', placeholder = id }) => `${type}/${placeholder}`),
  ])
  const [only] = keys
  if (keys.size !== 1 || only === undefined)
    return refuse({
      kind: 'precondition',
      text: `a conditional reference to a ${type} matches ${keys.size === 0 ? 'no resource' : 'more than one resource'}; it must match exactly one`,
    })
  return only
}

/** Whether a resource that is written together meets a search by tokens; other searches look at what is stored alone. */
const isMatch = ({ type, resource }: Submission, given: URLSearchParams, { services }: Asking): boolean => {
  if (resource === undefined) return false
  const { parameters, toBase } = services
  const reading = { parameters, maySearch: () => true }
  const criteria = [...given].map(([key, value]) => readCriterion(reading, type, key, value))
  const tokens = tokensOf(resource, parameters(type), fhirBase(services), toBase)
  return criteria.every((criterion) => criterion !== undefined && holds(criterion, tokens))
}

const tokensOf = (
  resource: FhirResource,
  parameters: Parameters<typeof indexRows>[1],
  base: string,
  toBase: Parameters<typeof indexRows>[3]['toBase'],
): ReadonlySet<string> => new Set(indexRows(resource, parameters, [], { base, toBase }).tokens)

const byToken = new Set(['token', 'reference', 'uri'])

const holds = (criterion: Criterion, tokens: ReadonlySet<string>): boolean =>
  criterion.kind === 'value' &&
  criterion.modifier === undefined &&
  byToken.has(criterion.parameter.kind) &&
  criterion.values.some((value) =>
    tokens.has(`${criterion.parameter.name}=${tokenForm(criterion.parameter, value)}`),
  )
