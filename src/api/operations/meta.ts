import type { Coding, Meta, Resource } from 'fhir/r4'
import type { Answer, Ask } from '../../disclose.ts'
import { resourceTypes } from '../../fhir/definitions/structures.ts'
import { refuse } from '../../problem.ts'
import type { ReleasedResource } from '../../redact/released.ts'
import { findOne } from '../../search/find.ts'
import { findMetaExamples } from '../../search/meta.ts'
import type { Services } from '../../services.ts'
import { fhirJson } from '../resource-answer.ts'
import type { Asked } from './operation.ts'
import { requireKnown } from './parameters.ts'

/**
 * https://hl7.org/fhir/R4/resource-operation-meta.html: the profiles, tags and labels of one resource, or all that are
 * in use in a type or in the system, as far as the caller sees them.
 */
export const meta = (_services: Services, request: string, { type, id, given }: Asked): Ask => ({
  interaction: 'meta',
  request,
  needs: type === undefined ? [] : [{ type, access: 'r' }],
  find: async (connection, grant, permit) => {
    requireKnown(given, [])
    if (type !== undefined && id !== undefined) {
      const row = await findOne(connection, permit, type, id)
      return { rows: row === undefined ? [] : [row], answer: ofOne }
    }
    const types = (type === undefined ? resourceTypes : [type]).filter((own) => grant.allows(own, 'r'))
    if (types.length === 0) refuse({ kind: 'forbidden', text: 'the token may read no type of resource' })
    return {
      rows: await findMetaExamples(connection, permit, types),
      answer: (released) => metaAnswer(together(released.map(metaOf))),
    }
  },
})

const ofOne = ([own]: readonly ReleasedResource[]): Answer => {
  if (own === undefined) return refuse({ kind: 'not-found' })
  return own.deleted ? refuse({ kind: 'gone' }) : metaAnswer(metaOf(own))
}

/** The meta of what was released. */
export const metaOf = ({ text }: ReleasedResource): Meta => (JSON.parse(text) as Resource).meta ?? {}

/** The answer of the three operations on `meta`: Parameters with what it is now. */
export const metaAnswer = (valueMeta: Meta): Answer => {
  const parameter = Object.keys(valueMeta).length === 0 ? [] : [{ name: 'return', valueMeta }]
  return {
    status: 200,
    headers: { 'content-type': fhirJson },
    body: JSON.stringify({ resourceType: 'Parameters', ...(parameter.length === 0 ? {} : { parameter }) }),
  }
}

/** What several have, each once; and what must go along with what leaves of them. */
const together = (metas: readonly Meta[]): Meta => {
  const extension = once(
    metas.flatMap((one) => one.extension ?? []),
    (own) => JSON.stringify(own),
  )
  const profile = [...new Set(metas.flatMap((one) => one.profile ?? []))].toSorted(byText)
  const tag = codings(metas.flatMap((one) => one.tag ?? []))
  const security = codings(metas.flatMap((one) => one.security ?? []))
  const lists = Object.entries({ extension, profile, security, tag })
  return Object.fromEntries(lists.filter(([, own]) => own.length > 0))
}

const codings = (all: readonly Coding[]): Coding[] =>
  once(all, identity).toSorted((one, other) => byText(identity(one), identity(other)))

/** A tag or label is what its system and code say it is (https://hl7.org/fhir/R4/resource-operation-meta-add.html). */
export const identity = ({ system = '', code = '' }: Coding): string => `${system}|${code}`

/** The first of each kind. */
export const once = <T>(all: readonly T[], of: (one: T) => string): T[] =>
  [...new Map(all.toReversed().map((one) => [of(one), one])).values()].toReversed()

const byText = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0)
