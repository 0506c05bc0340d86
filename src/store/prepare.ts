import type { FhirResource } from 'fhir/r4'
import { cutsOf, type Instead, type LabelledElement } from '../consent/cuts.ts'
import {
  type Basis,
  label,
  type Labelled,
  openTypes,
  type Surroundings,
  together,
  unlabelled,
  withAlso,
} from '../consent/label.ts'
import { bit, marks, unaccepted } from '../consent/labels.ts'
import { type Found, referencesIn } from '../fhir/references.ts'
import type { Change, CurrentRow, Prepared } from './change.ts'
import { type Cited, lockCited, readCited, readCurrent } from './current.ts'
import type { Connection } from './database.ts'
import { type CommonFacts, readCommonFacts } from './facts.ts'
import { insteadOf, mayTell, textOf } from './instead.ts'
import { keyOf, peopleOf, personOf, personsOf } from './people.ts'
import { withProgress } from './progress.ts'
import { asSent, statedLevel, tagged } from './tags.ts'

/** What preparing a write needs of the gateway. */
export interface Labelling {
  readonly base: string
  readonly labelOf: Surroundings['labelOf']
}

/**
 * Labels and cuts changes that are written together. What one of them cites of another counts as it will be: labels
 * are propagated until nothing moves, so the order within a transaction does not matter. INVARIANT: the organizations are
 * read after the rows are locked: who changes a program's status waits for whoever has, and is waited for by all others.
 */
export const prepare = async (
  connection: Connection,
  given: readonly Change[],
  labelling: Labelling,
): Promise<{ readonly prepared: Prepared[]; readonly common: CommonFacts }> => {
  const prior = await readCurrent(
    connection,
    given.map(({ resource }) => keyOf(resource)),
  )
  const common = await readCommonFacts(connection)
  const before = given.map(({ resource }) => prior.get(keyOf(resource)) ?? [])
  const drafts = given.map((change, place) => draft(change, before[place] ?? [], labelling.base))
  const found = drafts.flatMap((own) => [
    ...own.found,
    ...(own.instead?.found ?? []),
    ...own.past.flatMap((version) => version.found),
  ])
  await lockCited(
    connection,
    found,
    given.map(({ resource }) => keyOf(resource)),
  )
  const outside = await readCited(connection, found)
  const changes = drafts.map(({ change }) => change)
  const persons = personsOf(changes, prior, outside)
  const cited = new Map(outside)
  setAside(drafts, cited, persons, labelling.base)
  const wanted = new Set(found.map(({ reference }) => reference))
  const around = aroundOf(cited, common, labelling)
  let labelled: Whole[] = []
  const rounds = leastRounds + drafts.length
  for (let round = 0, moved = true; moved && round < rounds; round++) {
    labelled = drafts.map((own) => labelVersions(own, around))
    moved = false
    for (const [place, { change }] of drafts.entries()) {
      const key = keyOf(change.resource)
      const target = wanted.has(key) ? cited.get(key) : undefined
      const mask = labelled[place]?.mask ?? 0n
      if (target === undefined || target.mask === mask) continue
      cited.set(key, { ...target, mask })
      moved = true
    }
  }
  const prepared = drafts.map((own, place) =>
    assemble(
      own,
      labelled[place] ?? { ...unlabelled, instead: undefined },
      cited,
      persons,
      labelling,
      around,
    ),
  )
  return { prepared, common }
}

/** Labels only rise from round to round, so a chain of citations is through after as many as it has links. */
const leastRounds = 12

/** A resource with what it cites. */
interface Citing {
  readonly resource: FhirResource
  readonly found: readonly Found[]
}

/** A change as it will be labelled, with what it, its superseded versions and what stands in poorer cuts instead cite. */
interface Draft {
  readonly change: Change
  readonly prior: readonly CurrentRow[]
  readonly found: readonly Found[]
  readonly past: readonly Citing[]
  readonly instead: Citing | undefined
}

/** The labels of a resource, with those of what stands in poorer cuts. */
interface Whole extends Labelled {
  readonly instead: Pick<Instead, 'resource' | 'elements'> | undefined
}

const draft = (given: Change, prior: readonly CurrentRow[], base: string): Draft => {
  const past = (given.past ?? []).map(({ content, deleted }) => {
    const { meta: _meta, ...resource } = (
      deleted ? { resourceType: given.resource.resourceType } : JSON.parse(content)
    ) as FhirResource
    return { resource, found: referencesIn(resource, base) }
  })
  const change = asSent(given, prior)
  const written = insteadOf(change, prior)
  const instead = written && { resource: written, found: referencesIn(written, base) }
  return { change, prior, found: referencesIn(given.resource, base), past, instead }
}

/** What is labelled is cited as it will be. Worked out anew, a record carries nothing until something says so. */
const setAside = (
  drafts: readonly Draft[],
  cited: Map<string, Cited>,
  persons: ReadonlyMap<string, number>,
  base: string,
): void => {
  for (const { change } of drafts) {
    const { resource, custodian, past } = change
    const key = keyOf(resource)
    const known = cited.get(key)
    cited.set(key, {
      mask: past === undefined ? (known?.mask ?? 0n) : 0n,
      custodian,
      person: personOf(resource, persons, base) ?? known?.person,
      open: openTypes.has(resource.resourceType),
    })
  }
}

/** The world around the records of a custodian; what is cited is looked up as it stands in `cited` at that moment. */
type Around = (custodian: number) => Surroundings

const aroundOf =
  (cited: ReadonlyMap<string, Cited>, common: CommonFacts, { labelOf }: Labelling): Around =>
  (custodian) => ({
    custodian,
    custodianIsProgram: common.byKey.get(custodian)?.part2 === true,
    custodianIsSchool: common.byKey.get(custodian)?.class === 'school',
    isProgram: (organization) =>
      organization !== undefined && common.organizations.get(organization)?.part2 === true,
    target: (reference) => cited.get(reference),
    labelOf,
  })

/** The labels of a record over all its versions (CONSENT rules, section 3). */
const labelVersions = ({ change, prior, found, past, instead }: Draft, aroundIts: Around): Whole => {
  const around = aroundIts(change.custodian)
  try {
    const own = label(change.resource, found, around, staying(prior[0]?.labels ?? [], change))
    const other = instead && label(instead.resource, instead.found, around)
    const all = together(
      withAlso(own, other?.bases ?? []),
      past.map((version) => label(version.resource, version.found, around)),
    )
    return { ...all, instead: instead && other && { resource: instead.resource, elements: other.elements } }
  } catch {
    return { ...unlabelled, bases: [{ label: 'unsettled', basis: 'kind' }], instead: undefined }
  }
}

/** Of what a row carries: nothing is lowered but what an officer takes off, or what is worked out anew. */
const staying = (stored: readonly Basis[], change: Change): Basis[] => {
  const { lowered = 0n, past, marks: made = [] } = change
  const stays = ({ label: own, basis }: Basis): boolean => {
    if ((bit(own) & marks) !== 0n) return true
    if (bit(own) === unaccepted && basis === 'kind') return !isJudgedAnew(change)
    return basis === 'sender' ? (bit(own) & lowered) === 0n : past === undefined && own !== 'due'
  }
  return [...stored.filter(stays), ...made.map((own) => ({ label: own, basis: 'kind' as const }))]
}

/** Whether a profile was asked again, or an officer, about what was held for not conforming. */
const isJudgedAnew = ({ action, progress, accepted }: Change): boolean =>
  accepted === true || ((action === 'create' || action === 'update') && progress === undefined)

const assemble = (
  { change, prior, found }: Draft,
  { mask, elements, bases, instead }: Whole,
  cited: ReadonlyMap<string, Cited>,
  persons: ReadonlyMap<string, number>,
  { base }: Labelling,
  around: Around,
): Prepared => {
  const { resource } = change
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
  const told = instead && { ...instead, mayTell: mayTell(change, prior, textOf(instead.resource)) }
  const cuts = cutsOf(resource, mask, elements, told)
  const richest = cuts.reduce((sum, cut) => sum | cut.mask, 0n)
  const stated = statedLevel(change, prior, richest)
  return {
    change,
    type: resource.resourceType,
    id: resource.id ?? '',
    prior,
    mask,
    bases,
    stated,
    cuts: withProgress(cuts, mask, richest, change, prior).map((cut) => tagged(cut, stated)),
    elementsOf: (version) => elementsOf(version, base, around(change.custodian)),
    person,
    others: all.filter((other) => other !== person),
    crossing,
  }
}

/** Where they cannot be told, the record is held back as a whole. */
const elementsOf = (
  version: FhirResource,
  base: string,
  around: Surroundings,
): readonly LabelledElement[] => {
  try {
    return label(version, referencesIn(version, base), around).elements
  } catch {
    return []
  }
}
