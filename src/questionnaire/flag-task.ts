import type { QuestionnaireResponse, Reference, Task } from 'fhir/r4'

/** What the Task is made from: a stored response, the clinician who is to look at it, and when. */
export type FlagTaskInput = {
  readonly response: QuestionnaireResponse & { readonly id: string }
  readonly owner: Reference
  readonly authoredOn: string
}

/** The clinician's Task after a safety item was answered above 0. Says nothing of the answer or the score. */
export const flagTask = ({ response, owner, authoredOn }: FlagTaskInput): Task => ({
  resourceType: 'Task',
  status: 'requested',
  intent: 'order',
  priority: 'stat',
  code: { text: 'Safety review: item 9 answered above 0' },
  focus: { reference: `QuestionnaireResponse/${response.id}` },
  ...(response.subject && { for: response.subject }),
  ...(response.encounter && { encounter: response.encounter }),
  authoredOn,
  owner,
})
