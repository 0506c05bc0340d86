import type {
  BundleEntry,
  CodeableConcept,
  Observation,
  QuestionnaireItem,
  QuestionnaireResponse,
} from 'fhir/r4'
import { valueOf } from '../form/compare.ts'
import { blame } from '../form/form.ts'
import { ancestors, type Node } from '../form/tree.ts'
import { extension, extensions, url } from '../sdc.ts'
import { answered, type Extracting } from './extract.ts'

/** One Observation for each answer of an item that is marked (http://hl7.org/fhir/uv/sdc/extraction.html#observation-based-extraction). */
export const observationEntries = (extracting: Extracting): BundleEntry[] =>
  answered(extracting.sheet).flatMap((node) => {
    const { definition } = node
    if (definition === undefined || definition.type === 'group' || !isMarked(extracting, node)) return []
    const { form } = extracting.sheet
    if ((definition.code ?? []).length === 0) {
      blame(
        form,
        definition,
        'required',
        '`observationExtract` needs a `code` on the item, so nothing was extracted; add one',
      )
      return []
    }
    const [...values] = (node.given.answer ?? []).flatMap((answer) => observed(definition, answer) ?? [])
    if (values.length < (node.given.answer ?? []).length)
      blame(form, definition, 'not-supported', 'an answer of this type cannot be the value of an Observation')
    return values.map((value) => entryOf(extracting, node, definition, value))
  })

/** Whether an item says so, or the nearest element around it that says anything. */
const isMarked = ({ sheet }: Extracting, node: Node): boolean => {
  const owners = [...ancestors(node).flatMap(({ definition }) => definition ?? []), sheet.form.questionnaire]
  const [said] = owners.flatMap((owner) => extension(owner, url.observationExtract) ?? [])
  return said?.valueBoolean === true
}

const categoriesOf = ({ sheet }: Extracting, node: Node): CodeableConcept[] => {
  const owners = [...ancestors(node).flatMap(({ definition }) => definition ?? []), sheet.form.questionnaire]
  const said = owners.map((owner) => extensions(owner, url.observationCategory)).find((own) => own.length > 0)
  return (said ?? []).flatMap(({ valueCodeableConcept }) => valueCodeableConcept ?? [])
}

const entryOf = (
  extracting: Extracting,
  node: Node,
  definition: QuestionnaireItem,
  value: Partial<Observation>,
): BundleEntry => {
  const category = categoriesOf(extracting, node)
  const resource: Observation = {
    resourceType: 'Observation',
    ...sourceOf(extracting.response),
    ...(category.length === 0 ? {} : { category }),
    code: {
      coding: structuredClone(definition.code ?? []),
      ...(definition.text === undefined ? {} : { text: definition.text }),
    },
    ...structuredClone(value),
  }
  return extracting.protect(
    { fullUrl: extracting.newUrn(), resource, request: { method: 'POST', url: 'Observation' } },
    node,
  )
}

/** What an Observation takes from the response: whose, when, by whom, and where it comes from. */
const sourceOf = ({
  id,
  status,
  subject,
  encounter,
  authored,
  author,
}: QuestionnaireResponse): Pick<Observation, 'status'> & Partial<Observation> => ({
  status: status === 'completed' || status === 'amended' ? 'final' : 'preliminary',
  ...(subject === undefined ? {} : { subject }),
  ...(encounter === undefined ? {} : { encounter }),
  ...(authored === undefined
    ? {}
    : { effectiveDateTime: authored, ...(authored.length > 10 ? { issued: authored } : {}) }),
  ...(author === undefined ? {} : { performer: [author] }),
  ...(id === undefined ? {} : { derivedFrom: [{ reference: `QuestionnaireResponse/${id}` }] }),
})

/** An answer as the value of an Observation; undefined for what can be none. */
const observed = (item: QuestionnaireItem, answer: object): Partial<Observation> | undefined => {
  const found = valueOf(answer)
  const { system, code, display } = extension(item, url.unit)?.valueCoding ?? {}
  const unit = {
    ...(display === undefined ? {} : { unit: display }),
    ...(system === undefined ? {} : { system }),
    ...(code === undefined ? {} : { code }),
  }
  const value = found?.value
  switch (found?.type) {
    case 'Boolean':
      return { valueBoolean: value as boolean }
    case 'Integer':
      return code === undefined
        ? { valueInteger: value as number }
        : { valueQuantity: { value: value as number, ...unit } }
    case 'Decimal':
      return { valueQuantity: { value: value as number, ...unit } }
    case 'Date':
    case 'DateTime':
      return { valueDateTime: value as string }
    case 'Time':
      return { valueTime: value as string }
    case 'String':
    case 'Uri':
      return { valueString: value as string }
    case 'Coding':
      return { valueCodeableConcept: { coding: [value as object] } }
    case 'Quantity':
      return { valueQuantity: value as object }
    default:
      return undefined
  }
}
