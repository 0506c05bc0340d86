import type {
  OperationOutcomeIssue,
  Questionnaire,
  QuestionnaireItem,
  QuestionnaireResponse,
  QuestionnaireResponseItem,
  QuestionnaireResponseItemAnswer,
  Reference,
} from 'fhir/r4'
import { type Issue, issueOf } from '../../problem.ts'
import { createEngine, type Environment } from '../expression/engine.ts'
import { createFuel, Spent } from '../expression/fuel.ts'
import { blame, createForm } from '../form/form.ts'
import { evaluateExtension } from '../form/evaluate.ts'
import { createSheet, isName, type Place } from '../form/sheet.ts'
import type { Filling } from './filling.ts'
import type { Node } from '../form/tree.ts'
import { expression, url } from '../sdc.ts'
import { answersFrom } from './answers-from.ts'
import { calculate } from './calculate.ts'

/** What a Questionnaire is populated with. */
export interface Populating {
  readonly questionnaire: Questionnaire
  readonly subject: Reference
  /** What launch contexts and searches found, by name. */
  readonly launch: Environment
  readonly authored: string
}

export interface Populated {
  readonly response: QuestionnaireResponse
  readonly issues: readonly OperationOutcomeIssue[]
}

/** Groups that one population context makes, at the most. */
const mostGroups = 200

/**
 * `Questionnaire/$populate` itself (http://hl7.org/fhir/uv/sdc/populate.html#expression-based-population): initial values
 * and expressions, groups that repeat for each element of a population context, then calculated values. Items that
 * nothing is known for are left out.
 */
export const populate = ({ questionnaire, subject, launch, authored }: Populating): Populated => {
  const form = createForm(questionnaire, createEngine(createFuel()), launch)
  const { url: canonical, version } = questionnaire
  const response: QuestionnaireResponse = {
    resourceType: 'QuestionnaireResponse',
    ...(canonical === undefined
      ? {}
      : { questionnaire: version === undefined ? canonical : `${canonical}|${version}` }),
    status: 'in-progress',
    subject,
    authored,
    item: [],
  }
  const contexts: Filling['contexts'] = new Map()
  const blank = createSheet(form, response, new Set(), undefined, ({ given }) => contexts.get(given))
  const filling: Filling = { form, response, contexts, blank }
  try {
    response.item = itemsOf(filling, questionnaire.item ?? [], undefined)
    calculate(filling)
  } catch (fault) {
    if (!(fault instanceof Spent)) throw fault
    blame(form, questionnaire, 'too-costly', 'to populate it whole takes too long; what is here is a part')
  }
  const item = kept(response.item ?? [])
  const { item: _unfinished, ...rest } = response
  return {
    response: { ...rest, ...(item.length === 0 ? {} : { item }) },
    issues: [...form.faults.values()].map(told),
  }
}

const told = (issue: Issue): OperationOutcomeIssue => issueOf(issue)

/** Items under a parent, with those of repeating groups as often as their context says. */
const itemsOf = (
  filling: Filling,
  definitions: readonly QuestionnaireItem[],
  parent: Node | undefined,
): QuestionnaireResponseItem[] =>
  definitions.flatMap((definition) =>
    definition.type === 'display' ? [] : itemOf(filling, definition, parent),
  )

const itemOf = (
  filling: Filling,
  definition: QuestionnaireItem,
  parent: Node | undefined,
): QuestionnaireResponseItem[] => {
  filling.form.engine.spend(50)
  const context = contextsOf(filling, definition, parent)
  return context.map((environment) => {
    const given: QuestionnaireResponseItem = {
      linkId: definition.linkId,
      ...(definition.text === undefined ? {} : { text: definition.text }),
    }
    filling.contexts.set(given, environment)
    const node: Node = { given, definition, parent, at: '', children: [] }
    if (definition.type !== 'group') given.answer = initialOf(filling, definition, node)
    const below = itemsOf(filling, definition.item ?? [], node)
    const [answer] = given.answer ?? []
    if (below.length > 0 && definition.type === 'group') given.item = below
    else if (below.length > 0 && answer !== undefined) answer.item = below
    return given
  })
}

/** One environment for each time that an item is there: those of its population context, else one. */
const contextsOf = (
  filling: Filling,
  definition: QuestionnaireItem,
  parent: Node | undefined,
): Environment[] => {
  const stated = expression(definition, url.itemPopulationContext)
  if (stated === undefined) return [{}]
  const { form } = filling
  if (!isName(stated.name)) {
    blame(
      form,
      definition,
      'required',
      '`itemPopulationContext` needs a `name` that means nothing else; name it',
    )
    return [{}]
  }
  const name = stated.name
  const found = elementsOf(filling, definition, { kind: 'absent', definition, parent })
  if (found.length === 0) return [{ [name]: [] }]
  if (definition.repeats !== true) return [{ [name]: found }]
  if (found.length > mostGroups)
    blame(form, definition, 'too-costly', `only the first ${mostGroups} groups were populated`)
  return found.slice(0, mostGroups).map((one) => ({ [name]: [one] }))
}

/** What a population context comes to, with its types. */
const elementsOf = (
  { form, blank }: Filling,
  definition: QuestionnaireItem,
  place: Place,
): readonly unknown[] => {
  const stated = expression(definition, url.itemPopulationContext)
  const checked = evaluateExtension(blank, definition, 'itemPopulationContext', place)
  if (checked === undefined || checked === 'data' || stated?.expression === undefined) return []
  const found = form.engine.typed(stated.expression, blank.focusOf(place), blank.environmentOf(place))
  return found.ok ? found.values : []
}

/** The first answers of an item: by its expression, else as it states them. */
const initialOf = (
  filling: Filling,
  definition: QuestionnaireItem,
  node: Node,
): QuestionnaireResponseItemAnswer[] => {
  const found = evaluateExtension(filling.blank, definition, 'initialExpression', { kind: 'item', node })
  if (found !== undefined && found !== 'data' && found.length > 0)
    return answersFrom(filling.form, definition, found)
  const selected = (definition.answerOption ?? []).filter(({ initialSelected }) => initialSelected === true)
  return [...(definition.initial ?? []), ...selected]
    .slice(0, definition.repeats === true ? undefined : 1)
    .map(({ id: _id, extension: _extension, ...own }) => {
      const { initialSelected: _selected, ...value } = own as typeof own & { initialSelected?: boolean }
      return structuredClone(value)
    })
}

/** Items that have an answer, or items that do. */
const kept = (items: readonly QuestionnaireResponseItem[]): QuestionnaireResponseItem[] =>
  items.flatMap(({ answer = [], item = [], ...rest }) => {
    const answers = answer.map(({ item: below = [], ...own }) => {
      const inner = kept(below)
      return { ...own, ...(inner.length === 0 ? {} : { item: inner }) }
    })
    const inner = kept(item)
    if (answers.length === 0 && inner.length === 0) return []
    return [
      {
        ...rest,
        ...(answers.length === 0 ? {} : { answer: answers }),
        ...(inner.length === 0 ? {} : { item: inner }),
      },
    ]
  })
