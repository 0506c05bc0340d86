import type { Bundle } from 'fhir/r4'
import { importJWK, type JWK, SignJWT } from 'jose'
import * as z from 'zod'
import { type Guide, type Reply, resourceIn, summed } from '../guide.ts'
import { smartConfiguration } from './discovery.ts'

const client = 'mercy-general'

const grantedSchema = z.object({
  access_token: z.string(),
  token_type: z.string(),
  expires_in: z.number(),
  scope: z.string(),
})

/** A token as a partner gets it: SMART App Launch 2.2, backend services, with private_key_jwt. */
export const getToken = async (guide: Guide): Promise<void> => {
  const { told } = await smartConfiguration(guide, true)
  const key = JSON.parse(await guide.gateway.key(client)) as JWK
  const assertion = await sign(key, told.token_endpoint)
  guide.explain('Every demo client has a key pair; its private half is in the data directory, under keys/.')
  guide.explain(
    `Here it signs a JWT (ES384) with iss and sub ${client}, aud ${told.token_endpoint}, good for one minute, once.`,
  )

  const reply = await request(guide, assertion)
  const granted = grantedSchema.parse(JSON.parse(reply.text))
  const { access_token: token, token_type: type, expires_in: seconds, scope } = granted
  guide.came(summed(reply, `${type} token for ${seconds} s, scope ${scope}`))
  guide.check('a token, for five minutes at the most', [reply.status, seconds <= 300], [200, true])

  const read = await guide.ask(undefined, 'GET', '/fhir/Patient?identifier=M-7002', {
    headers: { authorization: `Bearer ${token}` },
    by: 'with that token',
  })
  guide.came(summed(read, `${resourceIn<Bundle>(read).total} Patients`))
  guide.check('it opens the FHIR base', read.status, 200)

  const again = await request(guide, assertion)
  guide.came(summed(again, again.text))
  guide.check(
    'the same JWT a second time is refused',
    [again.status, errorOf(again)],
    [401, 'invalid_client'],
  )

  const forged = await request(guide, await sign({ ...key, kid: 'another' }, told.token_endpoint))
  guide.came(summed(forged, forged.text))
  guide.check(
    'a key that is not registered is refused',
    [forged.status, errorOf(forged)],
    [401, 'invalid_client'],
  )
}

const sign = async (key: JWK, audience: string): Promise<string> =>
  new SignJWT()
    .setProtectedHeader({ alg: 'ES384', typ: 'JWT', kid: key.kid ?? '' })
    .setIssuer(client)
    .setSubject(client)
    .setAudience(audience)
    .setJti(crypto.randomUUID())
    .setExpirationTime('1 minute')
    .sign(await importJWK(key, 'ES384'))

const request = (guide: Guide, assertion: string): Promise<Reply> =>
  guide.ask(undefined, 'POST', '/oauth/token', {
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: assertion,
    }).toString(),
    by: `as ${client}`,
    saying: 'grant_type=client_credentials&client_assertion_type=…jwt-bearer&client_assertion=<the JWT>',
  })

const errorOf = ({ text }: Reply): unknown => z.object({ error: z.string() }).parse(JSON.parse(text)).error
