import type { Context, Hono } from 'hono'
import { nowhere } from '../../nowhere.ts'
import { presentationOf } from '../../api/format.ts'
import { respondProblem } from '../../respond.ts'
import type { Services } from '../../services.ts'
import { signInAddress } from '../../sign-in/addresses.ts'
import type { Member } from '../../sign-in/session.ts'
import { PageFault, readForm, type Visit, visitOf } from '../../sign-in/visit.ts'
import { launcherPath } from '../addresses.ts'
import { answerFault, answerPage, sendOn, textsFor } from '../authorize/answer.ts'
import { findEncounters, findPatient, findPatients } from '../authorize/choices.ts'
import { TokenRefusal } from '../refusal.ts'
import { type LaunchableApp, launchableApps } from './apps.ts'
import { appPage, launchedPatientPage, launchPage, launcherTexts } from './page.ts'
import { begin } from './begin.ts'
import { callerFor } from './caller.ts'

/**
 * The launcher: starts an app beside a record as an EHR does, for trying apps out. INVARIANT: in production there is nothing at
 * its address.
 */
export const launcherRoutes = (app: Hono, servicesOf: (context: Context) => Services): void => {
  app.all(launcherPath, async (context) => {
    const services = servicesOf(context)
    const { method } = context.req
    if (services.settings.production) return respondProblem(nowhere, presentationOf(context.req.raw))
    return method === 'GET' || method === 'HEAD' || method === 'POST'
      ? launcher(await visitOf(services, context))
      : respondProblem(
          { kind: 'method-not-allowed', text: 'this address takes GET, POST', allow: ['GET', 'POST'] },
          presentationOf(context.req.raw),
        )
  })
}

const launcher = async (visit: Visit): Promise<Response> => {
  const { session, services, request } = visit
  if (session === undefined) return sendOn(visit, signInAddress(services.settings.publicUrl, launcherPath))
  const apps = await launchableApps(services.database, session.member)
  try {
    return request.method === 'POST' ? await decided(visit, session.member, apps) : showApps(visit, apps)
  } catch (fault) {
    if (fault instanceof PageFault) return answerFault(visit, 'expired')
    if (fault instanceof TokenRefusal) return answerFault(visit, 'client')
    throw fault
  }
}

const showApps = (visit: Visit, apps: readonly LaunchableApp[]): Response =>
  answerPage(visit, { title: launcherTexts(visit).title, body: appPage(visit, apps) })

/** What a form of these pages asks for. The patient stays in forms: no address tells of one. */
const decided = async (visit: Visit, member: Member, apps: readonly LaunchableApp[]): Promise<Response> => {
  const form = await readForm(visit)
  const { publicUrl } = visit.services.settings
  const action = form.get('action')
  if (action === 'other-user') return sendOn(visit, signInAddress(publicUrl, launcherPath, true))
  const app = apps.find(({ id }) => id === form.get('app'))
  if (app === undefined) return sendOn(visit, `${publicUrl}${launcherPath}`)
  switch (action) {
    case 'app':
      return showPatients(visit, member, app, '')
    case 'find':
      return showPatients(visit, member, app, (form.get('name') ?? '').slice(0, 100))
    case 'patient':
      return showLaunch(visit, member, app, form.get('patient') ?? '')
    case 'launch': {
      const begun = await begin(visit, member, app, form)
      return 'address' in begun
        ? sendOn(visit, begun.address)
        : showLaunch(visit, member, app, form.get('patient') ?? '', begun.fault)
    }
    default:
      return sendOn(visit, `${publicUrl}${launcherPath}`)
  }
}

const showPatients = async (
  visit: Visit,
  member: Member,
  app: LaunchableApp,
  name: string,
): Promise<Response> => {
  const caller = await callerFor(visit, member, app)
  const choices = await findPatients(visit.services, visit.id, caller, name)
  return answerPage(visit, {
    title: launcherTexts(visit).title,
    body: launchedPatientPage(visit, app, choices, name),
  })
}

const showLaunch = async (
  visit: Visit,
  member: Member,
  app: LaunchableApp,
  id: string,
  fault?: string,
): Promise<Response> => {
  const { services } = visit
  const caller = await callerFor(visit, member, app)
  const patient = await findPatient(services, visit.id, caller, id)
  if (patient === undefined) return answerFault(visit, 'choice')
  const encounters = await findEncounters(services, visit.id, caller, id)
  const none = textsFor(visit).noEncounter
  return answerPage(visit, {
    title: launcherTexts(visit).title,
    body: launchPage(visit, { app, patient, encounters, none, member, fault }),
    redirect: app.launchUrl,
  })
}
