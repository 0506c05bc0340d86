import type { FhirResource } from 'fhir/r4'
import { accept, type Submission } from '../../accept.ts'
import { type Answer, disclose, type Found } from '../../disclose.ts'
import type { Need } from '../../authorize/authorize.ts'
import { invalid, type Issue, issueOf, outcomeOf, Refusal, refuse } from '../../problem.ts'
import type { Released } from '../../redact/released.ts'
import { findOne, type FoundRow } from '../../search/find.ts'
import type { Services } from '../../services.ts'
import { rehearse } from '../../store/rehearse.ts'
import { readResource } from '../body.ts'
import { fhirJson } from '../resource-answer.ts'
import type { Call } from './operation.ts'
import { requireKnown } from './parameters.ts'

const modes = ['create', 'update', 'delete', 'profile'] as const

type Mode = (typeof modes)[number]

/** What is asked: a resource that was sent, or the stored one that the address names. */
interface Question {
  readonly resource: FhirResource | undefined
  readonly mode: Mode | undefined
  readonly profiles: readonly string[]
}

/**
 * https://hl7.org/fhir/R4/resource-operation-validate.html: what is wrong with a resource, by R4, the profiles that it
 * declares and those that are asked for; with a mode also whether the write would be taken, by the very way that writes go,
 * in a transaction that is undone. The answer is an OperationOutcome with 200, whatever it says.
 */
export const validate = async (call: Call): Promise<Released<Answer>> => {
  const { services, caller, request, raw, type = '', id } = call
  const question = await readQuestion(raw)
  requireSense(question, id)
  const { resource } = question
  const sent = resource === undefined ? undefined : once(() => issuesOf(services, question, resource, call))
  return disclose(services, caller, {
    interaction: 'validate',
    request,
    needs: needsOf(question, type, id),
    find: async (connection, _grant, permit): Promise<Found> => {
      if (sent !== undefined) return answered([], await sent())
      const row = await findOne(connection, permit, type, id ?? '')
      if (row === undefined || row.deleted) return refuse({ kind: 'not-found' })
      const stored = JSON.parse(row.content) as FhirResource
      return answered([row], await issuesOf(services, question, stored, call))
    },
  })
}

/** A caller that was remembered is asked for twice, and what it sent is looked at once. */
const once = <T>(work: () => Promise<T>): (() => Promise<T>) => {
  const done: Promise<T>[] = []
  return () => {
    const first = done[0] ?? work()
    done[0] = first
    return first
  }
}

/** The body is the resource itself, or Parameters with it; mode and profiles stand there or in the address. */
const readQuestion = async (raw: Request): Promise<Question> => {
  const given = new URL(raw.url).searchParams
  requireKnown(given, ['mode', 'profile'])
  const isEmpty = raw.method === 'GET' || raw.body === null || raw.headers.get('content-length') === '0'
  const body = isEmpty ? undefined : await readResource(raw)
  const { parameter = [] } = body?.resourceType === 'Parameters' ? body : {}
  const isWrapped = parameter.some(({ name }) => ['resource', 'mode', 'profile'].includes(name))
  const stated = (name: string): string[] => [
    ...given.getAll(name),
    ...(isWrapped ? parameter : []).flatMap((own) =>
      own.name === name ? (own.valueCode ?? own.valueUri ?? own.valueCanonical ?? own.valueString ?? []) : [],
    ),
  ]
  const [mode, another] = stated('mode')
  if (another !== undefined || !isMode(mode))
    return invalid('`mode` is one of `create`, `update`, `delete`, `profile`', 'mode', 'value')
  return {
    resource: isWrapped
      ? (parameter.find(({ name }) => name === 'resource')?.resource as FhirResource | undefined)
      : body,
    mode,
    profiles: stated('profile'),
  }
}

const isMode = (mode: string | undefined): mode is Mode | undefined =>
  mode === undefined || modes.some((own) => own === mode)

/** Which modes go with which address (https://hl7.org/fhir/R4/resource-operation-validate.html, `mode`). */
const requireSense = ({ resource, mode, profiles }: Question, id: string | undefined): void => {
  if (mode === 'profile' && profiles.length === 0)
    invalid('the mode `profile` needs a `profile`', 'profile', 'required')
  if (id === undefined && (mode === 'update' || mode === 'delete'))
    invalid(`the mode \`${mode}\` is asked of a stored resource: \`[type]/[id]/$validate\``, 'mode', 'value')
  if (id !== undefined && mode === 'create')
    invalid('the mode `create` is asked of a type: `[type]/$validate`', 'mode', 'value')
  if (resource === undefined && (id === undefined || mode === 'update'))
    invalid('send the resource, or Parameters with it as `resource`', 'resource', 'required')
}

const needsOf = ({ resource, mode }: Question, type: string, id: string | undefined): Need[] => [
  ...(resource === undefined ? [{ type, access: 'r' } as const] : []),
  ...(mode === 'create' ? [{ type, access: 'c' } as const] : []),
  ...(mode === 'update' ? [{ type, access: 'u' } as const] : []),
  ...(mode === 'delete' && id !== undefined ? [{ type, access: 'd' } as const] : []),
  ...(resource !== undefined && mode === undefined ? [{ type, access: 'r' } as const] : []),
]

const issuesOf = async (
  services: Services,
  { mode, profiles }: Question,
  resource: FhirResource,
  call: Call,
): Promise<readonly Issue[]> => {
  const { type = '' } = call
  if (resource.resourceType !== type)
    return [
      {
        code: 'invalid',
        text: 'the resource is not of the type that the address names',
        expression: 'resourceType',
      },
    ]
  const found = services.validate(resource, profiles)
  const isFaulty = found.some(({ severity = 'error' }) => severity === 'error')
  const taken =
    mode === undefined || mode === 'profile' || (isFaulty && mode !== 'delete')
      ? []
      : await tryOut(services, mode, resource, call)
  return mode === 'delete' ? taken : [...found, ...taken]
}

/** Why the write would be refused, if it would be: it goes the way of all writes, and nothing of it stays. */
const tryOut = async (
  services: Services,
  mode: Exclude<Mode, 'profile'>,
  resource: FhirResource,
  { caller, request, type = '', id }: Call,
): Promise<readonly Issue[]> => {
  const rehearsed: Services = {
    ...services,
    database: { ...services.database, transaction: (work) => rehearse(services.database, work) },
  }
  const submission: Submission = {
    method: mode,
    type,
    ...(id === undefined ? {} : { id }),
    ...(mode === 'delete' ? {} : { resource }),
  }
  try {
    await accept(rehearsed, { interaction: 'validate', request, caller }, [submission])
    return []
  } catch (fault) {
    if (!(fault instanceof Refusal) || fault.problem.kind === 'unrecorded') throw fault
    return outcomeOf(fault.problem).issue.map(({ code, details, expression }) => ({
      code,
      text: details?.text ?? '',
      ...(expression?.[0] === undefined ? {} : { expression: expression[0] }),
    }))
  }
}

const answered = (rows: readonly FoundRow[], issues: readonly Issue[]): Found => ({
  rows,
  answer: (): Answer => ({
    status: 200,
    headers: { 'content-type': fhirJson },
    body: JSON.stringify({
      resourceType: 'OperationOutcome',
      issue: (issues.length === 0 ? [nothing] : issues).map(issueOf),
    }),
  }),
})

const nothing: Issue = {
  severity: 'information',
  code: 'informational',
  text: 'nothing is wrong with it, by R4, its profiles and those that were asked for',
}
