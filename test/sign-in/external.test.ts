import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { run } from '../admin/desk.ts'
import { publicUrl } from '../contract/settle-town.ts'
import type { Browser } from './browser.ts'
import { type OpenIdServer, openProvider } from './provider.ts'
import { openSignIn, type SignInWorld, trail } from './users.ts'

const clinic = ['--organization', 'Organization/clinic']

const callback = `${publicUrl}/sign-in/external/callback`

describe.each(['pglite'] as const)('an external provider on %s', (kind) => {
  let provider: OpenIdServer
  let world: SignInWorld
  beforeAll(async () => {
    provider = await openProvider(callback)
    const { issuer, clientId, clientSecret } = provider
    world = await openSignIn(kind, { openId: { issuer, clientId, clientSecret, claim: 'sub' } })
    await run(world.administered, [
      'user',
      'add',
      '--id',
      'ann',
      '--practitioner',
      'Practitioner/ann',
      '--role',
      'clinician',
      ...clinic,
      '--external',
      'ann.smith',
    ])
  })
  afterAll(async () => {
    await world.close()
    await provider.close()
  })

  /** Leaves for the provider and signs in there; the answer is the path that it sends back to. */
  const go = async (
    browser: Browser,
    account: string,
    path = '/sign-in/external?next=/profiles',
  ): Promise<string> => {
    await browser.get('/sign-in')
    const left = await browser.get(path)
    expect(left.status).toBe(303)
    return (await provider.signIn(left.to ?? '', account)).slice(publicUrl.length)
  }

  it('signs in whom it names, and goes where they were going', async () => {
    const browser = world.browser()
    const page = await browser.get('/sign-in?next=/profiles')
    expect(page.text).toContain('href="/sign-in/external?next=%2Fprofiles"')
    const done = await browser.get(await go(browser, 'ann.smith'))
    expect(done).toMatchObject({ status: 303, to: '/sign-in/continue?next=%2Fprofiles' })
    const account = await browser.get('/account')
    expect(account.text).toContain('Signed in as ann')
    expect(account.text).toContain('your organization')
    expect(account.text).not.toContain('name="password"')
    expect((await browser.get('/account/authenticator')).to).toBe('/account')
    expect((await trail(world)).at(-1)).toMatchObject({
      outcome: 'done',
      detail: 'signed in by external provider',
    })
  })

  it('asks with PKCE, state, nonce, and a language', async () => {
    const browser = world.browser()
    await browser.get('/sign-in?ui_locales=es')
    const asked = new URL((await browser.get('/sign-in/external?next=/x')).to ?? '').searchParams
    expect(Object.fromEntries(asked)).toMatchObject({
      client_id: 'sluice',
      redirect_uri: callback,
      response_type: 'code',
      scope: 'openid',
      code_challenge_method: 'S256',
      ui_locales: 'es',
    })
    for (const name of ['state', 'nonce', 'code_challenge']) expect(asked.get(name)).toMatch(/^[\w-]{43}$/)
    expect(asked.has('prompt')).toBe(false)
    const fresh = new URL((await browser.get('/sign-in/external?next=/x&fresh=1')).to ?? '').searchParams
    expect(fresh.get('prompt')).toBe('login')
  })

  it('takes a fresh sign-in', async () => {
    const browser = world.browser()
    const back = await go(browser, 'ann.smith', '/sign-in/external?next=/x&fresh=1')
    expect((await browser.get(back)).to).toBe('/sign-in/continue?next=%2Fx')
  })

  it('refuses whom it does not know as it refuses a broken answer', async () => {
    const browser = world.browser()
    const unknown = await browser.get(await go(browser, 'bob.jones'))
    const broken = await browser.get(`${(await go(browser, 'ann.smith')).replace(/code=[^&]+/, 'code=x')}`)
    const denied = new URL(`${publicUrl}${await go(browser, 'ann.smith')}`)
    denied.searchParams.delete('code')
    denied.searchParams.set('error', 'access_denied')
    const refused = await browser.get(`${denied.pathname}${denied.search}`)
    expect(unknown.status).toBe(403)
    expect(unknown.text).not.toContain('bob')
    const words = (text: string) => text.replaceAll(/href="[^"]*"/g, '')
    expect(words(broken.text)).toBe(words(unknown.text))
    expect(words(refused.text)).toBe(words(unknown.text))
    expect((await browser.get('/account')).status).toBe(303)
  })

  it('refuses an answer twice, in another browser, with another state, or of another issuer', async () => {
    const browser = world.browser()
    const back = await go(browser, 'ann.smith')
    const other = world.browser()
    await other.get('/sign-in')
    expect((await other.get(back)).status).toBe(403)
    // taken by that attempt: it is good for nobody now
    expect((await browser.get(back)).status).toBe(403)

    const stated = (await go(browser, 'ann.smith')).replace(/state=[^&]+/, 'state=x')
    expect((await browser.get(stated)).status).toBe(403)
    const issued = new URL(`${publicUrl}${await go(browser, 'ann.smith')}`)
    expect(issued.searchParams.get('iss')).toBe(provider.issuer)
    issued.searchParams.set('iss', 'https://evil.example')
    expect((await browser.get(`${issued.pathname}${issued.search}`)).status).toBe(403)

    const good = await go(browser, 'ann.smith')
    expect((await browser.get(good)).status).toBe(303)
    expect((await browser.get(good)).status).toBe(403)
  })

  it('refuses an id_token for another nonce', async () => {
    const browser = world.browser()
    const back = await go(browser, 'ann.smith')
    await world.rows(
      sql`UPDATE ticket SET content = content || '{"nonce":"another"}' WHERE kind = 'external'`,
    )
    expect((await browser.get(back)).status).toBe(403)
  })

  it('names one member by one value', async () => {
    const add = (id: string, external: string) =>
      run(world.administered, [
        'user',
        'add',
        '--id',
        id,
        '--practitioner',
        `Practitioner/${id}`,
        '--role',
        'clinician',
        ...clinic,
        '--external',
        external,
      ])
    await expect(add('eve', 'ann.smith')).rejects.toThrow('names another user already')
    expect(await world.rows(sql`SELECT id FROM member WHERE id = 'eve'`)).toEqual([])
    await add('ann', 'ann.new')
    expect(await world.rows(sql`SELECT value FROM external_identity`)).toEqual([{ value: 'ann.new' }])
    await add('ann', 'ann.smith')
  })

  it('knows nobody by an address of mail that is not verified', async () => {
    const { issuer, clientId, clientSecret } = provider
    const own = await openSignIn(kind, { openId: { issuer, clientId, clientSecret, claim: 'email' } })
    try {
      for (const id of ['proved', 'unproved'])
        await run(own.administered, [
          'user',
          'add',
          '--id',
          id,
          '--practitioner',
          `Practitioner/${id}`,
          '--role',
          'clinician',
          ...clinic,
          '--external',
          `${id}@example.org`,
        ])
      const browser = own.browser()
      expect((await browser.get(await goIn(browser, 'proved'))).status).toBe(303)
      expect((await browser.get(await goIn(browser, 'unproved'))).status).toBe(403)
    } finally {
      await own.close()
    }
  })

  const goIn = async (browser: Browser, account: string): Promise<string> => {
    await browser.get('/sign-in?fresh=1')
    const left = await browser.get('/sign-in/external')
    return (await provider.signIn(left.to ?? '', account)).slice(publicUrl.length)
  }
})
