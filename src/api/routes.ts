import type { Context } from 'hono'
import type { Submission } from '../accept.ts'
import { authenticate, authenticateRemembered } from '../authenticate/bearer.ts'
import type { Caller } from '../authenticate/caller.ts'
import { type Answer, type Ask, disclose } from '../disclose.ts'
import { isResourceType, resourceTypes } from '../fhir/definitions/structures.ts'
import { Refusal, refuse } from '../problem.ts'
import { recordRefusal } from '../record/record.ts'
import type { Released } from '../redact/released.ts'
import { type Chunks, respond, respondChunks } from '../respond.ts'
import type { Services } from '../services.ts'
import { auditRead, auditSearch } from './audit-event.ts'
import { readBytes, readResource } from './body.ts'
import { bundle } from './bundle.ts'
import { compartmentSearch } from './compartment-search.ts'
import { conditionalRead, conditionsOf } from './conditional-read.ts'
import { exportFile } from './export/file.ts'
import { exportCancel, exportStatus } from './export/status.ts'
import { acceptsGzip, requirePresentation } from './format.ts'
import { history, type HistoryOf } from './history.ts'
import type { Operation } from './operations/operation.ts'
import { operationRoutes } from './operations/operations.ts'
import { partialRead } from './partial-read.ts'
import { readPrefer } from './prefer.ts'
import { read } from './read.ts'
import { search } from './search.ts'
import { readSubmission } from './submission.ts'
import { vread } from './vread.ts'
import { writeOne } from './write-answer.ts'

/** A request with its caller, on its way through one of the doors. */
export interface Incoming {
  readonly context: Context
  readonly services: Services
  readonly caller: Caller
  readonly request: string
}

/** One interaction as it is wired: the table that the CapabilityStatement is generated from. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly path: string
  readonly interaction: string
  readonly level: 'instance' | 'type' | 'system'
  /** The operation that it is, where it is no interaction. */
  readonly operation?: Operation
  /** Whether its one statement holds a remembered caller to its token (`Permit.joined`). */
  readonly remembers?: (incoming: Context) => boolean
  /** Whether it answers in a format of its own, whatever `Accept` says. */
  readonly hasOwnFormat?: true
  answer(incoming: Incoming): Promise<Released<Answer> | Chunks>
}

const typeOf = ({ context }: Incoming): string => {
  const type = context.req.param('type') ?? ''
  if (!isResourceType(type))
    refuse({ kind: 'no-route', text: 'this is not the name of an R4 resource type; see /metadata' })
  return type
}

const idOf = ({ context }: Incoming): string => context.req.param('id') ?? ''

const ask =
  (make: (incoming: Incoming) => Ask) =>
  async (incoming: Incoming): Promise<Released<Answer>> =>
    disclose(incoming.services, incoming.caller, make(incoming))

/** A read that may be conditional, and of a part. */
const askRead = (make: (incoming: Incoming) => Ask) =>
  ask((incoming) =>
    conditionalRead(
      conditionsOf(incoming.context.req.raw.headers),
      partialRead(typeOf(incoming), parametersOf(incoming), make(incoming)),
    ),
  )

const askHistory = (of: (incoming: Incoming) => HistoryOf) =>
  ask((incoming) =>
    history(incoming.services, incoming.request, of(incoming), parametersOf(incoming), isLenient(incoming)),
  )

const isLenient = ({ context }: Incoming): boolean =>
  readPrefer(context.req.header('prefer')).handling === 'lenient'

const parametersOf = ({ context }: Incoming): URLSearchParams => new URL(context.req.url).searchParams

/** The trail is read by statements of its own. */
const isRecord = (context: Context): boolean => !isAudit(context.req.param('type') ?? '')

const isAudit = (type: string): boolean => type === 'AuditEvent'

/** The trail is written by the gateway alone. */
const requireWritable = (type: string): void => {
  if (isAudit(type))
    refuse({
      kind: 'method-not-allowed',
      text: 'AuditEvents are written by the gateway itself',
      allow: ['GET'],
    })
}

/** The largest search form, in bytes. */
const mostFormBytes = 1024 * 1024

const searchForm = async ({ context }: Incoming): Promise<URLSearchParams> => {
  const type = context.req.header('content-type')?.split(';')[0]?.trim() ?? ''
  if (type !== '' && type !== 'application/x-www-form-urlencoded')
    refuse({ kind: 'unsupported-media', text: 'a search by POST is `application/x-www-form-urlencoded`' })
  return new URLSearchParams([
    ...parametersOf({ context } as Incoming),
    ...new URLSearchParams(new TextDecoder().decode(await readBytes(context.req.raw, mostFormBytes))),
  ])
}

const searchAnswer = (incoming: Incoming, given: URLSearchParams): Promise<Released<Answer>> => {
  const type = typeOf(incoming)
  const { services, request, caller } = incoming
  return disclose(
    services,
    caller,
    isAudit(type)
      ? auditSearch(services, request, given)
      : search(services, request, { address: type, type, given, lenient: isLenient(incoming) }),
  )
}

/** A search across types: everything but the trail, which has an address of its own. */
const systemAnswer = (incoming: Incoming, given: URLSearchParams): Promise<Released<Answer>> => {
  const { services, request, caller } = incoming
  const types = resourceTypes.filter((type) => !isAudit(type))
  return disclose(
    services,
    caller,
    search(services, request, { address: '', types, given, lenient: isLenient(incoming) }),
  )
}

const compartmentAnswer = (incoming: Incoming, given: URLSearchParams): Promise<Released<Answer>> => {
  const { services, request, caller, context } = incoming
  const owner = { type: typeOf(incoming), id: idOf(incoming) }
  const member = context.req.param('member') ?? ''
  return disclose(
    services,
    caller,
    compartmentSearch(services, request, owner, member, given, isLenient(incoming)),
  )
}

const write = async (incoming: Incoming, method: Submission['method']): Promise<Released<Answer>> => {
  const { services, caller, request, context } = incoming
  const type = typeOf(incoming)
  requireWritable(type)
  const submission = await readSubmission(context.req.raw, method, type, context.req.param('id'))
  const writer = { interaction: method, request, caller }
  return writeOne(services, writer, submission, readPrefer(context.req.header('prefer')).returned)
}

/** Every FHIR interaction that the gateway has. `metadata` and discovery are in `app.ts`: they need no caller. */
export const routes: readonly Route[] = [
  ...operationRoutes,
  { method: 'GET', path: '/$export/:job', interaction: 'export-status', level: 'system', answer: ask(({ services, request, context }) => exportStatus(services, request, context.req.param('job') ?? '')) },
  { method: 'DELETE', path: '/$export/:job', interaction: 'export-cancel', level: 'system', answer: ask(({ services, request, context }) => exportCancel(services, request, context.req.param('job') ?? '')) },
  { method: 'GET', path: '/$export/:job/:file', interaction: 'export-file', level: 'system', hasOwnFormat: true, answer: ({ services, caller, request, context }) => exportFile(services, caller, { request, job: context.req.param('job') ?? '', name: context.req.param('file') ?? '' }) },
  { method: 'POST', path: '', interaction: 'transaction', level: 'system', answer: async ({ services, caller, request, context }) => bundle(services, caller, request, await readResource(context.req.raw), readPrefer(context.req.header('prefer'), 'minimal').returned) },
  { method: 'GET', path: '', interaction: 'search-system', level: 'system', answer: (incoming) => systemAnswer(incoming, parametersOf(incoming)) },
  { method: 'POST', path: '/_search', interaction: 'search-system', level: 'system', answer: async (incoming) => systemAnswer(incoming, await searchForm(incoming)) },
  { method: 'GET', path: '/_history', interaction: 'history-system', level: 'system', answer: askHistory(() => ({})) },
  { method: 'GET', path: '/:type', interaction: 'search-type', level: 'type', remembers: isRecord, answer: (incoming) => searchAnswer(incoming, parametersOf(incoming)) },
  { method: 'POST', path: '/:type/_search', interaction: 'search-type', level: 'type', remembers: isRecord, answer: async (incoming) => searchAnswer(incoming, await searchForm(incoming)) },
  { method: 'POST', path: '/:type', interaction: 'create', level: 'type', answer: (incoming) => write(incoming, 'create') },
  { method: 'PUT', path: '/:type', interaction: 'update', level: 'type', answer: (incoming) => write(incoming, 'update') },
  { method: 'PATCH', path: '/:type', interaction: 'patch', level: 'type', answer: (incoming) => write(incoming, 'patch') },
  { method: 'DELETE', path: '/:type', interaction: 'delete', level: 'type', answer: (incoming) => write(incoming, 'delete') },
  { method: 'GET', path: '/:type/_history', interaction: 'history-type', level: 'type', answer: askHistory((incoming) => ({ type: typeOf(incoming) })) },
  { method: 'GET', path: '/:type/:id', interaction: 'read', level: 'instance', remembers: isRecord, answer: askRead((incoming) => (isAudit(typeOf(incoming)) ? auditRead(incoming.services, incoming.request, idOf(incoming)) : read(incoming.request, typeOf(incoming), idOf(incoming)))) },
  { method: 'PUT', path: '/:type/:id', interaction: 'update', level: 'instance', answer: (incoming) => write(incoming, 'update') },
  { method: 'PATCH', path: '/:type/:id', interaction: 'patch', level: 'instance', answer: (incoming) => write(incoming, 'patch') },
  { method: 'DELETE', path: '/:type/:id', interaction: 'delete', level: 'instance', answer: (incoming) => write(incoming, 'delete') },
  { method: 'GET', path: '/:type/:id/_history', interaction: 'history-instance', level: 'instance', answer: askHistory((incoming) => ({ type: typeOf(incoming), id: idOf(incoming) })) },
  { method: 'GET', path: '/:type/:id/_history/:version', interaction: 'vread', level: 'instance', answer: askRead((incoming) => vread(incoming.request, typeOf(incoming), idOf(incoming), incoming.context.req.param('version') ?? '')) },
  { method: 'GET', path: '/:type/:id/:member', interaction: 'search-compartment', level: 'instance', answer: (incoming) => compartmentAnswer(incoming, parametersOf(incoming)) },
  { method: 'POST', path: '/:type/:id/:member/_search', interaction: 'search-compartment', level: 'instance', answer: async (incoming) => compartmentAnswer(incoming, await searchForm(incoming)) },
] // prettier-ignore

/** Answers one request through its route: who is it, then the door. Every refusal is on the trail. */
export const answerRoute = async (
  services: Services,
  route: Route,
  context: Context,
  request: string,
): Promise<Response> => {
  let caller: Caller | undefined
  try {
    const authorization = context.req.header('authorization')
    caller =
      route.remembers?.(context) === true
        ? await authenticateRemembered(services, authorization)
        : await authenticate(services, authorization, services.digest)
    const presentation = route.hasOwnFormat === true ? undefined : requirePresentation(context.req.raw)
    const answered = await route.answer({ context, services, caller, request })
    return 'rest' in answered
      ? respondChunks(answered, acceptsGzip(context.req.header('accept-encoding')))
      : respond(answered, presentation)
  } catch (fault) {
    if (fault instanceof Refusal)
      await recordRefusal(services, caller, { interaction: route.interaction, request }, fault)
    throw fault
  }
}
