/**
 * Labels of every record with their bases: LABELS.md in its order, propagation by CONSENT.md section 6.
 * Choices: a code anywhere in the record (contained resources included) labels it whole; 42CFRPart2 propagates
 * between records of one custodian; a contained resource with the type and id of a stored record is a copy of
 * it; only labels of a whole record travel, those of its elements do not; where two listed elements enclose a
 * reference, the inner one is the smallest; `securityContext` of a Binary is content, thus whole.
 */
import type { FhirResource } from 'fhir/r4'
import { labelsOfCode, labelsOfInstrument } from './code-tables.ts'
import { citedBy, namesIn, nodeOf, nodesOf, referenceTo, textOf, walk, words } from './json.ts'
import type { Level } from './labels.ts'
import { labelOf, levelOf, part2, school } from './labels.ts'
import { namesProgram, sourceProgram } from './source-program.ts'
import { sourceSchool } from './source-school.ts'
import type { TwinRecord, TwinWorld } from './world.ts'
import { codingsIn, recordOf } from './world.ts'

/** Labels with why each is there. */
export type Labels = Map<string, Set<string>>

export interface Labelling {
  whole: Labels
  /** Labels of parts, by path: `activity.0`. */
  elements: Map<string, Labels>
  /** The level that the sender asked for. */
  asserted: Level | undefined
}

export type Labellings = ReadonlyMap<TwinRecord, Labelling>

const add = (labels: Labels, label: string, basis: string): boolean => {
  const bases = labels.get(label)
  if (bases === undefined) labels.set(label, new Set([basis]))
  else bases.add(basis)
  return bases === undefined
}

const addTo = (labelling: Labelling, path: string, label: string, basis: string): boolean => {
  const labels = labelling.elements.get(path) ?? new Map<string, Set<string>>()
  labelling.elements.set(path, labels)
  return add(labels, label, basis)
}

const wholeEdges: readonly string[] = ['derivedFrom', 'hasMember', 'focus', 'partOf']

const elementEdges: readonly string[] = words(`
  addresses reasonReference activity section supportingInfo note basedOn
`)

const travelsWhole = (resource: FhirResource, path: readonly string[]): boolean => {
  const name = namesIn(path).at(-1)
  if (name === undefined) return false
  if (resource.resourceType === 'Provenance' && name === 'target') return true
  if (resource.resourceType === 'Binary' && name === 'securityContext') return true
  return wholeEdges.includes(name)
}

/** The smallest listed element around a reference. */
export const enclosingElement = (path: readonly string[]): string | undefined => {
  for (let index = path.length - 1; index >= 0; index -= 1) {
    if (!elementEdges.includes(path[index] ?? '')) continue
    const repeats = /^\d+$/.test(path[index + 1] ?? '')
    return path.slice(0, index + (repeats ? 2 : 1)).join('.')
  }
  return undefined
}

const isInline = (url: unknown): boolean =>
  typeof url === 'string' && url.endsWith('/extension-inline-sec-label')

/** Second source: labels on the resource, and inline labels on an element. */
const assertedLabels = (resource: FhirResource, labelling: Labelling): void => {
  for (const coding of codingsIn(resource.meta?.security)) {
    const label = labelOf(coding)
    if (label !== undefined) add(labelling.whole, label, 'asserted')
  }
  walk(nodeOf(resource), (node, path) => {
    for (const extension of nodesOf(node.extension)) {
      if (!isInline(extension.url)) continue
      for (const coding of codingsIn(extension.valueCoding)) {
        const label = labelOf(coding)
        if (label === undefined) continue
        // `_birthDate` carries what belongs to `birthDate`
        const element = path.map((name) => name.replace(/^_/, '')).join('.')
        if (element === '') add(labelling.whole, label, 'asserted')
        else addTo(labelling, element, label, 'asserted inline')
      }
    }
  })
}

/** Third source: codes and the instrument. Section 6: own codes and reasonCode label the record whole. */
const codedLabels = (resource: FhirResource, labelling: Labelling): void => {
  walk(nodeOf(resource), (node, path) => {
    if (path[0] === 'meta') return
    const from = textOf(node.system)
    const code = textOf(node.code)
    if (from === undefined || code === undefined) return
    for (const label of labelsOfCode(from, code)) add(labelling.whole, label, `code ${code}`)
  })
  const node = nodeOf(resource)
  const canonical = resource.resourceType === 'Questionnaire' ? node.url : node.questionnaire
  if (typeof canonical !== 'string') return
  for (const label of labelsOfInstrument(canonical)) add(labelling.whole, label, `instrument ${canonical}`)
}

const assertedLevel = (resource: FhirResource): Level | undefined => {
  const order = ['V', 'R', 'N', 'M', 'L', 'U'] as const
  const found = codingsIn(resource.meta?.security).map(levelOf)
  return order.find((level) => found.includes(level))
}

const ownLabels = (world: TwinWorld, record: TwinRecord): Labelling => {
  const labelling: Labelling = {
    whole: new Map(),
    elements: new Map(),
    asserted: assertedLevel(record.resource),
  }
  const source = sourceProgram(world, record)
  if (source !== undefined) add(labelling.whole, part2, source)
  const education = sourceSchool(world, record)
  if (education !== undefined) add(labelling.whole, school, education)
  assertedLabels(record.resource, labelling)
  codedLabels(record.resource, labelling)
  for (const { path, target } of citedBy(record.resource)) {
    if (!namesProgram(world, record, target)) continue
    addTo(labelling, enclosingElement(path) ?? path.join('.'), part2, `names the program ${target}`)
  }
  return labelling
}

/** Section 6: sensitivity propagates; 42CFRPart2 only within the custody, or with copied content. */
const travelling = (from: TwinRecord, labels: Labels, to: TwinRecord, copied: boolean): readonly string[] =>
  [...labels.keys()].filter((label) => label !== part2 || copied || from.custodian === to.custodian)

/** One round of propagation into a record; whether anything was new. */
const inherit = (world: TwinWorld, labellings: Labellings, record: TwinRecord): boolean => {
  const labelling = labellings.get(record)
  if (labelling === undefined) return false
  let changed = false
  const take = (target: string, copied: boolean, place: (label: string) => boolean): void => {
    const cited = recordOf(world, target)
    const theirs = cited === undefined ? undefined : labellings.get(cited)
    if (cited === undefined || cited === record || theirs === undefined) return
    for (const label of travelling(cited, theirs.whole, record, copied)) changed = place(label) || changed
  }
  const whole = (target: string, copied: boolean): void =>
    take(target, copied, (label) => add(labelling.whole, label, `from ${target}`))
  for (const { path, target } of citedBy(record.resource)) {
    const element = enclosingElement(path)
    if (travelsWhole(record.resource, path)) whole(target, false)
    else if (element !== undefined) {
      take(target, false, (label) => addTo(labelling, element, label, `from ${target}`))
    } else if (!target.startsWith('Patient/')) {
      take(target, true, (label) => addTo(labelling, path.join('.'), label, `cites ${target}`))
    }
  }
  for (const contained of nodesOf(nodeOf(record.resource).contained)) {
    whole(`${String(contained.resourceType)}/${String(contained.id)}`, true)
  }
  const canonical = textOf(nodeOf(record.resource).questionnaire)?.split('|')[0]
  for (const each of canonical === undefined ? [] : world.records) {
    if (each.resource.resourceType === 'Questionnaire' && each.resource.url === canonical) {
      whole(referenceTo(each.resource), false)
    }
  }
  return changed
}

export const labelRecords = (world: TwinWorld): Labellings => {
  const labellings = new Map<TwinRecord, Labelling>()
  for (const record of world.records) labellings.set(record, ownLabels(world, record))
  let changed = true
  while (changed) {
    changed = false
    for (const record of world.records) changed = inherit(world, labellings, record) || changed
  }
  return labellings
}
