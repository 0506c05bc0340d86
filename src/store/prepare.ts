import { sql } from 'drizzle-orm'
import type { Coding, FhirResource, Task } from 'fhir/r4'
import { cutsOf, type Cut } from '../consent/cuts.ts'
import { hasInline } from '../consent/inline.ts'
import { label, type Labelled, openTypes, type Surroundings, type Target } from '../consent/label.ts'
import { bit, bits, confidentialities, coding, type Mask, named, rank } from '../consent/labels.ts'
import { system } from '../fhir/names.ts'
import { type Found, referencesIn } from '../fhir/references.ts'
import type { Change, CurrentRow, Prepared } from './change.ts'
import { type Connection, list } from './database.ts'
import type { CommonFacts } from './facts.ts'
import { keepingLabels } from './kept-labels.ts'
import { keyOf, peopleOf, personOf, personsOf } from './people.ts'

/** What preparing a write needs of the gateway. */
export interface Labelling {
  readonly base: string
  readonly labelOf: Surroundings['labelOf']
}

interface Cited extends Target {
  readonly person: number | undefined
  readonly open: boolean
}

/**
 * Labels and cuts changes that are written together. What one of them cites of another counts as it will be: labels
 * are propagated until nothing moves, so the order within a transaction does not matter.
 */
export const prepare = async (
  connection: Connection,
  given: readonly Change[],
  common: CommonFacts,
  labelling: Labelling,
): Promise<Prepared[]> => {
  const references = given.map(({ resource }) => referencesIn(resource, labelling.base))
  const prior = await readCurrent(
    connection,
    given.map(({ resource }) => keyOf(resource)),
  )
  const changes = given.map((change) => asSent(change, prior.get(keyOf(change.resource)) ?? []))
  const outside = await readCited(connection, references.flat())
  const persons = personsOf(changes, prior, outside)
  const cited = new Map(outside)
  let labelled: Labelled[] = []
  for (let round = 0; round < rounds; round++) {
    labelled = changes.map((change, place) =>
      labelOne(change, references[place] ?? [], prior, cited, common, labelling),
    )
    const moved = changes.filter((change, place) => {
      const key = keyOf(change.resource)
      const next = labelled[place]?.mask ?? 0n
      if (cited.get(key)?.mask === next) return false
      cited.set(key, {
        mask: next,
        custodian: change.custodian,
        person: personOf(change.resource, persons, labelling.base),
        open: openTypes.has(change.resource.resourceType),
      })
      return true
    })
    if (moved.length === 0) break
  }
  return changes.map((change, place) =>
    assemble(change, labelled[place], references[place] ?? [], prior, cited, persons, labelling),
  )
}

/** Labels only ever rise, and there are few; a chain of citations longer than this within one write is held back. */
const rounds = 12

const labelOne = (
  change: Change,
  found: readonly Found[],
  prior: ReadonlyMap<string, CurrentRow[]>,
  cited: ReadonlyMap<string, Cited>,
  common: CommonFacts,
  { labelOf }: Labelling,
): Labelled => {
  const { lowered = 0n } = change
  const around: Surroundings = {
    custodian: change.custodian,
    custodianIsProgram: common.byKey.get(change.custodian)?.part2 === true,
    isProgram: (organization) =>
      organization !== undefined && common.organizations.get(organization)?.part2 === true,
    target: (reference) => cited.get(reference),
    labelOf,
  }
  const stored = prior.get(keyOf(change.resource))?.[0]?.labels ?? []
  const before = stored.filter(({ label: own, basis }) => basis !== 'sender' || (bit(own) & lowered) === 0n)
  try {
    return label(change.resource, found, around, before)
  } catch {
    return { mask: bit('unsettled'), elements: [], bases: [{ label: 'unsettled', basis: 'kind' }] }
  }
}

const assemble = (
  change: Change,
  labelled: Labelled | undefined,
  found: readonly Found[],
  prior: ReadonlyMap<string, CurrentRow[]>,
  cited: ReadonlyMap<string, Cited>,
  persons: ReadonlyMap<string, number>,
  { base }: Labelling,
): Prepared => {
  const { resource } = change
  const key = keyOf(resource)
  const { mask, elements, bases } = labelled ?? { mask: bit('unsettled'), elements: [], bases: [] }
  const all = peopleOf(resource, persons, base)
  const person = personOf(resource, persons, base)
  const crossing = found.some(({ reference }) => {
    const target = cited.get(reference)
    return (
      target !== undefined &&
      !target.open &&
      (target.custodian !== change.custodian || target.person !== person)
    )
  })
  return {
    change,
    type: resource.resourceType,
    id: resource.id ?? '',
    prior: prior.get(key) ?? [],
    mask,
    bases,
    cuts: withProgress(cutsOf(resource, mask, elements), change, prior.get(key) ?? []).map((cut) =>
      tagged(cut),
    ),
    person,
    others: all.filter((other) => other !== person),
    crossing,
  }
}

/**
 * Adds the cut in which a program keeps its own moves on a Task, or carries it over to a new version: the moves stay,
 * whatever the sender changes around them.
 */
const withProgress = (
  cuts: readonly Cut[],
  { progress, action, resource }: Change,
  prior: readonly CurrentRow[],
): readonly Cut[] => {
  const kept = prior.find(isProgress)
  const own =
    progress ??
    (kept === undefined || action === 'delete' || kept.deleted
      ? undefined
      : {
          mask: BigInt(kept.mask),
          resource: { ...resource, ...moves(JSON.parse(kept.content) as Task) } as FhirResource,
        })
  if (own === undefined) return cuts
  const mask = own.mask | bit('program-status')
  return [
    ...cuts.map((cut) => ((cut.mask & ~mask) === 0n ? { ...cut, richer: [...cut.richer, mask] } : cut)),
    { mask, richer: [], resource: own.resource },
  ]
}

/** Whether a row holds a program's own moves. */
export const isProgress = ({ mask }: CurrentRow): boolean => (BigInt(mask) & bit('program-status')) !== 0n

/** What the owner of a Task moves. */
const moves = ({ status, statusReason, businessStatus, executionPeriod, lastModified, note, output }: Task): Partial<Task> => ({
  status, statusReason, businessStatus, executionPeriod, lastModified, note, output,
}) // prettier-ignore

/**
 * The confidentiality that labels ask for: N without any, V for victims of abuse, R with any other (v3-Confidentiality;
 * DS4P: exactly one).
 */
const confidentialityFor = (mask: Mask): number => {
  if ((mask & victims) !== 0n) return 5
  return (mask & ~bit('ordinary')) === 0n ? 3 : 4
}

const victims = bits('SDV', 'VIO')

/**
 * The confidentiality of a cut, as a rank: what its labels ask for, or what the sender says where that is more than the
 * labels of the whole resource would.
 */
const confidentialityOf = (mask: Mask, richest: Mask, stated: string | undefined): number => {
  const said = rank(stated) ?? 0
  return said > confidentialityFor(richest) ? said : confidentialityFor(mask)
}

/** A cut with its own labels in `meta.security`: the high-water mark of what is in it and nothing of what is not. */
const tagged = (cut: Cut): Cut => {
  const stated = cut.resource.meta?.security ?? []
  const said = stated.find(({ system: from }) => from === system.confidentiality)?.code
  const richest = cut.richer.reduce((mask, other) => mask | other, cut.mask)
  const own = named(cut.mask).flatMap((name) => coding(name) ?? [])
  const sent = stated.filter(
    (one) =>
      one.system !== system.confidentiality &&
      !own.some((label) => isSame(label, one)) &&
      !isSame(one, readInline),
  )
  const level = {
    system: system.confidentiality,
    code: confidentialities[confidentialityOf(cut.mask, richest, said)] ?? 'R',
  }
  const inline = hasInline(cut.resource) ? [readInline] : []
  return {
    ...cut,
    resource: {
      ...cut.resource,
      meta: { ...cut.resource.meta, security: [level, ...own, ...sent, ...inline] },
    },
  }
}

/** Tells the reader of a cut that elements in it are labelled; never a reader of a cut in which none is left (DS4P). */
const readInline: Coding = { system: system.actCode, code: 'PROCESSINLINELABEL' }

const isSame = (one: Coding, other: Coding): boolean => one.system === other.system && one.code === other.code

/**
 * A resource as its sender says it: labels that it only has because the gateway put them on a cut, and that come back
 * with an update, are no statement of the sender's.
 */
const asSent = (sent: Change, prior: readonly CurrentRow[]): Change => {
  const change = keepingLabels(sent, prior)
  const { resource } = change
  if (prior.length === 0 || resource.meta?.security === undefined) return change
  const said = new Set<string>(
    (prior[0]?.labels ?? []).flatMap(({ label: own, basis }) => (basis === 'sender' ? [own] : [])),
  )
  const given = prior
    .flatMap((row) => named(BigInt(row.mask)))
    .flatMap((own) => (said.has(own) ? [] : (coding(own) ?? [])))
  const richest = prior.reduce((mask, row) => mask | BigInt(row.mask), 0n)
  const security = resource.meta.security.filter(
    (one) =>
      !given.some((label) => isSame(label, one)) &&
      (change.lowered === undefined || !isLevelOf(richest, one)),
  )
  return { ...change, resource: { ...resource, meta: { ...resource.meta, security } } }
}

/** Whether a confidentiality is the one that labels ask for, so that it goes with them. */
const isLevelOf = (mask: Mask, { system: from, code }: Coding): boolean =>
  from === system.confidentiality && rank(code) === confidentialityFor(mask)

/** The lock under which resources are changed; the number means nothing but itself. */
const resources = 579_124

/**
 * Who changes the same resource takes turns, from before it is read: a row lock alone does not do, since a new version
 * is a new row. Resources share 1,024 turns: a transaction of thousands would fill the server's table of locks.
 */
export const lockResources = async (connection: Connection, keys: readonly string[]): Promise<void> => {
  if (keys.length === 0) return
  await connection.query(sql`SELECT pg_advisory_xact_lock(${resources}, turn)
    FROM (SELECT DISTINCT (hashtextextended(key, 0) & 1023)::int AS turn FROM unnest(${list(keys, 'text')}) AS given(key) ORDER BY turn) ordered`)
}

/** Current rows of several resources, poorest cut first, locked until the transaction ends. */
export const readCurrent = async (
  connection: Connection,
  keys: readonly string[],
): Promise<Map<string, CurrentRow[]>> => {
  const rows =
    await connection.query<CurrentRow>(sql`SELECT key, type, id, mask, richer, version, updated, person, others, custodian, submitter, held, deleted, effective, crossing, labels, content
    FROM resource WHERE (type, id) IN (SELECT split_part(k, '/', 1), split_part(k, '/', 2) FROM unnest(${list(keys, 'text')}) k) ORDER BY key FOR UPDATE`)
  const poorestFirst = rows.toSorted((one, other) => (other.richer?.length ?? 0) - (one.richer?.length ?? 0))
  return Map.groupBy(poorestFirst, ({ type, id }) => `${type}/${id}`)
}

/** What stored records that are cited carry: of a record with several cuts, the labels that all share. */
const readCited = async (connection: Connection, found: readonly Found[]): Promise<Map<string, Cited>> => {
  const keys = [...new Set(found.map(({ reference }) => reference))]
  if (keys.length === 0) return new Map()
  const rows = await connection.query<{
    type: string
    id: string
    mask: bigint
    custodian: number
    person: number | null
    open: boolean
  }>(
    sql`SELECT type, id, bit_and(mask) AS mask, min(custodian) AS custodian, min(person) AS person, bool_and(open) AS open
      FROM resource WHERE (type, id) IN (SELECT split_part(k, '/', 1), split_part(k, '/', 2) FROM unnest(${list(keys, 'text')}) k) GROUP BY type, id`,
  )
  return new Map(
    rows.map(({ type, id, person, ...row }) => [
      `${type}/${id}`,
      { ...row, mask: BigInt(row.mask), person: person ?? undefined },
    ]),
  )
}
