import type { QuestionnaireItem, QuestionnaireResponse, QuestionnaireResponseItem } from 'fhir/r4'
import type { Environment, Focus } from '../expression/engine.ts'
import { extensions, language, url } from '../sdc.ts'
import { copyOf } from './copy.ts'
import { evaluateWith } from './evaluate.ts'
import { blame, type Form, type Owner } from './form.ts'
import { ancestors, type Node, type Tree, treeOf } from './tree.ts'

/** What an expression stands on: the whole response, an item of it, or a question that has none there yet. */
export type Place =
  | { readonly kind: 'response' }
  | { readonly kind: 'item'; readonly node: Node }
  | { readonly kind: 'absent'; readonly definition: QuestionnaireItem; readonly parent: Node | undefined }

/**
 * A response with some of its items taken out: those that are disabled. Expressions see what is left.
 * INVARIANT: a disabled item counts for nothing.
 */
export interface Sheet {
  readonly form: Form
  readonly tree: Tree
  readonly disabled: ReadonlySet<Node>
  readonly response: QuestionnaireResponse
  focusOf(place: Place): Focus
  /** What `%name` stands for there: launch contexts, and variables of the Questionnaire and of the items around. */
  environmentOf(place: Place): Environment
}

/** Names that mean something else already (http://hl7.org/fhir/uv/sdc/expressions.html#fhirpath-and-questionnaire). */
const reserved = new Set([
  'resource',
  'rootResource',
  'context',
  'questionnaire',
  'qitem',
  'ucum',
  'sct',
  'loinc',
  'factory',
  'terminologies',
])

/** Whether a variable or context may have this name. */
export const isName = (name: string | undefined): name is string =>
  name !== undefined && /^[A-Za-z_][A-Za-z0-9_-]{0,63}$/.test(name) && !reserved.has(name)

/** Lays out a response without the items that are disabled. `more` is what population adds around an item. */
export const createSheet = (
  form: Form,
  given: QuestionnaireResponse,
  disabled: ReadonlySet<Node> = new Set(),
  tree: Tree = treeOf(form.questionnaire, given),
  more: (node: Node) => Environment | undefined = () => undefined,
): Sheet => {
  const copies = new Map<QuestionnaireResponseItem, QuestionnaireResponseItem>()
  const out = new Set([...disabled].map(({ given: item }) => item))
  const response = copyOf(given, out, copies)
  const known = new Map<Node | undefined, Environment>()
  const sheet: Sheet = {
    form,
    tree,
    disabled,
    response,
    focusOf: (place) => focusOf(response, copies, place),
    environmentOf,
  }
  return sheet

  function around(node: Node | undefined): Environment {
    const found = known.get(node) ?? (node === undefined ? root() : ofNode(node))
    known.set(node, found)
    return found
  }
  function root(): Environment {
    const start = {
      ...codeSystems,
      ...form.launch,
      resource: response,
      rootResource: response,
      questionnaire: form.questionnaire,
    }
    return withVariables(sheet, form.questionnaire, environment(start), { kind: 'response' })
  }
  function ofNode(node: Node): Environment {
    const outer = { ...around(node.parent), ...more(node) }
    const { definition } = node
    if (definition === undefined) return environment(outer)
    const own = environment({ ...outer, qitem: typedItem(form, definition) })
    return withVariables(sheet, definition, own, { kind: 'item', node })
  }
  function environmentOf(place: Place): Environment {
    if (place.kind === 'response') return around(undefined)
    if (place.kind === 'item') return around(place.node)
    const own = environment({ ...around(place.parent), qitem: typedItem(form, place.definition) })
    return withVariables(sheet, place.definition, own, place)
  }
}

/** Names of code systems (https://hl7.org/fhir/R4/fhirpath.html#vars). */
const codeSystems = { sct: 'http://snomed.info/sct', loinc: 'http://loinc.org' }

const environment = (from: Environment): Environment => Object.assign(Object.create(null) as object, from)

const typedItem = ({ engine }: Form, element: QuestionnaireItem): unknown => {
  const typed = engine.typed('$this', { base: 'Questionnaire.item', element }, environment({}))
  return typed.ok ? typed.values : element
}

/** Variables of one element, in order: each sees those before it. */
const withVariables = (sheet: Sheet, owner: Owner, from: Environment, place: Place): Environment => {
  let own = from
  for (const { valueExpression } of extensions(owner, url.variable)) {
    const name = valueExpression?.name
    if (!isName(name)) {
      blame(
        sheet.form,
        owner,
        'not-supported',
        'a `variable` needs a `name` that means nothing else; rename it',
      )
      continue
    }
    if (valueExpression?.language === language.query) {
      if (!(name in own))
        blame(sheet.form, owner, 'not-supported', `the search of variable \`${name}\` was not run here`)
      continue
    }
    const { engine } = sheet.form
    const found = evaluateWith(sheet.form, owner, `variable \`${name}\``, valueExpression, (text) =>
      engine.typed(text, sheet.focusOf(place), own),
    )
    if (found !== undefined) own = environment({ ...own, [name]: found.ok ? found.values : [] })
  }
  return own
}

const focusOf = (
  response: QuestionnaireResponse,
  copies: ReadonlyMap<QuestionnaireResponseItem, QuestionnaireResponseItem>,
  place: Place,
): Focus => {
  if (place.kind === 'response') return { base: 'QuestionnaireResponse', element: response }
  const { linkId } = place.kind === 'item' ? place.node.given : place.definition
  const element = place.kind === 'item' ? copies.get(place.node.given) : undefined
  return { base: 'QuestionnaireResponse.item', element: element ?? { linkId } }
}

/** Whether a node, or one around it, is disabled. */
export const isOut = (disabled: ReadonlySet<Node>, node: Node | undefined): boolean =>
  ancestors(node).some((own) => disabled.has(own))
