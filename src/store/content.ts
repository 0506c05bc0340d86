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
