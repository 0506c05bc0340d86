import type { Coding, Meta } from 'fhir/r4'
import type { Answer } from '../../disclose.ts'
import type { Released } from '../../redact/released.ts'
import { changeMeta } from './change-meta.ts'
import { identity } from './meta.ts'
import type { Call } from './operation.ts'

/**
 * https://hl7.org/fhir/R4/resource-operation-meta-delete.html: a label goes only at the word of an officer, and only as
 * far as it was somebody's word: what a code, an instrument or the source program says stays (CONSENT rules, section 2).
 */
export const metaDelete = (call: Call): Promise<Released<Answer>> => changeMeta(call, 'meta-delete', deleted)

const deleted = (held: Meta, given: Meta): Meta => ({
  ...held,
  profile: (held.profile ?? []).filter((profile) => given.profile?.includes(profile) !== true),
  tag: without(held.tag, given.tag),
  security: without(held.security, given.security),
})

const without = (held: readonly Coding[] = [], given: readonly Coding[] = []): Coding[] => {
  const gone = new Set(given.map(identity))
  return held.filter((coding) => !gone.has(identity(coding)))
}
