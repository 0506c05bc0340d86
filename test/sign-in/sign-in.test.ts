import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { run } from '../admin/desk.ts'
import type { Browser } from './browser.ts'
import {
  codeOf,
  enroll,
  enrollLink,
  forgetStep,
  openSignIn,
  password,
  secretIn,
  signIn,
  type SignInWorld,
  trail,
} from './users.ts'

const session = '__Host-sluice_session'

describe.each(['pglite'] as const)('signing in on %s', (kind) => {
  let world: SignInWorld
  let browser: Browser
  let secret: string
  let recovery: string[]
  beforeAll(async () => {
    world = await openSignIn(kind)
    ;({ secret, recovery } = await enroll(world.administered, world.browser(), 'ann'))
  })
  beforeEach(async () => {
    browser = world.browser()
    await forgetStep(world, 'ann')
    await world.rows(sql`DELETE FROM fact WHERE name LIKE 'rate %'`)
  })
  afterAll(() => world.close())

  it('takes a password and a code, and goes where it was going', async () => {
    const done = await signIn(browser, 'ann', codeOf(secret), '/profiles?x=1')
    expect(done).toMatchObject({
      status: 303,
      to: `/sign-in/continue?${new URLSearchParams({ next: '/profiles?x=1' }).toString()}`,
    })
    const onward = await browser.get(done.to ?? '')
    expect(onward.text).toContain('http-equiv="refresh" content="0;url=/profiles?x=1"')
    expect((await browser.get('/account')).text).toContain('Signed in as ann: clinician, Elm Clinic.')
    expect((await browser.get('/sign-in?next=/profiles')).to).toBe('/profiles')
    expect((await browser.get('/sign-in?next=/profiles&fresh=1')).status).toBe(200)
  })

  it('keeps the cookie out of reach, and its hash alone', async () => {
    const done = await signIn(browser, 'ann', codeOf(secret))
    const line = done.headers.getSetCookie().find((one) => one.startsWith(session)) ?? ''
    expect(line).toMatch(/^__Host-sluice_session=[\w-]{43}; Path=\/; HttpOnly; Secure; SameSite=Lax$/)
    const rows = await world.rows<{ hash: string }>(sql`SELECT hash FROM session`)
    const cookie = browser.cookies.get(session) ?? ''
    expect(rows.map(({ hash }) => hash)).toContain(await world.services.digest(cookie))
    expect(JSON.stringify(rows)).not.toContain(cookie)
  })

  it('begins a session with an id of its own, whatever the browser brought', async () => {
    browser.cookies.set(session, 'planted')
    await signIn(browser, 'ann', codeOf(secret))
    const first = browser.cookies.get(session)
    expect(first).not.toBe('planted')
    await forgetStep(world, 'ann')
    await signIn(browser, 'ann', codeOf(secret))
    expect(browser.cookies.get(session)).not.toBe(first)
    const old = world.browser()
    old.cookies.set(session, first ?? '')
    expect((await old.get('/account')).to).toBe('/sign-in?next=%2Faccount')
  })

  it('takes a code once', async () => {
    const code = codeOf(secret)
    expect((await signIn(browser, 'ann', code)).status).toBe(303)
    const again = await signIn(world.browser(), 'ann', code)
    expect(again.status).toBe(400)
    expect(again.text).toContain('role="alert"')
    // the step before was not used, and is none to go back to
    expect((await signIn(world.browser(), 'ann', codeOf(secret, -1))).status).toBe(400)
  })

  it('takes the codes of the step before and after, and no others', async () => {
    expect((await signIn(browser, 'ann', codeOf(secret, -3))).status).toBe(400)
    expect((await signIn(browser, 'ann', codeOf(secret, 3))).status).toBe(400)
    expect((await signIn(browser, 'ann', codeOf(secret, 1))).status).toBe(303)
  })

  it('lets one of two in who send the same code at the same moment', async () => {
    const [one, other] = [world.browser(), world.browser()]
    for (const own of [one, other]) {
      await own.get('/sign-in')
      await own.post('/sign-in', { user: 'ann', password })
      await own.get('/sign-in/code')
    }
    const code = codeOf(secret)
    const both = await Promise.all([one, other].map((own) => own.post('/sign-in/code', { code })))
    expect(both.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([303, 400])
  })

  it('takes a recovery code in place of a code, once', async () => {
    expect(recovery).toHaveLength(10)
    const given = (recovery[0] ?? '').toUpperCase().replaceAll('-', ' ')
    expect((await signIn(browser, 'ann', given)).status).toBe(303)
    expect((await browser.get('/account')).text).toContain('Recovery codes left: 9.')
    expect((await signIn(world.browser(), 'ann', given)).status).toBe(400)
  })

  it('asks for no code before the password, nor in another browser', async () => {
    expect((await browser.get('/sign-in/code')).to).toBe('/sign-in?next=%2Faccount')
    await browser.get('/sign-in')
    await browser.post('/sign-in', { user: 'ann', password })
    const other = world.browser()
    await other.get('/sign-in')
    expect((await other.post('/sign-in/code', { code: codeOf(secret) })).to).toBe('/sign-in?next=%2Faccount')
    expect(other.cookies.has(session)).toBe(false)
  })

  it('answers an unknown user, a wrong password and a locked account alike', async () => {
    await browser.get('/sign-in')
    const wrong = await browser.post('/sign-in', { user: 'ann', password: 'not that' })
    const nobody = await browser.post('/sign-in', { user: 'bob', password: 'not that' })
    const bare = await browser.post('/sign-in', { user: 'pat', password: 'not that' })
    for (let turn = 0; turn < 10; turn++)
      await browser.post('/sign-in', { user: 'ann', password: 'not that' })
    const locked = await browser.post('/sign-in', { user: 'ann', password })
    const shown = ({ status, text, headers }: typeof wrong) => ({
      status,
      text: text.replaceAll(/value="(ann|bob|pat)"/g, 'value=""'),
      headers: [...headers],
    })
    for (const other of [nobody, bare, locked]) expect(shown(other)).toEqual(shown(wrong))
    expect(wrong.status).toBe(400)
    expect(browser.cookies.has(session)).toBe(false)
  })

  it('counts by address, and tells so', async () => {
    const way = { env: { incoming: { socket: { remoteAddress: '203.0.113.7' } } } }
    await browser.get('/sign-in')
    const name = `rate sign-in address ${await world.services.digest('203.0.113.7')}`
    await world.rows(sql`INSERT INTO fact (name, value) VALUES (${name}, ${`${Date.now()} 99`})`)
    expect((await browser.post('/sign-in', { user: 'x', password: 'y' }, way)).status).toBe(400)
    expect((await browser.post('/sign-in', { user: 'x', password: 'y' }, way)).status).toBe(429)
    const other = { env: { incoming: { socket: { remoteAddress: '203.0.113.8' } } } }
    expect((await browser.post('/sign-in', { user: 'x', password: 'y' }, other)).status).toBe(400)
  })

  it('limits codes by account, whoever tries', async () => {
    for (let turn = 0; turn < 5; turn++) expect((await signIn(browser, 'ann', '000000')).status).toBe(400)
    expect((await signIn(world.browser(), 'ann', codeOf(secret))).status).toBe(400)
    expect((await trail(world)).at(-1)).toEqual({
      interaction: 'sign-in',
      outcome: 'refused',
      detail: 'too many attempts',
    })
  })

  it.each([
    ['a foreign Origin', { origin: 'https://evil.example' }],
    ['no Origin', { origin: '' }],
    ['an opaque Origin', { origin: 'null' }],
    ['another site', { 'sec-fetch-site': 'cross-site' }],
    ['another host of the site', { 'sec-fetch-site': 'same-site' }],
    ['another type', { 'content-type': 'text/plain' }],
  ])('refuses a form of %s', async (_, headers) => {
    await browser.get('/sign-in')
    expect((await browser.post('/sign-in', { user: 'ann', password }, { headers })).status).toBe(403)
  })

  it('refuses a token that is missing, wrong, or of another browser, on every form', async () => {
    const other = await world.browser().get('/sign-in')
    await signIn(browser, 'ann', codeOf(secret))
    const forms = ['/sign-in', '/sign-in/code', '/sign-in/passkey', '/sign-in/passkey/options', '/sign-out']
    const own = [
      'password',
      'authenticator',
      'recovery-codes',
      'passkeys',
      'passkeys/options',
      'passkeys/remove',
    ]
    const link = await enrollLink(world.administered, 'pat')
    for (const path of [
      ...forms,
      ...own.map((one) => `/account/${one}`),
      '/account/sessions/end',
      link,
      `${link}/passkey`,
      `${link}/passkey/options`,
    ])
      for (const token of ['', 'x'.repeat(64), other.token])
        expect([path, (await browser.post(path, { token, session: 'others' })).status]).toEqual([path, 403])
    expect((await browser.get('/account')).status).toBe(200)
  })

  it.each([
    '//evil.example',
    '/\\evil.example',
    '\\\\evil.example',
    'https://evil.example',
    '/\t/evil.example',
    '/%09/..//evil.example',
    '/..//evil.example',
    'javascript:alert(1)',
    '/x\r\nset-cookie: a=b',
    '',
  ])('leads nowhere else: %j', async (next) => {
    const done = await signIn(browser, 'ann', codeOf(secret), next)
    const onward = await browser.get(done.to ?? '')
    const [, leads = ''] = /content="0;url=([^"]*)"/.exec(onward.text) ?? []
    expect(new URL(leads, 'https://gateway.example/sign-in/continue').origin).toBe('https://gateway.example')
    expect(
      (await browser.get(`/sign-in?${new URLSearchParams({ next }).toString()}`)).headers.get('location'),
    ).toMatch(/^https:\/\/gateway\.example\/(?!\/)/)
  })

  it('signs out, and the cookie is good for nothing then', async () => {
    await signIn(browser, 'ann', codeOf(secret))
    const cookie = browser.cookies.get(session) ?? ''
    await browser.get('/account')
    expect((await browser.post('/sign-out', {})).text).toContain('You are signed out')
    expect(browser.cookies.has(session)).toBe(false)
    browser.cookies.set(session, cookie)
    expect((await browser.get('/account')).status).toBe(303)
  })

  it('ends a session that is idle, and one that is old', async () => {
    await signIn(browser, 'ann', codeOf(secret))
    await world.rows(sql`UPDATE session SET seen = now() - interval '29 minutes'`)
    expect((await browser.get('/account')).status).toBe(200)
    await world.rows(sql`UPDATE session SET seen = now() - interval '31 minutes'`)
    expect((await browser.get('/account')).status).toBe(303)
    await world.rows(sql`UPDATE session SET seen = now(), authenticated = now() - interval '13 hours'`)
    expect((await browser.get('/account')).status).toBe(303)
  })

  it('ends the sessions of a member that changes, and forgets one that is removed', async () => {
    const { administered } = world
    const add = [
      'user',
      'add',
      '--id',
      'tmp',
      '--practitioner',
      'Practitioner/tmp',
      '--organization',
      'Organization/clinic',
    ]
    await run(administered, [...add, '--role', 'clinician'])
    const { secret: own } = await enroll(administered, browser, 'tmp')
    expect((await browser.get('/account')).status).toBe(200)
    await run(administered, [...add, '--role', 'clinician'])
    expect((await browser.get('/account')).status).toBe(200)
    await run(administered, [...add, '--role', 'officer'])
    expect((await browser.get('/account')).status).toBe(303)
    expect((await signIn(browser, 'tmp', codeOf(own))).status).toBe(303)
    await run(administered, ['user', 'remove', '--id', 'tmp'])
    expect((await browser.get('/account')).status).toBe(303)
    expect((await signIn(browser, 'tmp', codeOf(own))).status).toBe(400)
    await expect(run(administered, ['user', 'enroll', '--id', 'tmp'])).rejects.toThrow('no user `tmp`')
  })

  it('upgrades a password that was hashed at a lower cost', async () => {
    const { scrypt } = await import('@noble/hashes/scrypt.js')
    const base64 = (own: Uint8Array) => Buffer.from(own).toString('base64').replaceAll('=', '')
    const salt = new Uint8Array(16).fill(7)
    const hash = scrypt(password, salt, { N: 2 ** 10, r: 8, p: 1, dkLen: 32 })
    await world.rows(
      sql`UPDATE password SET hash = ${`$scrypt$ln=10,r=8,p=1$${base64(salt)}$${base64(hash)}`} WHERE member = 'ann'`,
    )
    expect((await signIn(browser, 'ann', codeOf(secret))).status).toBe(303)
    const [row] = await world.rows<{ hash: string }>(sql`SELECT hash FROM password WHERE member = 'ann'`)
    expect(row?.hash).toMatch(/^\$scrypt\$ln=14,r=8,p=5\$[\w+/]{22}\$[\w+/]{43}$/)
  })

  it('leaves a trail that names nobody who is not known, and no secret', async () => {
    await world.rows(sql`DELETE FROM audit WHERE client = 'sign-in'`)
    await browser.get('/sign-in')
    await browser.post('/sign-in', { user: 'hunter2 typed in the wrong field', password })
    await signIn(browser, 'ann', '000000')
    await signIn(browser, 'ann', codeOf(secret))
    await browser.get('/account')
    await browser.post('/sign-out', {})
    expect(await trail(world)).toEqual([
      { interaction: 'sign-in', outcome: 'refused', detail: 'wrong user name or password' },
      { interaction: 'sign-in', outcome: 'refused', detail: 'wrong code' },
      { interaction: 'sign-in', outcome: 'done', detail: 'signed in by password and one-time code' },
      { interaction: 'sign-out', outcome: 'done', detail: 'signed out' },
    ])
    const all = JSON.stringify(
      await world.rows(sql`SELECT to_jsonb(a) FROM audit a UNION ALL SELECT to_jsonb(f) FROM fact f`),
    )
    for (const text of ['hunter2', password, secret]) expect(all).not.toContain(text)
  })

  it('shows in the trail of the officer, and in that of the patient', async () => {
    await enroll(world.administered, browser, 'pat')
    await world.member('officer', 'Practitioner/officer', 'Organization/clinic', 'officer')
    const officer = await world.token('clinic', { user: 'officer' })
    const events = (await world.get(officer, 'AuditEvent')).as<{
      entry: { resource: { subtype: { code: string }[] } }[]
    }>()
    expect(events.entry.map(({ resource }) => resource.subtype[0]?.code)).toContain('110122')
    const patient = await world.token('clinic', { patient: 'pat' })
    const own = (await world.get(patient, 'AuditEvent')).text
    expect(own).toContain('set up a password and an authenticator app by link')
    expect(own).not.toContain('Practitioner/ann')
  })

  it('is not stored, framed, or told to others', async () => {
    await signIn(browser, 'ann', codeOf(secret))
    const link = await enrollLink(world.administered, 'pat')
    for (const path of [
      '/sign-in?fresh=1',
      '/account',
      '/account/authenticator',
      link,
      '/sign-in/continue',
    ]) {
      const { headers, text } = await browser.get(path)
      expect(headers.get('cache-control')).toBe('no-store')
      expect(headers.get('referrer-policy')).toBe('same-origin')
      expect(headers.get('content-security-policy')).toMatch(
        /^default-src 'none';.*form-action 'self'; frame-ancestors 'none'$/,
      )
      expect(text.match(/<script[^>]*>/g) ?? []).toSatisfy((found: string[]) =>
        found.every((one) => one === '<script src="/sign-in/passkey.js" defer>'),
      )
      expect(text).not.toMatch(/\son\w+=|javascript:/i)
    }
  })

  it('forgets what has ended', async () => {
    const { forgetExpired } = await import('../../src/smart/expire.ts')
    await signIn(browser, 'ann', codeOf(secret))
    await world.rows(sql`UPDATE ticket SET expires = now() - interval '1 minute'`)
    await world.rows(sql`UPDATE session SET seen = now() - interval '31 minutes'`)
    await forgetExpired(world.services)
    expect(await world.rows(sql`SELECT hash FROM ticket UNION ALL SELECT hash FROM session`)).toEqual([])
  })

  it('speaks Spanish to whoever asks for it, and goes on doing so', async () => {
    const accept = await browser.get('/sign-in', {
      headers: { 'accept-language': 'fr, es-MX;q=0.8, en;q=0.5' },
    })
    expect(accept.text).toContain('<html lang="es">')
    expect((await browser.get('/sign-in?next=%2Foauth%2Fauthorize%3Fui_locales%3Des-ES')).text).toContain(
      'Iniciar sesión',
    )
    const page = await browser.get('/sign-in?next=/profiles')
    const [, link = ''] = /href="([^"]+)" hreflang="es"/.exec(page.text) ?? []
    expect(link).toBe('/sign-in?next=%2Fprofiles&amp;ui_locales=es')
    await browser.get(link.replaceAll('&amp;', '&'))
    expect((await browser.get('/sign-in')).text).toContain('<html lang="es">')
    const fault = await browser.post('/sign-in', { user: 'x', password: 'y' })
    expect(fault.text).toContain('<title>Error: Iniciar sesión')
    expect(secretIn((await browser.get(await enrollLink(world.administered, 'pat'))).text)).toHaveLength(32)
  })
})
