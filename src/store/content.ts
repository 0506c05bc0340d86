import type { Resource } from 'fhir/r4'
import type { CurrentRow } from './change.ts'

/** The resource without version and date: what makes a new version where it changes. */
export const contentOf = (resource: Resource): string => {
  const { versionId: _version, lastUpdated: _updated, ...meta } = resource.meta ?? {}
  const { resourceType: _type, id: _id, meta: _meta, ...rest } = resource
  return JSON.stringify([meta, rest])
}

/** The same of what is stored. */
export const bodyOf = (content: string): string => contentOf(JSON.parse(content) as Resource)

/** Whether two contents say the same: the order of the elements of an object says nothing (FHIR R4 JSON). */
export const saysTheSame = (one: string, other: string): boolean =>
  one === other || JSON.stringify(ordered(JSON.parse(one))) === JSON.stringify(ordered(JSON.parse(other)))

const ordered = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(ordered)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([one], [other]) => (one < other ? -1 : 1))
      .map(([name, own]) => [name, ordered(own)]),
  )
}

/** The bytes that are stored and sent: type, id and meta first. */
export const stamped = (body: string, type: string, id: string, version: string, updated: string): string => {
  const [meta, rest] = JSON.parse(body) as [object, object]
  return JSON.stringify({
    resourceType: type,
    id,
    meta: { versionId: version, lastUpdated: updated, ...meta },
    ...rest,
  })
}

/** The date of a row, to the letter: a trusted import keeps the one that it brings. */
export const dateOf = ({ content, updated }: Pick<CurrentRow, 'content' | 'updated'>): string =>
  (JSON.parse(content) as Resource).meta?.lastUpdated ?? updated.toISOString()

/** What a resource says, its labels, tags and profiles apart. */
export const besideMeta = ({ resourceType: _type, id: _id, meta: _meta, ...rest }: Resource): string =>
  JSON.stringify(rest)
