import type { Member } from '../../sign-in/session.ts'
import type { Visit } from '../../sign-in/visit.ts'
import { fhirBase, launchAddress } from '../addresses.ts'
import { textsFor } from '../authorize/answer.ts'
import { findEncounters, findPatient } from '../authorize/choices.ts'
import { beginLaunch } from '../launch.ts'
import { simulations } from '../simulation.ts'
import type { LaunchableApp } from './apps.ts'
import { callerFor } from './caller.ts'
import { findHiddenPatient } from './hidden-patient.ts'
import { launcherTexts } from './page.ts'
import { wishesOf } from './wishes.ts'

/** Where the browser goes to launch the app, or why it does not. */
export type Begun = { readonly address: string } | { readonly fault: string }

/**
 * Begins a launch from the launcher's form. What was chosen counts only if the user may see it; where no consent is to be
 * simulated, somebody whom the user may not see takes the patient's place, and authorization refuses that by itself.
 */
export const begin = async (
  visit: Visit,
  member: Member,
  app: LaunchableApp,
  form: URLSearchParams,
): Promise<Begun> => {
  const { services, id } = visit
  const { database, settings, clock } = services
  const caller = await callerFor(visit, member, app)
  const wish = wishesOf(member).find((one) => one === form.get('simulate')) ?? 'none'
  const patient = form.get('patient') ?? ''
  const encounter = encounterIn(form)
  if ((await findPatient(services, id, caller, patient)) === undefined)
    return { fault: textsFor(visit).faults.choice }
  const known =
    encounter === undefined || (await findEncounters(services, id, caller, patient, encounter)).length > 0
  if (!known) return { fault: textsFor(visit).faults.choice }
  const hidden = wish === 'consent' ? await findHiddenPatient(services, id, caller) : undefined
  if (wish === 'consent' && hidden === undefined) return { fault: launcherTexts(visit).nobodyHidden }
  const intent = (form.get('intent') ?? '').trim().slice(0, 100)
  const context = {
    patient: hidden ?? patient,
    ...(encounter === undefined || hidden !== undefined ? {} : { encounter }),
    ...(intent === '' ? {} : { intent }),
  }
  const simulate = simulations.find((one) => one === wish) ?? null
  const begun = { client: app.id, member: member.id, context, simulate }
  const launch = await beginLaunch(database, begun, clock.real())
  return { address: launchAddress(app.launchUrl, fhirBase(settings.publicUrl), launch) }
}

const encounterIn = (form: URLSearchParams): string | undefined => {
  const given = form.get('encounter')
  return given === null || given === 'none' ? undefined : given
}
