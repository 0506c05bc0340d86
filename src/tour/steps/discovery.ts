import type { CapabilityStatement } from 'fhir/r4'
import * as z from 'zod'
import { type Guide, resourceIn, summed } from '../guide.ts'

const configurationSchema = z.looseObject({
  token_endpoint: z.url(),
  token_endpoint_auth_methods_supported: z.array(z.string()),
  token_endpoint_auth_signing_alg_values_supported: z.array(z.string()),
  grant_types_supported: z.array(z.string()),
})

/** What SMART App Launch 2.2 publishes about the authorization server. */
export const smartConfiguration = async (guide: Guide, quiet = false) => {
  const reply = await guide.ask(undefined, 'GET', '/fhir/.well-known/smart-configuration', { quiet })
  return { reply, told: configurationSchema.parse(JSON.parse(reply.text)) }
}

/** Discovery: what the gateway speaks, and where tokens come from. Nobody needs a token for that. */
export const discover = async (guide: Guide): Promise<void> => {
  const metadata = await guide.ask(undefined, 'GET', '/fhir/metadata')
  const statement = resourceIn<CapabilityStatement>(metadata)
  const types = statement.rest?.[0]?.resource ?? []
  guide.came(
    summed(metadata, `CapabilityStatement: FHIR ${statement.fhirVersion}, ${types.length} resource types`),
  )
  guide.check('it speaks FHIR R4', [metadata.status, statement.fhirVersion], [200, '4.0.1'])
  guide.check(
    'it names the types that this tour needs',
    ['Patient', 'Consent', 'ServiceRequest', 'Task', 'Questionnaire', 'QuestionnaireResponse'].filter(
      (name) => !types.some(({ type }) => type === name),
    ),
    [],
  )

  const { reply, told } = await smartConfiguration(guide)
  guide.came(summed(reply, `tokens at ${told.token_endpoint}, by ${told.grant_types_supported.join(', ')}`))
  guide.check(
    'backend services sign in with a key of their own: private_key_jwt, ES384',
    [
      told.token_endpoint_auth_methods_supported.includes('private_key_jwt'),
      told.token_endpoint_auth_signing_alg_values_supported.includes('ES384'),
      told.grant_types_supported.includes('client_credentials'),
    ],
    [true, true, true],
  )

  const anonymous = await guide.ask(undefined, 'GET', '/fhir/Patient')
  guide.came(summed(anonymous, anonymous.headers.get('www-authenticate') ?? ''))
  guide.check('everything else asks for a token', anonymous.status, 401)
}
