import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import FHIR from 'fhirclient'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { beginLaunch } from '../../src/smart/launch.ts'
import { type AppKeys, appSecret, authorizedAt, plainSecret, privateJwk, registerApps } from './apps.ts'
import type { Client } from './fhirclient.ts'
import { codes, type Gateway, idsOf, openGateway } from './gateway.ts'

/**
 * fhirclient 2.6 on Node, as an app that its users start: `authorize` on the one page, `ready` on the other, and what the
 * client knows after that. It names no client when it refreshes without a secret, and sends `client_id:client_secret` unencoded.
 */

type AuthorizeOptions = Extract<Parameters<ReturnType<typeof FHIR>['authorize']>[0], { scope?: string }>

describe.each(['postgres'] as const)('an app that is launched, with fhirclient on %s', (kind) => {
  let gateway: Gateway
  let keys: AppKeys
  let app: ReturnType<typeof createServer>
  let home: string

  beforeAll(async () => {
    gateway = await openGateway(kind)
    keys = await registerApps(gateway)
    app = createServer()
    app.listen(0, '127.0.0.1')
    await once(app, 'listening')
    home = `http://127.0.0.1:${(app.address() as AddressInfo).port}`
  }, 60_000)
  afterAll(async () => {
    app.closeAllConnections()
    app.close()
    await gateway.close()
  })

  /** The app's session, which holds what the library keeps between the two pages. */
  const session = () => {
    const kept = new Map<string, unknown>()
    return {
      get: async (key: string) => kept.get(key),
      set: async (key: string, value: unknown) => (kept.set(key, value), value),
      unset: async (key: string) => kept.delete(key),
    }
  }

  /** The user's browser opens a page of the app, which answers as `page` does. */
  const visit = async <T>(
    address: string,
    page: (request: IncomingMessage, response: ServerResponse) => Promise<T>,
  ): Promise<{ answer: Response; value: T }> => {
    const got = once(app, 'request') as Promise<[IncomingMessage, ServerResponse]>
    const answer = fetch(address, { redirect: 'manual' })
    const [request, response] = await got
    const value = await page(request, response)
    if (!response.writableEnded) response.end()
    return { answer: await answer, value }
  }

  const launch = async (options: AuthorizeOptions, who = 'lee', query = ''): Promise<Client> => {
    const storage = session()
    const begun = await visit(`${home}/launch${query}`, (request, response) =>
      FHIR(request, response, storage).authorize({
        redirectUri: `${home}/callback`,
        pkceMode: 'required',
        ...options,
      }),
    )
    const back = await authorizedAt(gateway, begun.answer.headers.get('location') ?? '', who)
    expect(back.href.startsWith(`${home}/callback?`)).toBe(true)
    const { value } = await visit(back.href, (request, response) =>
      FHIR(request, response, storage)
        .ready()
        .catch((fault: Error) => fault),
    )
    return value instanceof Error ? Promise.reject(value) : value
  }

  const standalone = (clientId: string, scope: string, more: AuthorizeOptions = {}, who?: string) =>
    launch({ iss: gateway.base, clientId, scope, ...more }, who)

  const scope = 'openid fhirUser launch/patient offline_access patient/*.rs user/Practitioner.r'

  test('a public app by itself: who the user is, whose records, and those', async () => {
    const client = await standalone('public-app', scope)
    expect(client.patient.id).toBe('ann')
    expect(await client.patient.read()).toMatchObject({ resourceType: 'Patient', id: 'ann' })
    expect(client.user.fhirUser).toBe('Practitioner/lee')
    expect([client.user.resourceType, client.user.id]).toEqual(['Practitioner', 'lee'])
    expect(await client.user.read()).toMatchObject({ resourceType: 'Practitioner', id: 'lee' })
    const found = await client.patient.request(`Observation?code=${codes.weight}`)
    expect(idsOf(found as never)).toHaveLength(2)
    await expect(client.request('Patient/bob')).rejects.toMatchObject({ status: 404 })
  })

  test('a public app gets a new token without its name, and goes on reading', async () => {
    const client = await standalone('public-app', scope)
    const before = client.state.tokenResponse?.refresh_token
    const renewed = await client.refresh()
    const second = renewed.tokenResponse?.refresh_token
    expect(second).not.toBe(before)
    expect(client.patient.id).toBe('ann')
    client.state.expiresAt = 0
    expect(await client.patient.read()).toMatchObject({ id: 'ann' })
    expect(client.state.tokenResponse?.refresh_token).not.toBe(second)
  })

  test('an app with a secret', async () => {
    const client = await standalone('plain-app', scope, { clientSecret: plainSecret })
    expect(await client.patient.read()).toMatchObject({ id: 'ann' })
    await client.refresh()
    expect(await client.patient.read()).toMatchObject({ id: 'ann' })
    await expect(standalone('knowing-app', scope, { clientSecret: `${appSecret}x` })).rejects.toMatchObject({
      status: 401,
    })
  })

  test.each(['es384', 'rs384'] as const)('an app that signs with %s', async (name) => {
    const clientPrivateJwk = (await privateJwk(keys[name])) as never
    const client = await standalone(`${name}-app`, scope, { clientPrivateJwk })
    expect(await client.patient.read()).toMatchObject({ id: 'ann' })
    expect(client.getIdToken()).toMatchObject({ aud: `${name}-app`, iss: gateway.url })
  })

  test('a patient, in SMART 1 scopes', async () => {
    const own = 'openid fhirUser launch/patient patient/*.read'
    const client = await standalone('own-app', own, {}, 'ann')
    expect(client.user.fhirUser).toBe('Patient/ann')
    expect(client.getState('tokenResponse.scope')).toContain('patient/*.read')
    expect(await client.patient.read()).toMatchObject({ id: 'ann' })
    expect(client.state.tokenResponse?.refresh_token).toBeUndefined()
  })

  test('from an EHR: patient, encounter, intent and banner come with the token', async () => {
    const { database, services } = gateway.world
    const context = { patient: 'ann', encounter: 'visit', intent: 'reconcile', need_patient_banner: false }
    const begun = await beginLaunch(
      database,
      { client: 'public-app', member: 'lee', context },
      services.clock.real(),
    )
    const query = `?${new URLSearchParams({ iss: gateway.base, launch: begun }).toString()}`
    const client = await launch(
      { clientId: 'public-app', scope: 'launch openid fhirUser patient/*.rs' },
      'lee',
      query,
    )
    expect(client.encounter.id).toBe('visit')
    expect(client.state.tokenResponse).toMatchObject(context)
    expect(await client.encounter.read()).toMatchObject({ resourceType: 'Encounter', id: 'visit' })
    await expect(
      launch({ clientId: 'public-app', scope: 'launch patient/*.rs' }, 'lee', query),
    ).rejects.toThrow('invalid_request: `launch` is unknown')
  })

  test('a refusal reaches the app in the words of the gateway', async () => {
    await expect(standalone('public-app', 'patient/Nonsense.rs')).rejects.toThrow('Nonsense')
  })
})
