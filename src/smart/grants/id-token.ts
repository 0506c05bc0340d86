import { importJWK, SignJWT } from 'jose'
import type { Connection } from '../../store/database.ts'
import { fhirBase, issuerOf } from '../addresses.ts'
import { sha256 } from '../secrets.ts'
import type { SmartGrant } from './grant.ts'
import { signingAlgorithm, signingKey } from './signing-keys.ts'

/** How long an id_token is good, in seconds. */
const lifetime = 3600

/** The subject of a user: the same for every client, and no name of anybody. */
export const subjectOf = async (publicUrl: string, member: string): Promise<string> =>
  (await sha256(`${issuerOf(publicUrl)} ${member}`)).slice(0, 40)

/** The user's own resource, with an absolute address (SMART App Launch 2.2, scopes for requesting identity data). */
export const fhirUserOf = (publicUrl: string, { asked }: Pick<SmartGrant, 'asked'>): string =>
  `${fhirBase(publicUrl)}/${asked.patient ?? asked.user ?? ''}`

/** An id_token about the user of a grant (OpenID Connect Core 2). */
export const signIdToken = async (
  connection: Connection,
  publicUrl: string,
  grant: SmartGrant,
  { scope, nonce, now }: { readonly scope: string; readonly nonce: string | null; readonly now: Date },
): Promise<string> => {
  const { kid, private: jwk } = await signingKey(connection, now)
  const names = scope.split(' ')
  const about = names.includes('fhirUser') || names.includes('profile')
  const issued = Math.floor(now.getTime() / 1000)
  return new SignJWT({
    ...(nonce === null ? {} : { nonce }),
    ...(about ? { fhirUser: fhirUserOf(publicUrl, grant), profile: fhirUserOf(publicUrl, grant) } : {}),
    auth_time: Math.floor(grant.authenticated.getTime() / 1000),
  })
    .setProtectedHeader({ alg: signingAlgorithm, kid, typ: 'JWT' })
    .setIssuer(issuerOf(publicUrl))
    .setSubject(await subjectOf(publicUrl, grant.member))
    .setAudience(grant.client)
    .setIssuedAt(issued)
    .setExpirationTime(issued + lifetime)
    .sign(await importJWK(jwk, signingAlgorithm))
}
