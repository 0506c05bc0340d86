import type { Coding } from 'fhir/r4'
import type { Cut } from '../consent/cuts.ts'
import { hasInline } from '../consent/inline.ts'
import {
  bit,
  bits,
  coding,
  confidentialities,
  type Mask,
  named,
  rank,
  unaccepted,
} from '../consent/labels.ts'
import { system } from '../fhir/names.ts'
import type { Change, CurrentRow } from './change.ts'
import { isProgress } from './current.ts'
import { keepingLabels } from './kept-labels.ts'

/**
 * The confidentiality that labels ask for, as a rank: N without any, V for victims of abuse, R with any other
 * (v3-Confidentiality; DS4P: exactly one).
 */
export const confidentialityFor = (mask: Mask): number => {
  if ((mask & victims) !== 0n) return 5
  return (mask & ~bit('ordinary') & ~unaccepted) === 0n ? 3 : 4
}

const victims = bits('SDV', 'VIO')

/** A cut with its own labels in `meta.security`: the high-water mark of what is in it and nothing of what is not. */
export const tagged = (cut: Cut, stated: number | null): Cut => {
  const given = cut.resource.meta?.security ?? []
  const richest = cut.richer.reduce((mask, other) => mask | other, cut.mask)
  const own = named(cut.mask).flatMap((name) => coding(name) ?? [])
  const sent = given.filter(
    (one) =>
      one.system !== system.confidentiality &&
      !own.some((label) => isSame(label, one)) &&
      !isSame(one, readInline),
  )
  const inline = hasInline(cut.resource) ? [readInline] : []
  const level = {
    system: system.confidentiality,
    code: confidentialities[confidentialityOf(cut.mask, richest, stated)] ?? 'R',
  }
  return {
    ...cut,
    resource: {
      ...cut.resource,
      meta: { ...cut.resource.meta, security: [level, ...own, ...sent, ...inline] },
    },
  }
}

/**
 * The confidentiality of a cut, as a rank: what its labels ask for, or what somebody stated where that is more than the
 * labels of the whole resource would.
 */
const confidentialityOf = (mask: Mask, richest: Mask, stated: number | null): number =>
  stated !== null && stated > confidentialityFor(richest) ? stated : confidentialityFor(mask)

/** On rows from before it was kept: what they have then counts as stated, lest a relabelling lower it. */
const unkept = -1

/**
 * The confidentiality that somebody stated. One that comes back with an update as the gateway had put it is no statement,
 * unless it is more than the labels now ask for: it is never lowered by silence. `richest` is all labels that there are now.
 */
export const statedLevel = (change: Change, prior: readonly CurrentRow[], richest: Mask): number | null => {
  const cuts = prior.filter((row) => !isProgress(row))
  const kept = prior[0]?.stated ?? null
  if (change.past !== undefined) return kept === unkept ? (cuts.at(-1)?.confidentiality ?? null) : kept
  const before = kept === unkept ? null : kept
  const said = rank(
    change.resource.meta?.security?.find(({ system: from }) => from === system.confidentiality)?.code,
  )
  if (said === undefined) return null
  if (change.lowered !== undefined) {
    const asked = confidentialityFor(cuts.reduce((mask, row) => mask | row.mask, 0n))
    return said === asked ? before : said
  }
  const isEcho = said !== before && cuts.some((row) => !row.deleted && row.confidentiality === said)
  return isEcho && said <= confidentialityFor(richest) ? before : said
}

/** Tells the reader of a cut that elements in it are labelled; never a reader of a cut in which none is left (DS4P). */
const readInline: Coding = { system: system.actCode, code: 'PROCESSINLINELABEL' }

const isSame = (one: Coding, other: Coding): boolean => one.system === other.system && one.code === other.code

/**
 * A resource as its sender says it: labels that it only has because the gateway put them on a cut, and that come back
 * with an update, are no statement of the sender's.
 */
export const asSent = (sent: Change, prior: readonly CurrentRow[]): Change => {
  const change = keepingLabels(sent, prior)
  const { resource } = change
  if (prior.length === 0 || resource.meta?.security === undefined) return change
  const said = new Set<string>(
    (prior[0]?.labels ?? []).flatMap(({ label: own, basis }) => (basis === 'sender' ? [own] : [])),
  )
  const given = prior
    .flatMap((row) => named(row.mask))
    .flatMap((own) => (said.has(own) ? [] : (coding(own) ?? [])))
  const security = resource.meta.security.filter((one) => !given.some((label) => isSame(label, one)))
  return { ...change, resource: { ...resource, meta: { ...resource.meta, security } } }
}
