import { tokenUrl } from './addresses.ts'
import { keyTypes } from './jwks.ts'

/** `[base]/.well-known/smart-configuration`: what works, and nothing else (SMART App Launch 2.2, conformance). */
export const smartConfiguration = (publicUrl: string) => ({
  token_endpoint: tokenUrl(publicUrl),
  grant_types_supported: ['client_credentials'],
  token_endpoint_auth_methods_supported: ['private_key_jwt', 'client_secret_basic', 'client_secret_post'],
  token_endpoint_auth_signing_alg_values_supported: Object.keys(keyTypes),
  scopes_supported: ['system/*.cruds', 'system/*.rs', 'system/*.read', 'system/*.write'],
  // Required by the specification whether or not there is an authorization endpoint.
  code_challenge_methods_supported: ['S256'],
  capabilities: [
    'client-confidential-asymmetric',
    'client-confidential-symmetric',
    'permission-v1',
    'permission-v2',
  ],
})
