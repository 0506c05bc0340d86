import type {
  FhirResource,
  OperationOutcomeIssue,
  ParametersParameter,
  Questionnaire,
  Resource,
} from 'fhir/r4'
import type { Grant } from '../../authorize/grant.ts'
import { type Answer, disclose, type Found } from '../../disclose.ts'
import { localReference } from '../../fhir/references.ts'
import { type Issue, issueOf, refuse } from '../../problem.ts'
import type { Environment } from '../../questionnaire/expression/engine.ts'
import { populate as populated } from '../../questionnaire/populate/populate.ts'
import { protectedBy } from '../../questionnaire/protection.ts'
import { pruned } from '../../redact/pruned.ts'
import type { Released, ReleasedResource } from '../../redact/released.ts'
import { findByKeys, type FoundRow } from '../../search/find.ts'
import { fhirBase, type Services } from '../../services.ts'
import { fhirJson } from '../resource-answer.ts'
import type { Call } from './operation.ts'
import { readParameters } from './parameters.ts'
import {
  type Declared,
  declaredContexts,
  type GivenContext,
  type PopulateGiven,
  readPopulateGiven,
} from './populate-given.ts'
import { runSearches, type Searched } from './populate-searches.ts'
import { type AskedQuestionnaire, byId, byParameters, type Looking } from './questionnaire-asked.ts'

/**
 * http://hl7.org/fhir/uv/sdc/OperationDefinition/Questionnaire-populate: a response that is filled in from launch contexts,
 * and, with `local`, from what the Questionnaire searches for. All of it is found, decided, redacted and accounted for as if
 * the caller had read it; expressions see what was released, and nothing else.
 */
export const populate = async (call: Call): Promise<Released<Answer>> => {
  const { services, caller, request, id } = call
  const base = fhirBase(services)
  const parameters = await readParameters(services, call.raw)
  const given = readPopulateGiven(parameters, base)
  const types = given.contexts.flatMap(({ references }) => references.map(typeOf))
  return disclose(services, caller, {
    interaction: 'populate',
    request,
    needs: [
      { type: 'Questionnaire', access: 'r' },
      ...[...new Set(types)].map((type) => ({ type, access: 'r' as const })),
    ],
    find: async (connection, grant, permit): Promise<Found> => {
      const looking = { connection, grant, permit, base }
      const asked = id === undefined ? await byParameters(looking, parameters) : await byId(looking, id)
      const subject = await findSubject(looking, given)
      const contexts = contextsFor(questionnaireIn(asked, base), given, grant)
      const rows = await findByKeys(connection, permit, [
        ...new Set(contexts.flatMap(({ references }) => references)),
      ])
      const { searched, issues } = await searchesFor(
        questionnaireIn(asked, base),
        given,
        { services, request, ...looking },
        contexts,
        rows,
      )
      const found = once([
        ...('row' in asked ? [asked.row] : []),
        ...subject,
        ...rows,
        ...searched.flatMap((one) => one.rows),
      ])
      return {
        rows: found,
        answer: (released) => answerOf(services, { asked, given, contexts, searched, issues }, released),
      }
    },
  })
}

const typeOf = (reference: string): string => reference.split('/')[0] ?? ''

const keyOf = ({ type, id }: Pick<FoundRow, 'type' | 'id'>): string => `${type}/${id}`

const once = (rows: readonly FoundRow[]): FoundRow[] => [
  ...new Map(rows.map((row) => [keyOf(row), row])).values(),
]

/** A row as it will be released, but for what goes along: what is pruned cannot be asked about. */
const shown = (row: FoundRow, base: string): Resource =>
  pruned(JSON.parse(row.content) as Resource, row.hidden, base)

const questionnaireIn = (asked: AskedQuestionnaire, base: string): Questionnaire =>
  'row' in asked ? (shown(asked.row, base) as Questionnaire) : asked.questionnaire

/** The subject, where it is kept here and may be read: one that is hidden is one that does not exist. */
const findSubject = async (
  { connection, grant, permit, base }: Looking,
  { subject }: PopulateGiven,
): Promise<FoundRow[]> => {
  const reference = localReference(subject.reference, base)
  if (reference === undefined || !grant.allows(typeOf(reference), 'r')) return []
  const rows = await findByKeys(connection, permit, [reference])
  return rows.length === 0 ? refuse({ kind: 'not-found' }) : rows
}

/** What is given for the contexts that are declared; with `local`, the subject and the user where nothing is. */
const contextsFor = (
  questionnaire: Questionnaire,
  { contexts, subject, local }: PopulateGiven,
  grant: Grant,
): GivenContext[] => {
  const declared = declaredContexts(questionnaire)
  const usual = (name: string): string | undefined =>
    name === 'patient'
      ? localReference(subject.reference)
      : name === 'user'
        ? (grant.caller.asked.user ?? grant.caller.asked.patient)
        : undefined
  return declared.map((one): GivenContext => {
    const own = contexts.filter(({ name }) => name === one.name)
    const known = local && own.length === 0 ? usual(one.name) : undefined
    const references = [
      ...own.flatMap((given) => given.references),
      ...(known !== undefined && grant.allows(typeOf(known), 'r') ? [known] : []),
    ]
    return {
      name: one.name,
      references: references.filter((reference) => isOf(one, typeOf(reference))),
      resources: own
        .flatMap(({ resources }) => resources)
        .filter(({ resourceType }) => isOf(one, resourceType)),
    }
  })
}

const isOf = ({ types }: Declared, type: string): boolean => types.length === 0 || types.includes(type)

const environmentOf = (
  contexts: readonly GivenContext[],
  known: ReadonlyMap<string, Resource>,
): Environment =>
  Object.assign(
    Object.create(null) as object,
    Object.fromEntries(
      contexts.map(({ name, references, resources }) => [
        name,
        [
          ...resources.map((own) => structuredClone(own)),
          ...references.flatMap((reference) => structuredClone(known.get(reference)) ?? []),
        ],
      ]),
    ),
  )

const searchesFor = async (
  questionnaire: Questionnaire,
  { local }: PopulateGiven,
  looking: Looking & { readonly services: Services; readonly request: string },
  contexts: readonly GivenContext[],
  rows: readonly FoundRow[],
): Promise<Awaited<ReturnType<typeof runSearches>>> => {
  if (!local) return { searched: [], issues: [] }
  const known = new Map(rows.map((row) => [keyOf(row), shown(row, looking.base)]))
  return runSearches(questionnaire, { ...looking, launch: environmentOf(contexts, known) })
}

interface Populating {
  readonly asked: AskedQuestionnaire
  readonly given: PopulateGiven
  readonly contexts: readonly GivenContext[]
  readonly searched: readonly Searched[]
  readonly issues: readonly Issue[]
}

const answerOf = (
  services: Services,
  populating: Populating,
  released: readonly ReleasedResource[],
): Answer => {
  const { asked, given, contexts, searched } = populating
  const known = new Map(released.map((own) => [keyOf(own), JSON.parse(own.text) as Resource]))
  const questionnaire = ('row' in asked ? known.get(keyOf(asked.row)) : asked.questionnaire) as Questionnaire
  const launch = Object.assign(
    environmentOf(contexts, known),
    Object.fromEntries(searched.map((one) => [one.name, resultOf(one, known)])),
  )
  const { response, issues } = populated({
    questionnaire,
    subject: given.subject,
    launch,
    authored: services.clock.now().toISOString(),
  })
  const sources = [...known]
    .filter(([key]) => !('row' in asked) || key !== keyOf(asked.row))
    .map(([, own]) => own)
  const inline = contexts.flatMap(({ resources }) => resources)
  const all = [...issues, ...populating.issues.map(issueOf), ...missing(questionnaire, populating, known)]
  return parametersAnswer([
    { name: 'response', resource: protectedBy(response, [...sources, ...inline]) },
    ...(all.length === 0
      ? []
      : [{ name: 'issues', resource: { resourceType: 'OperationOutcome', issue: all } as FhirResource }]),
  ])
}

/** What a search found, as a variable has it: a resource, or a Bundle of those that were released. */
const resultOf = ({ rows, single }: Searched, known: ReadonlyMap<string, Resource>): unknown => {
  const found = rows.flatMap((row) => structuredClone(known.get(keyOf(row))) ?? [])
  return single
    ? found
    : [
        {
          resourceType: 'Bundle',
          type: 'searchset',
          total: found.length,
          entry: found.map((resource) => ({ resource })),
        },
      ]
}

/** Contexts that came to nothing, or that the Questionnaire does not have. */
const missing = (
  questionnaire: Questionnaire,
  { given, contexts }: Populating,
  known: ReadonlyMap<string, Resource>,
): OperationOutcomeIssue[] => {
  const declared = new Set(declaredContexts(questionnaire).map(({ name }) => name))
  const said = (text: string, code: Issue['code']): OperationOutcomeIssue =>
    issueOf({ severity: 'warning', code, text, expression: 'Parameters.parameter' })
  const empty = contexts.filter(
    ({ name, references, resources }) =>
      given.contexts.some((own) => own.name === name) &&
      resources.length + references.filter((reference) => known.has(reference)).length === 0,
  )
  return [
    ...empty.map(({ name }) =>
      said(
        `nothing is there for the context \`${name}\` that is of its types and may be read; check what it names`,
        'not-found',
      ),
    ),
    ...(given.contexts.some(({ name }) => !declared.has(name))
      ? [
          said(
            'a context is given that the Questionnaire does not declare as `launchContext`; it was not used',
            'not-supported',
          ),
        ]
      : []),
  ]
}

/** Parameters as an answer. */
export const parametersAnswer = (parameter: readonly ParametersParameter[]): Answer => ({
  status: 200,
  headers: { 'content-type': fhirJson },
  body: JSON.stringify({ resourceType: 'Parameters', parameter }),
})
