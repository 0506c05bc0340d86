import {
  authorizePath,
  fhirBase,
  introspectPath,
  issuerOf,
  keysPath,
  managePath,
  revokePath,
  tokenUrl,
} from './addresses.ts'
import { signingAlgorithm } from './grants/signing-keys.ts'
import { keyTypes } from './jwks.ts'
import { contextualScopes } from './scopes.ts'

const methods = ['private_key_jwt', 'client_secret_basic', 'client_secret_post']

/** Addresses and abilities that every discovery document tells (RFC 8414 section 2). */
const common = (publicUrl: string) => ({
  issuer: issuerOf(publicUrl),
  authorization_endpoint: `${publicUrl}${authorizePath}`,
  token_endpoint: tokenUrl(publicUrl),
  jwks_uri: `${publicUrl}${keysPath}`,
  introspection_endpoint: `${publicUrl}${introspectPath}`,
  revocation_endpoint: `${publicUrl}${revokePath}`,
  grant_types_supported: ['authorization_code', 'refresh_token', 'client_credentials'],
  response_types_supported: ['code'],
  response_modes_supported: ['query'],
  scopes_supported: [
    ...contextualScopes,
    ...['patient', 'user', 'system'].flatMap((level) => [`${level}/*.cruds`, `${level}/*.rs`]),
    'patient/*.read',
    'user/*.read',
  ],
  code_challenge_methods_supported: ['S256'],
  token_endpoint_auth_methods_supported: [...methods, 'none'],
  token_endpoint_auth_signing_alg_values_supported: Object.keys(keyTypes),
  introspection_endpoint_auth_methods_supported: methods,
  introspection_endpoint_auth_signing_alg_values_supported: Object.keys(keyTypes),
  revocation_endpoint_auth_methods_supported: [...methods, 'none'],
  revocation_endpoint_auth_signing_alg_values_supported: Object.keys(keyTypes),
  authorization_response_iss_parameter_supported: true,
  ui_locales_supported: ['en', 'es'],
})

/** `[base]/.well-known/smart-configuration`: what works, and nothing else (SMART App Launch 2.2, conformance). */
export const smartConfiguration = (publicUrl: string) => ({
  ...common(publicUrl),
  management_endpoint: `${publicUrl}${managePath}`,
  associated_endpoints: [{ url: fhirBase(publicUrl), capabilities: ['launch-ehr', 'launch-standalone'] }],
  capabilities: [
    'launch-ehr',
    'launch-standalone',
    'authorize-post',
    'client-public',
    'client-confidential-symmetric',
    'client-confidential-asymmetric',
    'sso-openid-connect',
    'context-banner',
    'context-style',
    'context-ehr-patient',
    'context-ehr-encounter',
    'context-standalone-patient',
    'context-standalone-encounter',
    'permission-offline',
    'permission-online',
    'permission-patient',
    'permission-user',
    'permission-v1',
    'permission-v2',
  ],
})

/** `/.well-known/openid-configuration` and `/.well-known/oauth-authorization-server` (OpenID Connect Discovery 3, RFC 8414). */
export const openIdConfiguration = (publicUrl: string) => ({
  ...common(publicUrl),
  subject_types_supported: ['public'],
  id_token_signing_alg_values_supported: [signingAlgorithm],
  claims_supported: ['iss', 'sub', 'aud', 'exp', 'iat', 'auth_time', 'nonce', 'fhirUser', 'profile'],
  prompt_values_supported: ['none', 'login', 'consent', 'select_account'],
  claims_parameter_supported: false,
  request_parameter_supported: false,
  request_uri_parameter_supported: false,
})
