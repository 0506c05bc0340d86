import { expect, it } from 'vitest'
import { smartConfiguration } from '../../src/smart/configuration.ts'

it('declares what works, with absolute addresses', () => {
  expect(smartConfiguration('https://gateway.example')).toEqual({
    token_endpoint: 'https://gateway.example/oauth/token',
    grant_types_supported: ['client_credentials'],
    token_endpoint_auth_methods_supported: ['private_key_jwt', 'client_secret_basic', 'client_secret_post'],
    token_endpoint_auth_signing_alg_values_supported: ['ES384', 'RS384'],
    scopes_supported: ['system/*.cruds', 'system/*.rs', 'system/*.read', 'system/*.write'],
    code_challenge_methods_supported: ['S256'],
    capabilities: [
      'client-confidential-asymmetric',
      'client-confidential-symmetric',
      'permission-v1',
      'permission-v2',
    ],
  })
})
