import { exportJWK, generateKeyPair } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Administered } from '../../src/admin/administered.ts'
import type { Check } from '../../src/admin/self-check/check.ts'
import { type Gateway, openGateway } from '../clients/gateway.ts'
import { administer, run } from './desk.ts'

describe('onboarding a partner', () => {
  let gateway: Gateway
  let administered: Administered
  let privateKey: object
  let publicKey: object
  const clinic = { id: 'cedar', name: 'Cedar Hospital', class: 'covered-entity', state: 'OR' }

  beforeAll(async () => {
    gateway = await openGateway('pglite')
    administered = administer(gateway.world.services, { PUBLIC_URL: gateway.url })
    const pair = await generateKeyPair('ES384', { extractable: true })
    privateKey = { ...(await exportJWK(pair.privateKey)), kid: 'one' }
    publicKey = { ...(await exportJWK(pair.publicKey)), kid: 'one' }
  }, 60_000)
  afterAll(() => gateway.close())

  const check = async (typed: string, files: Readonly<Record<string, unknown>> = {}) => {
    const words = ['self-check', '--base', gateway.base, ...typed.split(' ')]
    const { json, fault, text } = await run(administered, words, { 'private.json': privateKey, ...files })
    const { checks } = json as { checks: Check[] }
    return { fault, text, of: Object.fromEntries(checks.map((one) => [one.name, one])) }
  }

  test('takes one command, and what it prints is what the partner needs', async () => {
    const files = { 'cedar.json': clinic, 'public.json': publicKey }
    const typed = ['partner', 'onboard', '--file', 'cedar.json', '--jwks', 'public.json']
    const { text, json } = await run(administered, typed, files)
    expect(json).toMatchObject({
      id: 'cedar',
      organization: 'Organization/cedar',
      scope: 'system/*.cruds',
      purposes: ['TREAT'],
      fhir_base: gateway.base,
      token_endpoint: `${gateway.url}/oauth/token`,
    })
    for (const told of [gateway.base, 'client id     cedar', 'self-check --base', '--key private.json'])
      expect(text).toContain(told)
    expect((await run(administered, typed, files)).json).toEqual(json)
  })

  test('ends with a self-check that the partner runs', async () => {
    const { fault, text, of } = await check('--client cedar --key private.json --scope system/Patient.crs')
    expect([fault, text]).toEqual([undefined, 'ready'])
    for (const name of [
      'discovery',
      'clocks',
      'token',
      'each assertion once',
      'scopes',
      'search',
      'sample exchange',
    ])
      expect([name, of[name]?.ok, of[name]?.skipped]).toEqual([name, true, undefined])
    const rows = await gateway.world.get('clinic', 'Patient?family=Selfcheck&_total=accurate&_count=0')
    expect(rows.as<{ total: number }>().total).toBe(0)
  })

  test('a school gets what schools may ask for, and its self-check leaves the rest out', async () => {
    const files = { 'school.json': { id: 'oakwood', name: 'Oakwood School', class: 'school', state: 'OR' } }
    const { json } = await run(
      administered,
      ['partner', 'onboard', '--file', 'school.json', '--secret'],
      files,
    )
    const { client_secret: secret, scope } = json as { client_secret: string; scope: string }
    expect(scope).toBe('system/Patient.rs system/DocumentReference.rs')
    const { text, of } = await check('--client oakwood --secret-file secret.txt', { 'secret.txt': secret })
    expect(text).toBe('ready')
    expect(of['sample exchange']?.skipped).toBe(true)
    const other = await check('--client oakwood --secret-file secret.txt', { 'secret.txt': 'another' })
    expect(other.fault).toBe('1 of 3 checks failed')
    expect(other.of['token']?.mend).toContain('check the secret')
  })

  test('what is wrong is named, with how to mend it', async () => {
    const stranger = await generateKeyPair('ES384', { extractable: true })
    const wrong = { ...(await exportJWK(stranger.privateKey)), kid: 'one' }
    expect(
      (await check('--client cedar --key private.json', { 'private.json': wrong })).of['token'],
    ).toMatchObject({
      ok: false,
      detail: expect.stringContaining('invalid_client') as string,
      mend: expect.stringContaining('public half of this very key') as string,
    })
    expect(
      (await check('--client cedar --key private.json', { 'private.json': publicKey })).of['key']?.ok,
    ).toBe(false)
    const scopes = await check('--client cedar --key private.json --scope user/*.rs')
    expect(scopes.of['token']?.mend).toContain('`client add --scope`')
    const nowhere = await run(
      administered,
      ['self-check', '--base', `${gateway.url}/nowhere`, '--client', 'cedar', '--key', 'private.json'],
      { 'private.json': privateKey },
    )
    expect(nowhere.text).toContain('`--base` must be the FHIR base')
  })
})
