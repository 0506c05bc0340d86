import type {
  FhirResource,
  ParametersParameter,
  Questionnaire,
  QuestionnaireResponse,
  Resource,
} from 'fhir/r4'
import { type Answer, disclose, type Found } from '../../disclose.ts'
import { invalid, issueOf, refuse } from '../../problem.ts'
import { extract as extracted } from '../../questionnaire/extract/extract.ts'
import type { Released, ReleasedResource } from '../../redact/released.ts'
import { findOne, type FoundRow } from '../../search/find.ts'
import { firstStored } from '../../search/versions.ts'
import { fhirBase, type Services } from '../../services.ts'
import type { Call } from './operation.ts'
import { readParameters } from './parameters.ts'
import { parametersAnswer } from './populate.ts'
import { type AskedQuestionnaire, byCanonical, type Looking } from './questionnaire-asked.ts'

/**
 * http://hl7.org/fhir/uv/sdc/OperationDefinition/QuestionnaireResponse-extract: a transaction of what answers come to, of a
 * response that is stored, as the caller sees it, or of one that is sent along. Nothing is stored by it.
 */
export const extract = async (call: Call): Promise<Released<Answer>> => {
  const { services, caller, request, id } = call
  const given = await readBody(call)
  return disclose(services, caller, {
    interaction: 'extract',
    request,
    needs: [
      { type: 'Questionnaire', access: 'r' },
      { type: 'QuestionnaireResponse', access: 'r' },
    ],
    find: async (connection, grant, permit): Promise<Found> => {
      const looking = { connection, grant, permit, base: fhirBase(services) }
      const row = id === undefined ? undefined : await storedResponse(looking, id)
      const response =
        row === undefined ? sentResponse(given) : (JSON.parse(row.content) as QuestionnaireResponse)
      const asked = await questionnaireFor(looking, response, id)
      const rows = [...(row === undefined ? [] : [row]), ...('row' in asked ? [asked.row] : [])]
      return { rows, answer: (released) => answerOf(services, { row, response, asked }, released) }
    },
  })
}

const readBody = async ({ services, raw, id }: Call): Promise<readonly ParametersParameter[]> => {
  const isEmpty = raw.body === null || raw.headers.get('content-length') === '0'
  if (id !== undefined && isEmpty) return []
  const given = await readParameters(services, raw)
  if (given.some(({ name }) => name !== 'questionnaire-response' || id !== undefined))
    invalid(
      'the operation has the parameter `questionnaire-response`, and on a stored response none',
      'Parameters.parameter',
      'not-supported',
    )
  return given
}

const storedResponse = async ({ connection, permit }: Looking, id: string): Promise<FoundRow> => {
  const row = await findOne(connection, permit, 'QuestionnaireResponse', id)
  if (row === undefined) return refuse({ kind: 'not-found' })
  return row.deleted ? refuse({ kind: 'gone' }) : row
}

const sentResponse = (given: readonly ParametersParameter[]): QuestionnaireResponse => {
  const [sent, ...others] = given
  return sent?.resource?.resourceType === 'QuestionnaireResponse' && others.length === 0
    ? (sent.resource as QuestionnaireResponse)
    : invalid(
        'the operation takes one parameter `questionnaire-response`, a QuestionnaireResponse',
        'Parameters.parameter',
        'required',
      )
}

const questionnaireFor = async (
  looking: Looking,
  { questionnaire, status }: QuestionnaireResponse,
  id: string | undefined,
): Promise<AskedQuestionnaire> => {
  if (status === 'entered-in-error')
    invalid(
      'nothing is extracted from a response that was entered in error',
      'QuestionnaireResponse.status',
      'business-rule',
    )
  const since =
    id === undefined
      ? undefined
      : await firstStored(looking.connection, looking.permit, 'QuestionnaireResponse', id)
  const asked = questionnaire === undefined ? undefined : await byCanonical(looking, questionnaire, since)
  return (
    asked ??
    invalid(
      'the Questionnaire of this response is not known here; store it, or correct the canonical URL',
      'QuestionnaireResponse.questionnaire',
      'not-found',
    )
  )
}

interface Extracting {
  readonly row: FoundRow | undefined
  readonly response: QuestionnaireResponse
  readonly asked: AskedQuestionnaire
}

const answerOf = (
  services: Services,
  { row, response, asked }: Extracting,
  released: readonly ReleasedResource[],
): Answer => {
  const known = (own: FoundRow): Resource => {
    const found = released.find(({ type, id }) => type === own.type && id === own.id)
    return found === undefined ? refuse({ kind: 'not-found' }) : (JSON.parse(found.text) as Resource)
  }
  const questionnaire = ('row' in asked ? known(asked.row) : asked.questionnaire) as Questionnaire
  const source = (row === undefined ? response : known(row)) as QuestionnaireResponse
  const { bundle, issues } = extracted(questionnaire, source, services.ids.resource)
  return parametersAnswer([
    { name: 'return', resource: bundle },
    ...(issues.length === 0
      ? []
      : [
          {
            name: 'issues',
            resource: { resourceType: 'OperationOutcome', issue: issues.map(issueOf) } as FhirResource,
          },
        ]),
  ])
}
