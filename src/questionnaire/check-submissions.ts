import type { FhirResource, Questionnaire, QuestionnaireResponse } from 'fhir/r4'
import type { Submission } from '../accept.ts'
import type { Grant } from '../authorize/grant.ts'
import type { Permit } from '../consent/permit.ts'
import { type Issue, refuse } from '../problem.ts'
import { findQuestionnaire } from '../search/questionnaires.ts'
import { firstStored } from '../search/versions.ts'
import type { Services } from '../services.ts'
import type { Connection } from '../store/database.ts'
import { checkResponse } from './check/check-response.ts'
import { createFuel } from './expression/fuel.ts'
import { questionnaireOf } from './library.ts'

/** Who writes, and what they may see. */
interface Asking {
  readonly connection: Connection
  readonly services: Pick<Services, 'terminology'>
  readonly grant: Grant
  readonly permit: Permit
}

const mostIssues = 100

/**
 * Holds every QuestionnaireResponse of a write against its Questionnaire, as its sender sees both: one that is shipped,
 * that the same transaction brings, or that is stored and may be read by the sender. Errors end the request, all at once;
 * warnings come back by the place of the submission. What is not known here is told as a warning.
 */
export const checkSubmissions = async (
  asking: Asking,
  submissions: readonly (Submission | undefined)[],
): Promise<ReadonlyMap<number, readonly Issue[]>> => {
  const fuel = createFuel()
  const brought = submissions.flatMap((own) =>
    own?.resource?.resourceType === 'Questionnaire' ? [own.resource] : [],
  )
  const told = new Map<number, readonly Issue[]>()
  for (const [place, submission] of submissions.entries()) {
    const response = submission === undefined ? undefined : responseOf(submission)
    if (submission === undefined || response === undefined) continue
    const { questionnaire, issues } = await questionsOf(asking, submission, response, brought)
    const found =
      questionnaire === undefined
        ? []
        : checkResponse(questionnaire, response, asking.services.terminology, fuel)
    told.set(place, [...issues, ...found])
  }
  requireNoErrors(told, submissions.length)
  return told
}

const responseOf = ({ method, resource }: Submission): QuestionnaireResponse | undefined =>
  (method === 'create' || method === 'update') && resource?.resourceType === 'QuestionnaireResponse'
    ? resource
    : undefined

const requireNoErrors = (told: ReadonlyMap<number, readonly Issue[]>, count: number): void => {
  const issues = [...told].flatMap(([place, own]) => {
    const prefix = count === 1 ? '' : `Bundle.entry[${place}].resource: `
    return own
      .filter(({ severity }) => severity === 'error')
      .map((issue) => ({ ...issue, text: `${prefix}${issue.text}` }))
  })
  if (issues.length > 0) refuse({ kind: 'unprocessable', issues: issues.slice(0, mostIssues) })
}

interface Questions {
  readonly questionnaire?: Questionnaire
  readonly issues: readonly Issue[]
}

const questionsOf = async (
  { connection, grant, permit }: Asking,
  { method, type, id }: Submission,
  { questionnaire: canonical }: QuestionnaireResponse,
  brought: readonly FhirResource[],
): Promise<Questions> => {
  if (canonical === undefined)
    return {
      issues: [
        warning(
          'the response names no Questionnaire, so its answers were not checked; name it by its canonical URL',
        ),
      ],
    }
  const known = questionnaireOf(canonical) ?? broughtOf(canonical, brought)
  if (known !== undefined) return { questionnaire: known, issues: [] }
  if (!grant.allows('Questionnaire', 'r')) return { issues: [warning(unknown)] }
  const since =
    method === 'update' && id !== undefined ? await firstStored(connection, permit, type, id) : undefined
  const found = await findQuestionnaire(connection, permit, { canonical, own: grant.caller.homeKey, since })
  if (found.kind === 'none') return { issues: [warning(unknown)] }
  if (found.kind === 'several') return { issues: [warning(several)] }
  return { questionnaire: found.questionnaire, issues: found.changed ? [warning(changed)] : [] }
}

const broughtOf = (canonical: string, brought: readonly FhirResource[]): Questionnaire | undefined => {
  const [url, version] = canonical.split('|')
  return brought.find(
    (own): own is Questionnaire =>
      own.resourceType === 'Questionnaire' &&
      own.url === url &&
      (version === undefined || own.version === version),
  )
}

const warning = (text: string): Issue => ({
  severity: 'warning',
  code: 'not-found',
  text,
  expression: 'QuestionnaireResponse.questionnaire',
})

const unknown =
  'this Questionnaire is not known here, so the answers were not checked; store it, or correct the canonical URL'
const several =
  'several Questionnaires have this canonical URL, so the answers were not checked; store one of your own, or name its version'
const changed =
  'this Questionnaire has changed under the same version; the answers were held against what it was when the response was first stored'
