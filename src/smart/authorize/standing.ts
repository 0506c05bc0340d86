import { signedInCaller } from '../../authenticate/signed-in.ts'
import type { Caller } from '../../authenticate/caller.ts'
import { type Asked, isRepresentative } from '../../consent/asked.ts'
import type { Services } from '../../services.ts'
import type { Member } from '../../sign-in/session.ts'
import { ensureAudience } from '../../store/permits.ts'
import type { ClientRegistration } from '../clients.ts'
import { demandOrganization, representativeScopes } from '../issue.ts'
import { refuseToken } from '../refusal.ts'
import { commonScopes } from '../scopes.ts'
import type { Pending } from './pending.ts'

/** Whom an app that this user authorizes will ask for: an organization's user by role, or the patient alone. */
export const askedBy = (
  { reference, organization, role }: Member,
  client: Pick<ClientRegistration, 'organization'>,
  purpose: string,
): Asked =>
  reference.startsWith('Patient/')
    ? { organization: client.organization, patient: reference, purpose }
    : { organization, user: reference, role, purpose }

/** Scopes for resources that this user may grant of those that are asked for: a representative reads alone. */
export const grantable = (asked: Asked, scope: string): string =>
  isRepresentative(asked) && scope !== '' ? commonScopes(scope, representativeScopes) : scope

/** Which context the app needs that the user is to choose, after what is known by the launch and the user. */
export const contextOf = (
  { request, launch, patient, encounter }: Pending,
  { reference }: Member,
): { readonly patient: string | undefined; readonly encounter: string | undefined } => ({
  patient: reference.startsWith('Patient/')
    ? reference.slice('Patient/'.length)
    : (launch?.context.patient ?? patient ?? undefined),
  encounter:
    launch?.context.encounter ??
    (request.contextual.includes('launch/encounter') ? (encounter ?? undefined) : ''),
})

/** A context as the form on which it is allowed says it. */
export const aboutOf = ({ patient = '', encounter = '' }: ReturnType<typeof contextOf>): string =>
  `${patient} ${encounter}`

/** Any patient/ scope has a patient (SMART App Launch 2.2). */
export const needsPatient = (scope: string, contextual: readonly string[]): boolean =>
  contextual.includes('launch/patient') ||
  contextual.includes('launch/encounter') ||
  scope.split(' ').some((one) => one.startsWith('patient/'))

/** The user as a caller who may look for the context to choose: what is shown to choose from is a disclosure like any other. */
export const choosingCaller = async (
  services: Services,
  client: ClientRegistration,
  member: Member,
  purpose: string,
): Promise<Caller> => {
  const asked = askedBy(member, client, purpose)
  await demandOrganization(services.database, asked.organization)
  const audience = await services.database.transaction((connection) => ensureAudience(connection, asked))
  const scope = 'user/Patient.rs user/Encounter.rs'
  const signedIn = { client: client.id, asked, audience, scope, member: member.id }
  return (
    (await signedInCaller(services.database, signedIn)) ??
    refuseToken('unauthorized_client', 'the organization is not known any more')
  )
}
