import type { FhirResource } from 'fhir/r4'
import { applyPatch, type Operation } from 'rfc6902'
import { isDeeper, isEqual, mostDepth } from './json.ts'
import { tooLarge, unfit } from './patch-fault.ts'
import { canAdd, tokensOf, valueAt } from './pointer.ts'
import type { JsonPatchOperation } from './read-json-patch.ts'
import { sameResource } from './same-resource.ts'

/** How many characters of JSON the `copy` operations of one patch may copy: each can double what is there. */
const mostCopied = 10 * 1024 * 1024

/** A resource on its way through a patch. It is a member, so that the pointer to the whole of it has an owner too. */
interface Work {
  readonly document: { readonly resource: FhirResource }
  copied: number
}

/**
 * Applies a JSON Patch, all of it or nothing; the resource that is given stays as it was.
 * https://www.rfc-editor.org/rfc/rfc6902, FHIR R4 http 3.1.0.7
 */
export const applyJsonPatch = (
  resource: FhirResource,
  operations: readonly JsonPatchOperation[],
): FhirResource => {
  const work: Work = { document: { resource: structuredClone(resource) }, copied: 0 }
  for (const [place, operation] of operations.entries()) perform(work, operation, `[${place}]`)
  return sameResource(resource, work.document.resource)
}

const perform = (work: Work, operation: JsonPatchOperation, at: string): void => {
  const path = `/resource${operation.path}`
  switch (operation.op) {
    case 'test':
      return test(work, path, operation.value, at)
    case 'add':
      return add(work, path, operation.value, at)
    case 'replace':
      requireThere(work, path, `${at}.path`)
      requireShallow(path, operation.value, at)
      return change(work, { op: 'replace', path, value: operation.value })
    case 'remove':
      requireThere(work, path, `${at}.path`)
      return change(work, { op: 'remove', path })
    case 'copy':
      return add(work, path, copied(work, requireThere(work, `/resource${operation.from}`, `${at}.from`)), at)
    case 'move':
      return move(work, `/resource${operation.from}`, path, at)
  }
}

const test = (work: Work, path: string, value: unknown, at: string): void => {
  if (!isEqual(requireThere(work, path, `${at}.path`), value))
    unfit('the test failed: this element has another value', at)
}

const add = (work: Work, path: string, value: unknown, at: string): void => {
  if (!canAdd(work.document, tokensOf(path)))
    unfit('there is no element or list to add to at `path`; indexes count from 0', `${at}.path`)
  requireShallow(path, value, at)
  change(work, { op: 'add', path, value })
}

/** A `remove` followed by an `add`: `path` is read when the value is gone already (RFC 6902 4.4). */
const move = (work: Work, from: string, path: string, at: string): void => {
  const value = requireThere(work, from, `${at}.from`)
  if (path.startsWith(`${from}/`)) unfit('an element cannot be moved into itself', `${at}.path`)
  if (path === from) return
  change(work, { op: 'remove', path: from })
  add(work, path, value, at)
}

const requireThere = ({ document }: Work, pointer: string, at: string): unknown => {
  const value = valueAt(document, tokensOf(pointer))
  return value === undefined ? unfit('there is no element at this place of the resource', at) : value
}

const requireShallow = (path: string, value: unknown, at: string): void => {
  if (isDeeper(value, mostDepth + 1 - tokensOf(path).length))
    unfit(`the patch nests elements deeper than ${mostDepth} levels`, at)
}

const copied = (work: Work, value: unknown): unknown => {
  work.copied += JSON.stringify(value).length
  return work.copied > mostCopied ? tooLarge('the `copy` operations of the patch copy too much') : value
}

/**
 * INVARIANT: rfc6902 is asked for changes of own members and existing places alone. It takes what is inherited for a
 * member (`/name/toString`), adds in a `move` before it removes, and compares lists in time and memory of their square.
 */
const change = ({ document }: Work, operation: Operation): void => {
  const [fault] = applyPatch(document, [operation])
  if (fault) throw fault
}
