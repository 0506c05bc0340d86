/**
 * The data that an asker's server would hold: DESIGN.md section 1.
 * Choices: a Patient that a permit releases (CONSENT.md section 1) is excused from 42CFRPart2 only, every other
 * label on it must be covered, and a deny on it holds; the labels of a cut are those of what is left, parts
 * included, in alphabetical order, and stored security codes that are no labels follow.
 */
import type { FhirResource } from 'fhir/r4'
import { cutRecord, isLeft } from './cut.ts'
import type { Cut } from './cut.ts'
import { decide } from './decide.ts'
import type { RecordDecision } from './decide.ts'
import { referenceTo } from './json.ts'
import type { Labelling, Labellings } from './label-records.ts'
import { labelRecords } from './label-records.ts'
import { codingOf, labelOf, levelFor, part2, system } from './labels.ts'
import type { Standing } from './standing.ts'
import type { TwinAsker, TwinRecord, TwinWorld } from './world.ts'
import { patientsOf, personOf } from './world.ts'

export interface Seen {
  record: TwinRecord
  labelling: Labelling
  decision: RecordDecision
  /** The Patient is visible because a record of the custodian is. */
  released: boolean
}

const decideAll = (world: TwinWorld, asker: TwinAsker, labellings: Labellings): readonly Seen[] => {
  const all: Seen[] = []
  for (const [record, labelling] of labellings) {
    all.push({ record, labelling, decision: decide(world, asker, record, labelling), released: false })
  }
  return all
}

/** Who comes by a permit, a row, or an exception. */
const fromAfar: readonly Standing[] = ['outside', 'excepted']

/** Section 1: a permit that reaches any record of a custodian also releases that custodian's Patient. */
const isReleased = (world: TwinWorld, all: readonly Seen[], patient: Seen): boolean => {
  const { record, decision } = patient
  if (record.resource.resourceType !== 'Patient' || !fromAfar.includes(decision.standing) || decision.visible)
    return false
  for (const { label, effect, vetoed } of decision.labels) {
    if (vetoed) return false
    if (effect === 'deny' && label !== null && label !== part2) return false
  }
  const person = personOf(world, record.resource.id ?? '')
  return all.some(
    (other) =>
      other !== patient &&
      other.decision.visible &&
      fromAfar.includes(other.decision.standing) &&
      other.record.custodian === record.custodian &&
      patientsOf(world, other.record).some((id) => personOf(world, id) === person),
  )
}

/** Every record with what was decided about it. */
export const seeAll = (world: TwinWorld, asker: TwinAsker): readonly Seen[] => {
  const all = decideAll(world, asker, labelRecords(world))
  return all.map((seen) => ({ ...seen, released: isReleased(world, all, seen) }))
}

export const isVisible = (seen: Seen): boolean => seen.decision.visible || seen.released

/** LABELS.md: exactly one confidentiality code, then the sensitivity of what is left. */
const withLabels = (cut: Cut, labelling: Labelling): FhirResource => {
  const labels = new Set(labelling.whole.keys())
  for (const [path, ofPart] of labelling.elements) {
    if (isLeft(cut, path)) for (const label of ofPart.keys()) labels.add(label)
  }
  const { resource } = cut
  const others = (resource.meta?.security ?? []).filter(
    (coding) => coding.system !== system.confidentiality && labelOf(coding) === undefined,
  )
  const security = [
    { system: system.confidentiality, code: levelFor(labels, labelling.asserted) },
    ...[...labels].toSorted((one, other) => (one < other ? -1 : 1)).map(codingOf),
    ...others,
  ]
  return { ...resource, meta: { ...resource.meta, security } }
}

/** ρ(D, q) */
export const rho = (world: TwinWorld, asker: TwinAsker): readonly TwinRecord[] => {
  const all = seeAll(world, asker)
  const hidden = new Set(
    all.filter((seen) => !isVisible(seen)).map((seen) => referenceTo(seen.record.resource)),
  )
  const left: TwinRecord[] = []
  for (const { record, labelling, decision } of all.filter(isVisible)) {
    const masked = decision.elements.filter((element) => !element.visible).map((element) => element.path)
    const cut = cutRecord(record.resource, masked, (target) => hidden.has(target))
    left.push({ ...record, resource: withLabels(cut, labelling) })
  }
  return left
}
