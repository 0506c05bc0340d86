import type { QuestionnaireResponse, Reference, Task } from 'fhir/r4'
import { canonical } from '../fhir/names.ts'

/** What Tasks of the gateway ask for (`profiles/CodeSystem-task-code.json`). */
export const taskCodes = `${canonical}/CodeSystem/task-code`

/** What the Task is made from: a stored response, the clinician who is to look at it, and when. */
export type FlagTaskInput = {
  readonly response: QuestionnaireResponse & { readonly id: string }
  readonly owner: Reference
  readonly authoredOn: string
  /** What asked for it: an item, and nothing of the score. */
  readonly flags: readonly string[]
  /** Until when somebody must have acknowledged it. */
  readonly due?: string
}

/** The clinician's Task after a safety item was answered as it should not be. Says nothing of the score. */
export const flagTask = ({ response, owner, authoredOn, flags, due }: FlagTaskInput): Task => ({
  resourceType: 'Task',
  status: 'requested',
  intent: 'order',
  priority: 'stat',
  code: {
    coding: [{ system: taskCodes, code: 'safety-review', display: 'Safety review' }],
    text: `Safety review: ${flags.join('; ')}`,
  },
  focus: { reference: `QuestionnaireResponse/${response.id}` },
  ...(response.subject && { for: response.subject }),
  ...(response.encounter && { encounter: response.encounter }),
  authoredOn,
  owner,
  ...(due === undefined ? {} : { restriction: { period: { end: due } } }),
})
