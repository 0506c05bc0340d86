import type { Context } from 'hono'
import type { Submission } from '../accept.ts'
import { authenticate } from '../authenticate/bearer.ts'
import type { Caller } from '../authenticate/caller.ts'
import { type Answer, type Ask, disclose } from '../disclose.ts'
import { isResourceType } from '../fhir/definitions/structures.ts'
import { Refusal, refuse } from '../problem.ts'
import { recordRefusal } from '../record/record.ts'
import type { Released } from '../redact/released.ts'
import { respond } from '../respond.ts'
import { fhirBase, type Services } from '../services.ts'
import { auditRead, auditSearch } from './audit-event.ts'
import { readBytes, readResource } from './body.ts'
import { bundle } from './bundle.ts'
import { history } from './history.ts'
import { read } from './read.ts'
import { search } from './search.ts'
import { vread } from './vread.ts'
import { preferenceOf, writeOne } from './write-answer.ts'

/** A request with its caller, on its way through one of the doors. */
interface Incoming {
  readonly context: Context
  readonly services: Services
  readonly caller: Caller
  readonly request: string
}

/** One interaction as it is wired: the table that the CapabilityStatement is generated from. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  readonly path: string
  readonly interaction: string
  readonly level: 'instance' | 'type' | 'system'
  answer(incoming: Incoming): Promise<Released<Answer>>
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

const lenient = ({ context }: Incoming): boolean =>
  context.req.header('prefer')?.includes('handling=lenient') === true

const parametersOf = ({ context }: Incoming): URLSearchParams => new URL(context.req.url).searchParams

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
      : search(services, request, type, given, lenient(incoming)),
  )
}

const write = async (incoming: Incoming, method: Submission['method']): Promise<Released<Answer>> => {
  const { services, caller, request, context } = incoming
  const type = typeOf(incoming)
  requireWritable(type)
  const resource = method === 'delete' ? undefined : await readResource(context.req.raw)
  const [ifMatch, ifNoneExist] = [context.req.header('if-match'), context.req.header('if-none-exist')]
  const submission: Submission = {
    method,
    type,
    ...(method === 'create' ? {} : { id: idOf(incoming) }),
    ...(resource === undefined ? {} : { resource }),
    ...(ifMatch === undefined ? {} : { ifMatch }),
    ...(ifNoneExist === undefined || method !== 'create'
      ? {}
      : { ifNoneExist: new URLSearchParams(ifNoneExist) }),
  }
  const writer = { interaction: method, request, caller }
  return writeOne(services, writer, submission, preferenceOf(context.req.header('prefer')))
}

/** Every FHIR interaction that the gateway has. `metadata` and discovery are in `app.ts`: they need no caller. */
export const routes: readonly Route[] = [
  { method: 'POST', path: '', interaction: 'transaction', level: 'system', answer: async ({ services, caller, request, context }) => bundle(services, caller, request, await readResource(context.req.raw)) },
  { method: 'GET', path: '/:type', interaction: 'search-type', level: 'type', answer: (incoming) => searchAnswer(incoming, parametersOf(incoming)) },
  { method: 'POST', path: '/:type/_search', interaction: 'search-type', level: 'type', answer: async (incoming) => searchAnswer(incoming, await searchForm(incoming)) },
  { method: 'POST', path: '/:type', interaction: 'create', level: 'type', answer: (incoming) => write(incoming, 'create') },
  { method: 'GET', path: '/:type/:id', interaction: 'read', level: 'instance', answer: ask((incoming) => (isAudit(typeOf(incoming)) ? auditRead(incoming.services, incoming.request, idOf(incoming)) : read(incoming.request, typeOf(incoming), idOf(incoming)))) },
  { method: 'PUT', path: '/:type/:id', interaction: 'update', level: 'instance', answer: (incoming) => write(incoming, 'update') },
  { method: 'DELETE', path: '/:type/:id', interaction: 'delete', level: 'instance', answer: (incoming) => write(incoming, 'delete') },
  { method: 'GET', path: '/:type/:id/_history', interaction: 'history-instance', level: 'instance', answer: ask((incoming) => history(incoming.request, fhirBase(incoming.services), typeOf(incoming), idOf(incoming))) },
  { method: 'GET', path: '/:type/:id/_history/:version', interaction: 'vread', level: 'instance', answer: ask((incoming) => vread(incoming.request, typeOf(incoming), idOf(incoming), incoming.context.req.param('version') ?? '')) },
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
    caller = await authenticate(services, context.req.header('authorization'), services.digest)
    return respond(await route.answer({ context, services, caller, request }))
  } catch (fault) {
    if (fault instanceof Refusal)
      await recordRefusal(services, caller, { interaction: route.interaction, request }, fault)
    throw fault
  }
}
