import type {
  Bundle,
  BundleEntry,
  Extension,
  Questionnaire,
  QuestionnaireItem,
  QuestionnaireResponse,
  Resource,
} from 'fhir/r4'
import { inlineLabelUrl } from '../../fhir/names.ts'
import type { Issue } from '../../problem.ts'
import { createEngine, type Environment } from '../expression/engine.ts'
import { createFuel, Spent } from '../expression/fuel.ts'
import { settle } from '../form/enable.ts'
import { blame, createForm } from '../form/form.ts'
import { isName, isOut, type Sheet } from '../form/sheet.ts'
import type { Node } from '../form/tree.ts'
import { protectedBy } from '../protection.ts'
import { extensions, url } from '../sdc.ts'
import { observationEntries } from './observations.ts'
import { templateBundleEntries } from './template-bundle.ts'
import { templateEntries } from './templates.ts'

/** What an extraction needs beside the form and its answers. */
export interface Extracting {
  readonly sheet: Sheet
  readonly response: QuestionnaireResponse
  /** A new `urn:uuid:`. */
  readonly newUrn: () => string
  /** What was allocated around an item: ids by their names. */
  readonly allocated: (node: Node | undefined) => Environment
  /** An entry with what protects its source. */
  readonly protect: (entry: BundleEntry, from: Node | undefined) => BundleEntry
}

export interface Extracted {
  readonly bundle: Bundle
  readonly issues: readonly Issue[]
}

/**
 * `QuestionnaireResponse/$extract` itself (http://hl7.org/fhir/uv/sdc/extraction.html): Observations of answers, and
 * resources made from templates, as a transaction. Only what is answered and enabled yields anything, and what comes of it
 * has the labels of the response, and of the answers that it was made of.
 */
export const extract = (
  questionnaire: Questionnaire,
  response: QuestionnaireResponse,
  newId: () => string,
): Extracted => {
  const form = createForm(questionnaire, createEngine(createFuel()))
  const entry: BundleEntry[] = []
  try {
    const sheet = settle(form, response)
    const extracting = createExtracting(sheet, response, () => `urn:uuid:${newId()}`)
    entry.push(
      ...observationEntries(extracting),
      ...templateEntries(extracting),
      ...templateBundleEntries(extracting),
    )
  } catch (fault) {
    if (!(fault instanceof Spent)) throw fault
    entry.length = 0
    blame(
      form,
      questionnaire,
      'too-costly',
      'to extract from this response takes too long; nothing was extracted',
    )
  }
  const bundle: Bundle = {
    resourceType: 'Bundle',
    type: 'transaction',
    ...(entry.length === 0 ? {} : { entry }),
  }
  const made = entry.flatMap(({ resource }): Resource[] => (resource === undefined ? [] : [resource]))
  return { bundle: protectedBy(bundle, made), issues: [...form.faults.values()] }
}

const createExtracting = (
  sheet: Sheet,
  response: QuestionnaireResponse,
  newUrn: () => string,
): Extracting => {
  const known = new Map<Node | undefined, Environment>()
  const allocated = (node: Node | undefined): Environment => {
    const outer = node === undefined ? {} : allocated(node.parent)
    const owner = node === undefined ? sheet.form.questionnaire : node.definition
    const found = known.get(node) ?? { ...outer, ...(owner === undefined ? {} : idsOf(owner, newUrn)) }
    known.set(node, found)
    return found
  }
  const protect = ({ resource, ...entry }: BundleEntry, from: Node | undefined): BundleEntry => ({
    ...entry,
    ...(resource === undefined
      ? {}
      : { resource: protectedBy(resource, [response, ...labelsWithin(from, sheet.tree.all)]) }),
  })
  return { sheet, response, newUrn, allocated, protect }
}

/** Ids that an element allocates (SDC 4.0, `extractAllocateId`). */
const idsOf = (owner: Questionnaire | QuestionnaireItem, newUrn: () => string): Environment =>
  Object.fromEntries(
    extensions(owner, url.allocateId).flatMap(({ valueString }) =>
      isName(valueString) ? [[valueString, newUrn()]] : [],
    ),
  )

/**
 * Inline labels on an item, on what is around it and on what is in it, as if they were those of a resource. What is made of
 * the response as a whole may have anything of it.
 */
const labelsWithin = (node: Node | undefined, all: readonly Node[]): Resource[] => {
  const own = (found: Node): Extension[] => [
    ...(found.given.extension ?? []),
    ...(found.given.answer ?? []).flatMap(({ extension = [] }) => extension),
    ...found.children.flatMap(own),
  ]
  const around = (found: Node | undefined): Extension[] =>
    found === undefined ? [] : [...(found.given.extension ?? []), ...around(found.parent)]
  const labels = [...around(node), ...(node === undefined ? all.flatMap(own) : own(node))].flatMap(
    ({ url: of, valueCoding }) => (of === inlineLabelUrl && valueCoding !== undefined ? [valueCoding] : []),
  )
  return labels.length === 0 ? [] : [{ resourceType: 'Basic', meta: { security: labels } }]
}

/** Items that are there, enabled, and of which something is answered. */
export const answered = ({ tree, disabled }: Sheet): Node[] =>
  tree.all.filter((node) => node.definition !== undefined && !isOut(disabled, node) && isAnswered(node))

const isAnswered = ({ given, children }: Node): boolean =>
  (given.answer ?? []).some((answer) => Object.keys(answer).some((name) => name.startsWith('value'))) ||
  children.some(isAnswered)
