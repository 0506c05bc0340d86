import { has, isIn, objects } from './invariant.ts'
import type { Invariant } from './invariant.ts'
import { list } from '../json.ts'
import type { Json } from '../json.ts'

const item = 'Questionnaire.item'

/** https://hl7.org/fhir/R4/questionnaire.html, https://hl7.org/fhir/R4/questionnaireresponse.html */
export const questionnaires: readonly Invariant[] = [
  {
    on: 'Questionnaire',
    key: 'que-2',
    text: 'each `linkId` must be unique in the questionnaire',
    holds: hasUniqueLinks,
  },
  {
    on: item,
    key: 'que-1',
    text: 'a group must have items, a display must have none',
    holds: (v) => (v.type !== 'group' || has(v, 'item')) && (v.type !== 'display' || !has(v, 'item')),
  },
  {
    on: item,
    key: 'que-3',
    text: 'a display must have no code',
    holds: (v) => v.type !== 'display' || !has(v, 'code'),
  },
  {
    on: item,
    key: 'que-4',
    text: 'an item must not have both answer options and an answer value set',
    holds: (v) => !has(v, 'answerOption') || !has(v, 'answerValueSet'),
  },
  {
    on: item,
    key: 'que-6',
    text: 'a display must be neither required nor repeat',
    holds: (v) => v.type !== 'display' || !has(v, 'required', 'repeats'),
  },
  {
    on: `${item}.enableWhen`,
    key: 'que-7',
    text: 'a condition on whether there is an answer needs `answerBoolean`',
    holds: (v) => v.operator !== 'exists' || has(v, 'answerBoolean'),
  },
  {
    on: item,
    key: 'que-8',
    text: 'a group or display must have no initial value',
    holds: (v) => !isIn(v.type, 'group', 'display') || !has(v, 'initial'),
  },
  {
    on: item,
    key: 'que-11',
    text: 'an item with answer options marks the initial one by `initialSelected`',
    holds: (v) => !has(v, 'answerOption') || !has(v, 'initial'),
  },
  {
    on: item,
    key: 'que-12',
    text: 'several conditions need `enableBehavior`',
    holds: (v) => list(v.enableWhen).length <= 2 || has(v, 'enableBehavior'),
  },
  {
    on: item,
    key: 'que-12',
    severity: 'warning',
    text: 'two conditions should have `enableBehavior`, which says whether both are needed',
    holds: (v) => list(v.enableWhen).length !== 2 || has(v, 'enableBehavior'),
  },
  {
    on: 'QuestionnaireResponse.item',
    key: 'qrs-1',
    text: 'an item has answers or items, not both; items below an answer go into the answer',
    holds: (v) => !has(v, 'answer') || !has(v, 'item'),
  },
]

function hasUniqueLinks(questionnaire: Json): boolean {
  const seen = new Set<unknown>()
  const pending = objects(questionnaire.item)
  for (let item = pending.pop(); item !== undefined; item = pending.pop()) {
    if (seen.has(item.linkId)) return false
    if (item.linkId !== undefined) seen.add(item.linkId)
    pending.push(...objects(item.item))
  }
  return true
}
