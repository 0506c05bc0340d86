import type { Context } from 'hono'
import type { Services } from '../../services.ts'
import { visitOf } from '../../sign-in/visit.ts'
import { authorizePath, fhirBase, issuerOf } from '../addresses.ts'
import { readBounded } from '../bounded.ts'
import { clientId, type ClientRegistration, findClient } from '../clients.ts'
import { takeLaunch } from '../launch.ts'
import { takeNetworkTurn } from '../limits.ts'
import { withoutEmpty, withoutRepeats } from '../oauth-answer.ts'
import { refuseToken, TokenRefusal } from '../refusal.ts'
import { commonScopes } from '../scopes.ts'
import { fewScopes, simulationOf } from '../simulation.ts'
import { answerFault, sendOn } from './answer.ts'
import { keepPending } from './pending.ts'
import { backTo, isOwnRedirect } from './redirects.ts'
import { readAuthorization } from './request.ts'

const limit = 64 * 1024

/**
 * The authorization endpoint, by GET and by POST (RFC 6749 section 3.1; SMART App Launch 2.2, authorize-post). A client or a
 * redirect that is not known is told on a page, and nobody is sent anywhere (RFC 6749 section 4.1.2.1); everything else goes
 * back to the app. The user goes on at an address of this gateway's own.
 */
export const authorizeRoute = (services: Services) =>
  async function authorize(context: Context): Promise<Response> {
    const visit = await visitOf(services, context)
    if (!(await takeNetworkTurn(services, context, 'authorize'))) return answerFault(visit, 'busy')
    const sent = await parametersOf(context.req.raw)
    const given = withoutEmpty(sent)
    const id =
      sent.getAll('client_id').length > 1 ? undefined : clientId.safeParse(given.get('client_id')).data
    const client = id === undefined ? undefined : await findClient(services.database, id)
    if (client === undefined) return answerFault(visit, 'client')
    const redirect = given.get('redirect_uri') ?? ''
    if (sent.getAll('redirect_uri').length > 1 || !isOwnRedirect(client, redirect))
      return answerFault(visit, 'redirect')
    try {
      const name = await begin(services, withoutRepeats(sent), client)
      return sendOn(visit, `${services.settings.publicUrl}${authorizePath}/${name}`)
    } catch (refusal) {
      if (!(refusal instanceof TokenRefusal)) throw refusal
      const { error, message } = refusal
      return sendOn(visit, refusedTo(services, redirect, given.get('state'), error, message))
    }
  }

/** A refusal as the app gets it, with the name of who refuses (RFC 9207). */
export const refusedTo = (
  { settings }: Pick<Services, 'settings'>,
  redirect: string,
  state: string | null,
  error: string,
  description: string,
): string =>
  backTo(redirect, { error, error_description: description, state, iss: issuerOf(settings.publicUrl) })

const parametersOf = async (request: Request): Promise<URLSearchParams> => {
  if (request.method !== 'POST') return new URL(request.url).searchParams
  return new URLSearchParams((await readBounded(request.body, limit)) ?? '')
}

const begin = async (
  { database, settings, clock }: Services,
  given: URLSearchParams,
  client: ClientRegistration,
): Promise<string> => {
  const now = clock.real()
  const request = readAuthorization(given, client, fhirBase(settings.publicUrl), now)
  return database.transaction(async (connection) => {
    const launch =
      request.launch === null ? undefined : await takeLaunch(connection, request.launch, client.id, now)
    if (request.launch !== null && launch === undefined)
      refuseToken('invalid_request', '`launch` is unknown, has expired, or was used: start the app again')
    const lacking = simulationOf(settings, launch?.simulate) === 'scope' && request.scope !== ''
    const scope = lacking ? commonScopes(fewScopes, request.scope) : request.scope
    return keepPending(connection, { ...request, scope }, launch, now)
  })
}
