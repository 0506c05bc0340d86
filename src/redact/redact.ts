import type { Extension, Resource } from 'fhir/r4'
import { confidentialities, due, named } from '../consent/labels.ts'
import { noticesFor } from '../consent/obligations.ts'
import { structure } from '../fhir/names.ts'
import { pruned } from './pruned.ts'
import type { Disclosure, Explained, Released, ReleasedResource } from './released.ts'

/** The words that go with what is disclosed under a consent, by its labels and by who receives it (42 CFR 2.32(a), 34 CFR 99.33). */
export const noticeFor = (
  labels: readonly string[],
  recipientClass: string | undefined,
): string | undefined => {
  const owed = noticesFor(labels, recipientClass)
  return owed.length === 0 ? undefined : owed.map(({ text }) => text).join(' ')
}

/**
 * Makes of decided rows what may leave: references to what is hidden are gone, with the narrative that may tell of
 * them; what was consented carries the notice and the consent it went under. The only maker of a Released.
 */
export const redact = (
  rows: readonly Explained[],
  base: string,
  recipientClass: string | undefined,
): Released<readonly ReleasedResource[]> =>
  ({ value: rows.map((row) => redactOne(row, base, recipientClass)) }) as unknown as Released<
    readonly ReleasedResource[]
  >

/** Shapes what was released, and nothing else, into another form that may leave. */
export const shape = <A, B>(from: Released<A>, make: (value: A) => B): Released<B> =>
  ({ value: make(from.value) }) as unknown as Released<B>

/** The same of several: what was released one by one leaves together. */
export const shapeAll = <A, B>(
  from: readonly Released<A>[],
  make: (values: readonly A[]) => B,
): Released<B> => ({ value: make(from.map(({ value }) => value)) }) as unknown as Released<B>

/** The confidentiality of several resources together, and never more than what is in them (DS4P: high-water mark). */
export const highWater = (released: readonly ReleasedResource[]): string => {
  const ranks = released.map(({ confidentiality }) => confidentiality)
  return confidentialities[ranks.length === 0 ? 0 : Math.max(...ranks)] ?? 'R'
}

const redactOne = (
  { row, basis, consents, exceptions, citations = [] }: Explained,
  base: string,
  recipientClass: string | undefined,
): ReleasedResource => {
  const labels = named(BigInt(row.mask) & ~due)
  const notice = noticeOf(basis, labels, recipientClass)
  const disclosure: Disclosure = {
    person: row.person,
    custodian: row.custodian,
    labels,
    basis,
    consents,
    exceptions,
    citations,
    notice,
  }
  const { type, id, version, updated, deleted } = row
  const untouched =
    row.hidden.length === 0 && basis !== 'consent' && basis !== 'exception' && notice === undefined
  const text = untouched || deleted ? row.content : marked(row, obligations(disclosure), base)
  return { type, id, version, updated, deleted, confidentiality: row.confidentiality, text, disclosure }
}

/**
 * What goes along: the restrictions follow what an exception opens as well (42 CFR 2.12(d)), but nobody consented to
 * it, so a notice to one class of recipients that says so is not true of it.
 */
const noticeOf = (
  basis: Disclosure['basis'],
  labels: readonly string[],
  recipientClass: string | undefined,
): string | undefined => {
  if (basis === 'exception') return noticeFor(labels, undefined)
  return basis === 'consent' || basis === 'held' ? noticeFor(labels, recipientClass) : undefined
}

/**
 * What must go along: the redisclosure notice, and which consent it went under and how far that reaches
 * (42 CFR 2.32), or which exception.
 */
const obligations = ({ notice, consents, exceptions }: Disclosure): readonly Extension[] => [
  ...(notice === undefined ? [] : [{ url: structure('redisclosure-notice'), valueString: notice }]),
  ...consents.map(({ consent, scope }) => ({
    url: structure('disclosed-under'),
    extension: [
      { url: 'consent', valueReference: { reference: consent } },
      { url: 'scope', valueString: scope },
    ],
  })),
  ...exceptions.map(({ exception, kind, citation }) => ({
    url: structure('disclosed-under'),
    extension: [
      { url: 'exception', valueString: exception },
      { url: 'scope', valueString: `${kind}, ${citation}` },
    ],
  })),
]

/**
 * A resource without what is hidden, and with what must go along in its `meta`. What is stored begins with type, id and meta
 * (`stamped`), so that where nothing is pruned and no extension is there the rest need not be read.
 */
const marked = (
  { type, id, content, hidden }: Explained['row'],
  along: readonly Extension[],
  base: string,
): string => {
  const head = `{"resourceType":"${type}","id":"${id}","meta":{"`
  if (hidden.length === 0 && content.startsWith(head) && !content.includes('"extension"'))
    return along.length === 0
      ? content
      : `${head}extension":${JSON.stringify(along)},${content.slice(head.length - 1)}`
  const resource = pruned(JSON.parse(content) as Resource, hidden, base)
  if (along.length === 0) return JSON.stringify(resource)
  const extension = [...(resource.meta?.extension ?? []), ...along]
  return JSON.stringify({ ...resource, meta: { ...resource.meta, extension } })
}
