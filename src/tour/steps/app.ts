import type {
  Observation,
  Questionnaire,
  QuestionnaireItem,
  QuestionnaireResponse,
  QuestionnaireResponseItem,
  Task,
} from 'fhir/r4'
import { type Guide, matchesIn, resourceIn, summed } from '../guide.ts'

const phq9 = 'https://sluice.example/fhir/Questionnaire/phq-9'

/** One digit for each of the nine items; the last, thoughts of being better off dead, is above 0. */
const answers = '211121101'
const total = 10

/** The app asks the questions and sends the answers; the clinic finds the score and, at once, a Task. */
export const answerQuestionnaire = async (guide: Guide): Promise<void> => {
  const asked = await guide.ask('moodtrack', 'GET', `/fhir/Questionnaire?url=${phq9}`)
  const [questionnaire] = matchesIn<Questionnaire>(asked)
  guide.came(summed(asked, `Questionnaire: ${questionnaire?.title ?? questionnaire?.name}`))
  guide.check('the app finds the PHQ-9', questionnaire?.url, phq9)
  if (questionnaire === undefined) return

  const sent = await guide.ask('moodtrack', 'POST', '/fhir/QuestionnaireResponse', {
    body: responseTo(questionnaire, await guide.gateway.now()),
    saying: `of Patient/maya; answers ${answers.split('').join(' ')}, the last one to item 9`,
  })
  const { id } = resourceIn<QuestionnaireResponse>(sent)
  guide.came(summed(sent, `QuestionnaireResponse/${id}`))
  guide.check('her answers are stored', sent.status, 201)

  const scored = await guide.ask(
    'riverbend',
    'GET',
    `/fhir/Observation?derived-from=QuestionnaireResponse/${id}`,
  )
  const scores = matchesIn<Observation>(scored)
  guide.came(
    summed(scored, scores.map((one) => `Observation: ${one.code.text}: ${one.valueInteger}`).join('\n')),
  )
  guide.check(
    'the clinic finds the score: one Observation, the right total, LOINC 44261-6',
    scores.map(({ valueInteger, code }) => [valueInteger, code.coding?.[0]?.code]),
    [[total, '44261-6']],
  )

  const flagged = await guide.ask('riverbend', 'GET', `/fhir/Task?focus=QuestionnaireResponse/${id}`)
  const tasks = matchesIn<Task>(flagged)
  guide.came(
    summed(flagged, tasks.map((one) => `Task: ${one.priority}, ${one.status}, ${one.code?.text}`).join('\n')),
  )
  guide.check(
    'item 9 is above 0: a clinician of the clinic gets a Task at once, whatever the total is',
    tasks.map(({ priority, status, for: patient }) => [priority, status, patient?.reference]),
    [['stat', 'requested', 'Patient/maya']],
  )
  const other = await guide.ask('harbor-psychiatry', 'GET', `/fhir/QuestionnaireResponse/${id}`)
  guide.came(summed(other, 'no such resource'))
  guide.check('to who does not treat her, none of it exists', other.status, 404)
}

const responseTo = (questionnaire: Questionnaire, at: Date): QuestionnaireResponse => ({
  resourceType: 'QuestionnaireResponse',
  questionnaire: questionnaire.url ?? '',
  status: 'completed',
  subject: { reference: 'Patient/maya' },
  author: { reference: 'Patient/maya' },
  authored: at.toISOString(),
  item: questionsIn(questionnaire.item ?? [])
    .slice(0, answers.length)
    .map((item, place) => answerTo(item, Number(answers[place]))),
})

const questionsIn = (items: readonly QuestionnaireItem[]): QuestionnaireItem[] =>
  items.flatMap((item) => [...(item.answerOption ? [item] : []), ...questionsIn(item.item ?? [])])

const answerTo = (
  { linkId, text, answerOption }: QuestionnaireItem,
  place: number,
): QuestionnaireResponseItem => {
  const { system, code, display } = answerOption?.[place]?.valueCoding ?? {}
  return { linkId, ...(text !== undefined && { text }), answer: [{ valueCoding: { system, code, display } }] }
}
