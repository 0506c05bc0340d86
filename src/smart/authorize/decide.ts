import type { Connection } from '../../store/database.ts'
import { ensureAudience } from '../../store/permits.ts'
import { issuerOf } from '../addresses.ts'
import { writeCode } from '../grants/authorization-code.ts'
import { createGrant, findGrantsOf } from '../grants/grant.ts'
import type { LaunchContext } from '../grants/launch-context.ts'
import { refuseToken } from '../refusal.ts'
import { commonScopes } from '../scopes.ts'
import type { Interaction } from './interaction.ts'
import { endPending } from './pending.ts'
import { backTo } from './redirects.ts'
import { askedBy, contextOf, grantable, needsPatient } from './standing.ts'

/** How long a grant lasts, in milliseconds: without its user, with the user signed in, and for one access token. */
const lasting = { offline: 90 * 24 * 3600 * 1000, online: 12 * 3600 * 1000, once: 3700 * 1000 } as const

/**
 * Grants what the user allowed of what was asked for, and answers with the address to which the browser goes: the app's, with
 * a code and the name of who gives it (RFC 6749 section 4.1.2, RFC 9207). A request is decided once.
 */
export const grantTo = async (found: Interaction, allowed: readonly string[]): Promise<string> => {
  const { pending, client, session } = found
  const { request } = pending
  const asked = askedBy(session.member, client, request.purpose)
  const asksFor = grantable(asked, request.scope).split(' ')
  const resources = asksFor.filter((one) => one !== '' && allowed.includes(one))
  const contextual = request.contextual.filter((one) => one !== 'offline_access' || allowed.includes(one))
  if (resources.length === 0 && !contextual.includes('openid'))
    return refuseToken('access_denied', 'the user allows none of the scopes')
  return keep(found, [...contextual, ...resources].join(' '), contextOf(pending, session.member))
}

/** The same without asking, where the user has granted as much before, about the same patient; undefined where not. */
export const grantSilently = async (
  found: Interaction,
  context: ReturnType<typeof contextOf>,
): Promise<string | undefined> => {
  const { visit, pending, client, session } = found
  const { request } = pending
  const { database, clock } = visit.services
  // Any program of the device may take what comes to such an address (RFC 8252 section 8.6).
  if (client.kind === 'public' && !request.redirect.startsWith('https:')) return undefined
  const before = await findGrantsOf(database, session.member.id, clock.real())
  const wanted = [...request.contextual, ...request.scope.split(' ')].filter((one) => one !== '')
  const covers = before.some(
    (grant) =>
      grant.client === client.id &&
      (!needsPatient(request.scope, request.contextual) ||
        (context.patient !== undefined && grant.context.patient === context.patient)) &&
      wanted.every(
        (one) =>
          grant.scope.split(' ').includes(one) ||
          (one.includes('/') && !one.startsWith('launch') && commonScopes(one, grant.scope) === one),
      ),
  )
  return covers ? keep(found, wanted.join(' '), context) : undefined
}

const keep = async (
  { visit, pending, client, session }: Interaction,
  scope: string,
  { patient, encounter }: ReturnType<typeof contextOf>,
): Promise<string> => {
  const { services } = visit
  const { request, launch } = pending
  const now = services.clock.real()
  const asked = askedBy(session.member, client, request.purpose)
  const hasPatient = needsPatient(scope, scope.split(' ')) || launch?.context.patient !== undefined
  const context: LaunchContext = {
    ...launch?.context,
    ...(hasPatient && patient !== undefined ? { patient } : {}),
    ...(encounter === undefined || encounter === '' ? {} : { encounter }),
    ...(hasPatient ? { need_patient_banner: launch?.context.need_patient_banner ?? true } : {}),
  }
  const code = await services.database.transaction(async (connection: Connection) => {
    if (!(await endPending(connection, pending.hash))) return undefined
    const audience = await ensureAudience(connection, asked)
    const { expires, session: held } = endOf(scope, session.hash, now)
    const grant = await createGrant(
      connection,
      {
        client: client.id,
        member: session.member.id,
        asked,
        audience,
        scope,
        context,
        session: held,
        simulate: launch?.simulate ?? null,
        authenticated: session.authenticated,
        expires,
      },
      now,
    )
    const { redirect, challenge, nonce } = request
    return writeCode(connection, { grant, redirect, challenge, nonce }, now)
  })
  if (code === undefined) return refuseToken('access_denied', 'the request was decided before')
  return backTo(request.redirect, { code, state: request.state, iss: issuerOf(services.settings.publicUrl) })
}

const endOf = (
  scope: string,
  session: string,
  now: Date,
): { readonly expires: Date; readonly session: string | null } => {
  const names = scope.split(' ')
  const end = (span: number): Date => new Date(now.getTime() + span)
  if (names.includes('offline_access')) return { expires: end(lasting.offline), session: null }
  if (names.includes('online_access')) return { expires: end(lasting.online), session }
  return { expires: end(lasting.once), session: null }
}
