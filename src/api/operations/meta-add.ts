import type { Coding, Meta } from 'fhir/r4'
import { rank } from '../../consent/labels.ts'
import type { Answer } from '../../disclose.ts'
import { system } from '../../fhir/names.ts'
import type { Released } from '../../redact/released.ts'
import { changeMeta } from './change-meta.ts'
import { identity, once } from './meta.ts'
import type { Call } from './operation.ts'

/** https://hl7.org/fhir/R4/resource-operation-meta-add.html: who may update a record may raise its labels. */
export const metaAdd = (call: Call): Promise<Released<Answer>> => changeMeta(call, 'meta-add', added)

const added = (held: Meta, given: Meta): Meta => ({
  ...held,
  profile: [...new Set([...(held.profile ?? []), ...(given.profile ?? [])])],
  tag: once([...(held.tag ?? []), ...(given.tag ?? [])], identity),
  security: once(highest([...(held.security ?? []), ...(given.security ?? [])]), identity),
})

/** A record has one confidentiality, and what is added never lowers it (DS4P: exactly one). */
const highest = (labels: readonly Coding[]): Coding[] => {
  const levels = labels.filter(isLevel)
  const [top] = levels.toSorted((one, other) => (rank(other.code) ?? 0) - (rank(one.code) ?? 0))
  return [...(top === undefined ? [] : [top]), ...labels.filter((label) => !isLevel(label))]
}

const isLevel = (label: Coding): boolean => label.system === system.confidentiality
