import type { Observation, QuestionnaireResponse, Resource, Task } from 'fhir/r4'
import { flagTask } from '../questionnaire/flag-task.ts'
import { instrumentOf } from '../questionnaire/instruments.ts'
import { questionnaireItems } from '../questionnaire/items.ts'
import { questionnaireOf } from '../questionnaire/library.ts'
import { score } from '../questionnaire/score.ts'
import { at, canonical, ref } from './codes.ts'

/**
 * One filled-in instrument and its score. `answers` holds one digit per scored item, `'210010010'`.
 * The Observation is the one `score` makes, so the two never disagree. A flagged one brings the review that
 * followed.
 */
export const screening = (
  instrumentId: 'phq-9' | 'phq-2' | 'gad-7',
  patientId: string,
  on: string,
  answers: string,
  reviewer = 'alvarez',
): Resource[] => {
  const url = `${canonical}/Questionnaire/${instrumentId}`
  const questionnaire = questionnaireOf(url)
  const linkIds = instrumentOf(url)?.items.map(({ linkId }) => linkId)
  if (!questionnaire || linkIds?.length !== answers.length) throw new Error(`bad answers to ${instrumentId}`)
  const items = questionnaireItems(questionnaire)
  const response: QuestionnaireResponse & { id: string } = {
    resourceType: 'QuestionnaireResponse',
    id: `${patientId}-${instrumentId}-${on}`,
    questionnaire: url,
    status: 'completed',
    subject: ref(`Patient/${patientId}`),
    authored: at(on),
    author: ref(`Patient/${patientId}`),
    item: linkIds.map((linkId, index) => {
      const item = items.get(linkId)
      const coding = item?.answerOption?.[Number(answers[index])]?.valueCoding
      const valueCoding = { system: coding?.system, code: coding?.code, display: coding?.display }
      return { linkId, text: item?.text, answer: [{ valueCoding }] }
    }),
  }
  const scored = score(questionnaire, response)
  if (!scored?.complete) throw new Error(`incomplete answers to ${instrumentId}`)
  const observation: Observation = { ...scored.observation, id: `${response.id}-score` }
  const review: Task = {
    ...flagTask({
      response,
      owner: ref(`Practitioner/${reviewer}`),
      authoredOn: at(on, 18),
      flags: scored.flags,
    }),
    id: `${response.id}-review`,
    status: 'completed',
  }
  return scored.flagged ? [response, observation, review] : [response, observation]
}
