import type { FhirResource, Resource } from 'fhir/r4'
import type { Mask } from '../consent/labels.ts'
import { isOtherChoice, reduces } from '../fhir/reduces.ts'
import type { Change, CurrentRow } from './change.ts'
import { isProgress } from './current.ts'

type Json = Readonly<Record<string, unknown>>

/**
 * What stands in poorer cuts where a richer one has something that a writer did not see (CONSENT rules, section 8): what
 * the change itself writes so, and what was written so before, as long as something is hidden there.
 */
export const insteadOf = (change: Change, prior: readonly CurrentRow[]): FhirResource | undefined => {
  if (change.action === 'create' || change.action === 'delete') return undefined
  if (change.instead === undefined && prior.length < 2) return undefined
  const names = Object.keys(change.resource)
  const kept = Object.entries(writtenBefore(prior)).filter(
    ([name]) => name === 'text' || names.some((own) => own === name || isOtherChoice(own, name)),
  )
  const values = { ...Object.fromEntries(kept), ...change.instead?.values }
  const written = Object.entries(values).filter(([, value]) => value !== undefined)
  const { resourceType, id } = change.resource
  return written.length === 0
    ? undefined
    : ({ resourceType, id, ...Object.fromEntries(written) } as FhirResource)
}

/** What poorer cuts say that the richest one does not: nothing else can have brought it there. */
const writtenBefore = (prior: readonly CurrentRow[]): Json => {
  const [full = {}, ...poorer] = prior
    .filter((row) => !row.deleted && !isProgress(row))
    .map(({ content }) => besideMeta(content))
    .toReversed()
  return Object.fromEntries(
    poorer
      .flatMap((cut) => Object.entries(cut).filter(([name, value]) => !reduces(full[name], value)))
      .toReversed(),
  )
}

const besideMeta = (content: string): Json => {
  const { meta: _meta, ...rest } = JSON.parse(content) as Json
  return rest
}

/**
 * Whether a narrative that was written over a hidden one may stand in a cut: where all else that its writer said does, and
 * afterwards where it stood.
 */
export const mayTell =
  ({ instead }: Change, prior: readonly CurrentRow[], text: unknown) =>
  (cut: Resource, mask: Mask): boolean => {
    if (instead === undefined || instead.values.text === undefined)
      return prior.some(
        (row) => BigInt(row.mask) === mask && !row.deleted && isSame(besideMeta(row.content).text, text),
      )
    const { meta: _meta, ...said } = instead.said as unknown as Json
    const rest = Object.entries(said).filter(([name]) => !(name in instead.values))
    return rest.every(([name, value]) => reduces((cut as unknown as Json)[name], value))
  }

export const textOf = (resource: Resource): unknown => ('text' in resource ? resource.text : undefined)

const isSame = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other)
