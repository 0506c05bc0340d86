import { sql } from 'drizzle-orm'
import type { Context } from 'hono'
import type { Services } from '../../services.ts'
import { signInAddress } from '../../sign-in/addresses.ts'
import type { Session } from '../../sign-in/session.ts'
import { PageFault, readForm, type Visit, visitOf } from '../../sign-in/visit.ts'
import type { Connection } from '../../store/database.ts'
import { authorizePath } from '../addresses.ts'
import { type ClientRegistration, findClient } from '../clients.ts'
import { TokenRefusal } from '../refusal.ts'
import { answerFault, answerPage, sendOn, textsFor } from './answer.ts'
import { encounterPage, patientPage } from './choice-page.ts'
import { findEncounters, findPatient, findPatients } from './choices.ts'
import { consentPage } from './consent-page.ts'
import { grantSilently, grantTo } from './decide.ts'
import { choose, endPending, findPending, type Pending, release, takeUp } from './pending.ts'
import { aboutOf, askedBy, choosingCaller, contextOf, grantable, needsPatient } from './standing.ts'
import { refusedTo } from './start.ts'

/** A request, its app, and who is to decide it. */
export interface Interaction {
  readonly visit: Visit
  readonly name: string
  readonly pending: Pending
  readonly client: ClientRegistration
  readonly session: Session
}

/** Where a user goes on with a request for authorization: signs in, chooses, decides. */
export const interactionRoute = (services: Services) =>
  async function interaction(context: Context): Promise<Response> {
    const visit = await visitOf(services, context)
    const name = context.req.param('request') ?? ''
    const found = await take(visit, name)
    if (found instanceof Response) return found
    try {
      return context.req.method === 'POST' ? await decided(found) : await show(found)
    } catch (refusal) {
      if (refusal instanceof PageFault) return answerFault(visit, 'expired')
      if (refusal instanceof TokenRefusal) return refuseTo(found, refusal.error, refusal.message)
      throw refusal
    }
  }

/** The request of this address and the session that it belongs to, or where the browser goes instead. */
const take = async (visit: Visit, name: string): Promise<Interaction | Response> => {
  const { database, clock } = visit.services
  const pending = await findPending(database, name, clock.real())
  const client = pending && (await findClient(database, pending.request.client))
  if (pending === undefined || client === undefined) return answerFault(visit, 'expired')
  const { session } = visit
  // It belongs to the session that took it up, until that one gives it back.
  if (pending.session !== null && pending.session !== session?.hash) return answerFault(visit, 'expired')
  if (session === undefined || isTooOld(pending, session, clock.real()))
    return pending.request.prompts.includes('none')
      ? refuseTo({ visit, pending }, 'login_required', 'the user is not signed in')
      : askToSignIn({ visit, name, pending }, session !== undefined)
  if (!(await takeUp(database, pending.hash, session.hash))) return answerFault(visit, 'expired')
  const found = { visit, name, pending, client, session }
  if ((pending.launch?.member ?? session.member.id) !== session.member.id)
    return refuseTo(
      found,
      'access_denied',
      'the app was started by another user than the one who is signed in',
    )
  return found
}

/** `prompt=login` and `max_age` ask for a new sign-in, whoever is signed in (OpenID Connect Core 3.1.2.1). */
const isTooOld = ({ request }: Pending, { authenticated }: Session, now: Date): boolean => {
  const { prompts, maxAge, began } = request
  if (prompts.includes('login') || prompts.includes('select_account')) {
    if (authenticated.getTime() < began) return true
  }
  return (
    maxAge !== null &&
    now.getTime() - authenticated.getTime() > maxAge * 1000 &&
    authenticated.getTime() < began
  )
}

const askToSignIn = async (
  { visit, name, pending }: Pick<Interaction, 'visit' | 'name' | 'pending'>,
  fresh: boolean,
): Promise<Response> => {
  await release(visit.services.database, pending.hash)
  const { publicUrl } = visit.services.settings
  return sendOn(visit, signInAddress(publicUrl, `${authorizePath}/${name}`, fresh))
}

/** Sends the browser back to the app with a refusal; the request is over. */
const refuseTo = async (
  { visit, pending }: Pick<Interaction, 'visit' | 'pending'>,
  error: string,
  description: string,
): Promise<Response> => {
  await endPending(visit.services.database, pending.hash)
  const { redirect, state } = pending.request
  return sendOn(visit, refusedTo(visit.services, redirect, state, error, description))
}

/** The next thing to ask: whose records, which visit, then what to allow. */
const show = async (found: Interaction, lookedFor = ''): Promise<Response> => {
  const { visit, pending, client, session } = found
  const { services, id } = visit
  const texts = textsFor(visit)
  const { request } = pending
  const app = client.name ?? client.id
  const context = contextOf(pending, session.member)
  const asksWhose = needsPatient(request.scope, request.contextual)
  const caller = await choosingCaller(services, client, session.member, request.purpose)
  if (request.prompts.includes('none')) {
    const granted = (await isWhole(found, context)) ? await grantSilently(found, context) : undefined
    return granted === undefined
      ? refuseTo(found, 'consent_required', 'the user has to decide')
      : sendOn(visit, granted)
  }
  if (asksWhose && context.patient === undefined) {
    const choices = await findPatients(services, id, caller, lookedFor)
    return answerPage(visit, {
      title: texts.choosePatient,
      body: patientPage(visit, app, choices, lookedFor),
    })
  }
  const patient =
    context.patient === undefined ? undefined : await findPatient(services, id, caller, context.patient)
  if (context.patient !== undefined && patient === undefined)
    return refuseTo(found, 'access_denied', 'the user may not see the patient in context')
  if (patient !== undefined && context.encounter !== undefined && !(await isWhole(found, context)))
    return refuseTo(found, 'access_denied', 'the user may not see the visit in context')
  if (context.encounter === undefined && patient !== undefined) {
    const choices = await findEncounters(services, id, caller, patient.id)
    return answerPage(visit, { title: texts.chooseEncounter, body: encounterPage(visit, app, choices) })
  }
  const scope = grantable(askedBy(session.member, client, request.purpose), request.scope)
  const shown = {
    app,
    organization: await nameOf(services.database, client.organization),
    user: session.member.id,
    scopes: scope === '' ? [] : scope.split(' '),
    contextual: request.contextual,
    patient: asksWhose ? patient : undefined,
    mayChange: pending.launch?.context.patient === undefined && pending.patient !== null,
    purpose: request.purpose,
    redirect: request.redirect,
    context: aboutOf(context),
  }
  return answerPage(visit, {
    title: texts.wants(app),
    body: consentPage(visit, shown),
    redirect: request.redirect,
  })
}

/** What an organization is called. */
const nameOf = async (connection: Connection, reference: string): Promise<string> => {
  const id = reference.slice('Organization/'.length)
  const [row] = await connection.query<{ name: string }>(sql`SELECT name FROM organization WHERE id = ${id}`)
  return row?.name ?? reference
}

/** What a form of these pages asks for. Each is bound to this browser (`readForm`). */
const decided = async (found: Interaction): Promise<Response> => {
  const { visit, name, pending } = found
  const form = await readForm(visit)
  const again = `${visit.services.settings.publicUrl}${authorizePath}/${name}`
  switch (form.get('action')) {
    case 'find':
      return show(found, (form.get('name') ?? '').slice(0, 100))
    case 'patient':
      return chosen(found, { patient: form.get('patient'), encounter: null })
    case 'encounter':
      return chosen(found, { patient: pending.patient, encounter: form.get('encounter') })
    case 'other-patient':
      await choose(visit.services.database, pending.hash, { patient: null, encounter: null })
      return sendOn(visit, again)
    case 'other-user':
      return askToSignIn(found, true)
    case 'allow':
      return allowed(found, form)
    case 'deny':
      return refuseTo(found, 'access_denied', 'the user does not allow it')
    default:
      return answerFault(visit, 'expired')
  }
}

/**
 * What was allowed counts for what was shown: the form says whom, and it is looked at once more, for another tab may have
 * chosen meanwhile.
 */
const allowed = async (found: Interaction, form: URLSearchParams): Promise<Response> => {
  const { visit, pending, session } = found
  const context = contextOf(pending, session.member)
  if (form.get('about') !== aboutOf(context)) return answerFault(visit, 'expired')
  if (!(await isWhole(found, context))) return answerFault(visit, 'choice')
  return sendOn(visit, await grantTo(found, form.getAll('scope')))
}

/** Whether all of the context is there that is needed, and is the user's to see. */
const isWhole = async (
  { visit, pending, client, session }: Interaction,
  { patient, encounter }: ReturnType<typeof contextOf>,
): Promise<boolean> => {
  const { services, id } = visit
  const { request } = pending
  if (patient === undefined) return !needsPatient(request.scope, request.contextual)
  const caller = await choosingCaller(services, client, session.member, request.purpose)
  if ((await findPatient(services, id, caller, patient)) === undefined) return false
  if (encounter === undefined) return false
  return encounter === '' || (await findEncounters(services, id, caller, patient, encounter)).length > 0
}

/** A choice counts only if it is one that the user may see. */
const chosen = async (
  { visit, name, pending, client, session }: Interaction,
  { patient, encounter }: { readonly patient: string | null; readonly encounter: string | null },
): Promise<Response> => {
  const { services, id } = visit
  const caller = await choosingCaller(services, client, session.member, pending.request.purpose)
  const { patient: known = patient ?? '' } = contextOf({ ...pending, patient }, session.member)
  const isSeen = (await findPatient(services, id, caller, known)) !== undefined
  const isOwn =
    encounter === null ||
    encounter === 'none' ||
    (await findEncounters(services, id, caller, known, encounter)).length > 0
  if (!isSeen || !isOwn) return answerFault(visit, 'choice')
  await choose(services.database, pending.hash, { patient, encounter: encounter === 'none' ? '' : encounter })
  return sendOn(visit, `${services.settings.publicUrl}${authorizePath}/${name}`)
}
