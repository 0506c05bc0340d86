import type {
  BundleEntry,
  BundleEntryRequest,
  Extension,
  FhirResource,
  Questionnaire,
  QuestionnaireItem,
  Resource,
} from 'fhir/r4'
import type { Environment, Focus } from '../expression/engine.ts'
import { blame } from '../form/form.ts'
import type { Place } from '../form/sheet.ts'
import type { Node } from '../form/tree.ts'
import { extensions, url } from '../sdc.ts'
import { answered, type Extracting } from './extract.ts'
import { filled, type Filler } from './fill-template.ts'

/** Resources from templates in one extraction, at the most. */
export const mostEntries = 500

/**
 * Entries made from the templates that a Questionnaire contains (http://hl7.org/fhir/uv/sdc/extraction.html#template-based-extraction):
 * those of the Questionnaire itself once, as soon as anything is answered; those of an item for each time that it is.
 */
export const templateEntries = (extracting: Extracting): BundleEntry[] => {
  const { sheet } = extracting
  const nodes = answered(sheet)
  const places = nodes.length === 0 ? [] : [undefined, ...nodes]
  const entries = places.flatMap((node) => {
    const owner = node === undefined ? sheet.form.questionnaire : node.definition
    return owner === undefined
      ? []
      : extensions(owner, url.templateExtract).flatMap((own) => entriesOf(extracting, owner, own, node))
  })
  if (entries.length > mostEntries)
    blame(
      sheet.form,
      sheet.form.questionnaire,
      'too-costly',
      `only the first ${mostEntries} resources were extracted`,
    )
  return entries.slice(0, mostEntries)
}

const entriesOf = (
  extracting: Extracting,
  owner: Questionnaire | QuestionnaireItem,
  own: Extension,
  node: Node | undefined,
): BundleEntry[] => {
  const { form } = extracting.sheet
  const reference = part(own, 'template')?.valueReference?.reference ?? ''
  const template = (form.questionnaire.contained ?? []).find(
    ({ id }) => id !== undefined && `#${id}` === reference,
  )
  if (template === undefined) {
    blame(
      form,
      owner,
      'not-found',
      '`templateExtract` names no resource that the Questionnaire contains; correct its `template`',
    )
    return []
  }
  return focusesOf(extracting, node).flatMap((focus) =>
    entryOf(extracting, owner, own, template, focus, node),
  )
}

/** What a template of an item looks at: the item; each answer by itself where it has several. */
const focusesOf = ({ sheet }: Extracting, node: Node | undefined): Focus[] => {
  const place: Place = node === undefined ? { kind: 'response' } : { kind: 'item', node }
  const focus = sheet.focusOf(place)
  const item = focus.element as { readonly answer?: readonly unknown[] }
  if (node === undefined || (item.answer ?? []).length < 2) return [focus]
  return (item.answer ?? []).map((answer) => ({ ...focus, element: { ...item, answer: [answer] } }))
}

const entryOf = (
  extracting: Extracting,
  owner: Questionnaire | QuestionnaireItem,
  own: Extension,
  template: Resource,
  focus: Focus,
  node: Node | undefined,
): BundleEntry[] => {
  const { sheet, newUrn, allocated, protect } = extracting
  const environment = environmentOf(
    sheet.environmentOf(node === undefined ? { kind: 'response' } : { kind: 'item', node }),
    allocated(node),
  )
  const filler: Filler = {
    engine: sheet.form.engine,
    blame: (code, text) => blame(sheet.form, owner, code, text),
  }
  const { id: _id, ...blank } = template
  const resource = filled(filler, blank, focus, environment) as FhirResource | undefined
  if (resource === undefined) return []
  const stated = (name: string): string | undefined =>
    textOf(filler, part(own, name)?.valueString, focus, environment)
  const id = stated('resourceId') ?? resource.id
  const { resourceType } = template
  const request: BundleEntryRequest = {
    method: id === undefined ? 'POST' : 'PUT',
    url: id === undefined ? resourceType : `${resourceType}/${id}`,
    ...Object.fromEntries(
      conditions.flatMap((name) => (stated(name) === undefined ? [] : [[name, stated(name)]])),
    ),
  }
  const made: FhirResource = id === undefined ? resource : { ...resource, id }
  return [protect({ fullUrl: stated('fullUrl') ?? newUrn(), resource: made, request }, node)]
}

const conditions = ['ifNoneMatch', 'ifModifiedSince', 'ifMatch', 'ifNoneExist'] as const

const part = (own: Extension, name: string): Extension | undefined =>
  own.extension?.find((inner) => inner.url === name)

const environmentOf = (one: Environment, other: Environment): Environment =>
  Object.assign(Object.create(null) as object, one, other)

/** What an expression of an entry comes to, as one text. */
const textOf = (
  filler: Filler,
  expression: string | undefined,
  focus: Focus,
  environment: Environment,
): string | undefined => {
  if (expression === undefined) return undefined
  const found = filler.engine.evaluate(expression, focus, environment)
  if (!found.ok) filler.blame('processing', `an expression of \`templateExtract\` ${found.text}`)
  const [value] = found.ok ? found.values : []
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined
}
