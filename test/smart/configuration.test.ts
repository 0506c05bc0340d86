import { describe, expect, it } from 'vitest'
import { createApp } from '../../src/app.ts'
import { openIdConfiguration, smartConfiguration } from '../../src/smart/configuration.ts'

const url = 'https://gateway.example'

describe('discovery', () => {
  it('tells what SMART App Launch 2.2 asks for, with absolute addresses', () => {
    const told = smartConfiguration(url)
    expect(told).toMatchObject({
      issuer: url,
      authorization_endpoint: `${url}/oauth/authorize`,
      token_endpoint: `${url}/oauth/token`,
      introspection_endpoint: `${url}/oauth/introspect`,
      revocation_endpoint: `${url}/oauth/revoke`,
      management_endpoint: `${url}/account/apps`,
      jwks_uri: `${url}/oauth/jwks`,
      grant_types_supported: ['authorization_code', 'refresh_token', 'client_credentials'],
      code_challenge_methods_supported: ['S256'],
      token_endpoint_auth_signing_alg_values_supported: ['ES384', 'RS384'],
    })
    expect(told.capabilities.toSorted()).toEqual([
      'authorize-post',
      'client-confidential-asymmetric',
      'client-confidential-symmetric',
      'client-public',
      'context-banner',
      'context-ehr-encounter',
      'context-ehr-patient',
      'context-standalone-encounter',
      'context-standalone-patient',
      'context-style',
      'launch-ehr',
      'launch-standalone',
      'permission-offline',
      'permission-online',
      'permission-patient',
      'permission-user',
      'permission-v1',
      'permission-v2',
      'sso-openid-connect',
    ])
  })

  it('tells nothing of what is not there', () => {
    const told = JSON.stringify([smartConfiguration(url), openIdConfiguration(url)])
    for (const absent of ['registration_endpoint', 'plain', 'implicit', 'password', 'HS256', 'userinfo'])
      expect(told).not.toContain(absent)
  })

  it('leads to addresses that are routed', () => {
    const app = createApp(() => {
      throw new Error('not asked')
    })
    const { authorization_endpoint, token_endpoint, jwks_uri, ...rest } = smartConfiguration(url)
    const endpoints = [
      authorization_endpoint,
      token_endpoint,
      jwks_uri,
      rest.introspection_endpoint,
      rest.revocation_endpoint,
      rest.management_endpoint,
    ]
    for (const endpoint of endpoints) {
      const { pathname } = new URL(endpoint)
      const routed = ['GET', 'POST'].some((method) => app.router.match(method, pathname)[0].length > 0)
      expect([pathname, routed]).toEqual([pathname, true])
    }
  })
})
