import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { run } from '../admin/desk.ts'
import type { Browser } from './browser.ts'
import {
  codeOf,
  codesIn,
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

const another = 'nine quiet otters counting rain'

describe.each(['pglite'] as const)('enrollment on %s', (kind) => {
  let world: SignInWorld
  let browser: Browser
  beforeAll(async () => {
    world = await openSignIn(kind)
  })
  beforeEach(async () => {
    browser = world.browser()
    await world.rows(sql`DELETE FROM fact WHERE name LIKE 'rate %'`)
  })
  afterAll(() => world.close())

  it('is a link, kept hashed, that shows the same secret however often it is looked at', async () => {
    const link = await enrollLink(world.administered, 'ann')
    const ticket = link.split('/').at(-1) ?? ''
    expect(ticket).toMatch(/^[\w-]{43}$/)
    expect(JSON.stringify(await world.rows(sql`SELECT * FROM ticket`))).not.toContain(ticket)
    const [one, other] = [await browser.get(link), await world.browser().get(link)]
    expect(secretIn(one.text)).toMatch(/^[A-Z2-7]{32}$/)
    expect(secretIn(other.text)).toBe(secretIn(one.text))
    expect(one.text).toContain('<svg viewBox')
  })

  it('wants a password of some length that is not guessed first, twice the same, and a code that is right', async () => {
    const link = await enrollLink(world.administered, 'ann')
    const code = codeOf(secretIn((await browser.get(link)).text))
    for (const [form, text] of [
      [{ password: 'short', repeat: 'short', code }, 'fewer than 12'],
      [{ password: 'x'.repeat(257), repeat: 'x'.repeat(257), code }, 'longer than 256'],
      [{ password: 'Password12345', repeat: 'Password12345', code }, 'too easy'],
      [{ password: 'annannannann', repeat: 'annannannann', code }, 'too easy'],
      [{ password: 'aaaaaaaaaaaaaaaa', repeat: 'aaaaaaaaaaaaaaaa', code }, 'too easy'],
      [{ password, repeat: another, code }, 'not the same'],
      [{ password, repeat: password, code: '000000' }, 'did not work'],
      [{ password, repeat: password }, 'did not work'],
    ] as const) {
      const page = await browser.post(link, form)
      expect([page.status, page.text.includes(text)]).toEqual([400, true])
      expect(page.text).not.toContain(form.password)
    }
    expect((await browser.post(link, { password, repeat: password, code })).status).toBe(200)
  })

  it('is good once, even for two at the same moment', async () => {
    const link = await enrollLink(world.administered, 'ann')
    const browsers = [world.browser(), world.browser()]
    const pages = await Promise.all(browsers.map((own) => own.get(link)))
    const code = codeOf(secretIn(pages[0]?.text ?? ''))
    const done = await Promise.all(
      browsers.map((own) => own.post(link, { password, repeat: password, code })),
    )
    expect(done.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 404])
    expect((await browser.get(link)).status).toBe(404)
  })

  it('ends after a day, with the next link, and with the user', async () => {
    const { administered } = world
    const old = await enrollLink(administered, 'ann')
    const link = await enrollLink(administered, 'ann')
    expect((await browser.get(old)).status).toBe(404)
    expect((await browser.get(link)).status).toBe(200)
    await world.rows(sql`UPDATE ticket SET expires = now() - interval '1 second' WHERE kind = 'enroll'`)
    expect((await browser.get(link)).status).toBe(404)
    expect((await browser.post(link, { password, repeat: password, code: '000000' })).status).toBe(404)
    await world.rows(sql`UPDATE ticket SET expires = now() + interval '23 hours' WHERE kind = 'enroll'`)
    expect((await browser.get(link)).status).toBe(200)
    expect((await browser.get('/account/enroll/x')).text).toBe(
      (await browser.get(old)).text.replaceAll(old, '/account/enroll/x'),
    )
  })

  it('replaces what was set up, and ends the sessions', async () => {
    const first = await enroll(world.administered, browser, 'ann')
    expect((await browser.get('/account')).status).toBe(200)
    const second = await enroll(world.administered, world.browser(), 'ann')
    expect((await browser.get('/account')).status).toBe(303)
    expect((await signIn(browser, 'ann', codeOf(first.secret))).status).toBe(400)
    expect((await signIn(browser, 'ann', first.recovery[0])).status).toBe(400)
    expect((await signIn(browser, 'ann', codeOf(second.secret))).status).toBe(303)
  })

  it('comes with `user add --enroll`, and never with a password on the command line', async () => {
    const { text, json } = await run(world.administered, [
      'user',
      'add',
      '--id',
      'new',
      '--patient',
      'pat',
      '--organization',
      'clinic',
      '--enroll',
    ])
    expect(json).toMatchObject({ id: 'new', practitioner: 'Patient/pat', role: 'patient' })
    const link = (json as { link: string }).link
    expect(text).toContain(link)
    expect((await browser.get(new URL(link).pathname)).text).toContain('This is for the user new.')
    await expect(
      run(world.administered, ['user', 'enroll', '--id', 'new', '--password', 'x']),
    ).rejects.toThrow()
  })
})

describe.each(['pglite'] as const)('the account page on %s', (kind) => {
  let world: SignInWorld
  let browser: Browser
  let secret: string
  beforeAll(async () => {
    world = await openSignIn(kind)
  })
  beforeEach(async () => {
    browser = world.browser()
    await world.rows(sql`DELETE FROM fact WHERE name LIKE 'rate %'`)
    ;({ secret } = await enroll(world.administered, browser, 'ann'))
    await browser.get('/account')
  })
  afterAll(() => world.close())

  it('changes the password, after the current one, and ends every other session', async () => {
    const other = world.browser()
    await signIn(other, 'ann', codeOf(secret))
    const cookie = browser.cookies.get('__Host-sluice_session')
    const wrong = await browser.post('/account/password', {
      current: 'no',
      password: another,
      repeat: another,
    })
    expect(wrong.status).toBe(400)
    expect((await other.get('/account')).status).toBe(200)
    const done = await browser.post('/account/password', {
      current: password,
      password: another,
      repeat: another,
    })
    expect(done.to).toBe('/account?done=changed')
    expect((await browser.get('/account')).status).toBe(200)
    expect(browser.cookies.get('__Host-sluice_session')).not.toBe(cookie)
    expect((await other.get('/account')).status).toBe(303)
    await forgetStep(world, 'ann')
    expect((await signIn(other, 'ann', codeOf(secret))).status).toBe(400)
  })

  it('locks the current password like any other', async () => {
    for (let turn = 0; turn < 10; turn++)
      await browser.post('/account/password', { current: 'no', password: another, repeat: another })
    const right = await browser.post('/account/password', {
      current: password,
      password: another,
      repeat: another,
    })
    expect(right.status).toBe(400)
  })

  it('sets up another app once a code proves it, with new recovery codes', async () => {
    const page = await browser.get('/account/authenticator')
    const own = secretIn(page.text)
    expect(own).not.toBe(secret)
    const wrong = await browser.post('/account/authenticator', { code: codeOf(secret) })
    expect(wrong.status).toBe(400)
    expect(secretIn(wrong.text)).toBe(own)
    const done = await browser.post('/account/authenticator', { code: codeOf(own, -1) })
    expect(codesIn(done.text)).toHaveLength(10)
    const other = world.browser()
    expect((await signIn(other, 'ann', codeOf(secret))).status).toBe(400)
    expect((await signIn(other, 'ann', codeOf(own))).status).toBe(303)
  })

  it('makes new recovery codes, and the old ones are good for nothing', async () => {
    const [first] = codesIn((await browser.post('/account/recovery-codes', {})).text)
    await browser.get('/account')
    const [second] = codesIn((await browser.post('/account/recovery-codes', {})).text)
    expect((await signIn(world.browser(), 'ann', first)).status).toBe(400)
    expect((await signIn(world.browser(), 'ann', second)).status).toBe(303)
  })

  it('shows where one is signed in, and ends others of one’s own alone', async () => {
    const [other, third] = [world.browser(), world.browser()]
    await signIn(other, 'ann', codeOf(secret))
    await forgetStep(world, 'ann')
    await signIn(third, 'ann', codeOf(secret))
    const pat = world.browser()
    await enroll(world.administered, pat, 'pat')
    const [strange] = await world.rows<{ id: string }>(sql`SELECT id FROM session WHERE member = 'pat'`)
    const page = await browser.get('/account')
    const ids = [...page.text.matchAll(/name="session" value="([^"]+)"/g)].map(([, id]) => id ?? '')
    expect(ids).toHaveLength(3)
    await browser.post('/account/sessions/end', { session: strange?.id ?? '' })
    expect((await pat.get('/account')).status).toBe(200)
    await browser.post('/account/sessions/end', { session: ids[0] ?? '' })
    const left = [other, third].map(async (own) => (await own.get('/account')).status)
    expect((await Promise.all(left)).toSorted((a, b) => a - b)).toEqual([200, 303])
    await browser.post('/account/sessions/end', { session: 'others' })
    expect([(await other.get('/account')).status, (await third.get('/account')).status]).toEqual([303, 303])
    expect((await browser.get('/account')).status).toBe(200)
  })

  it('asks for a new sign-in before changes, when the last is ten minutes old', async () => {
    await world.rows(sql`UPDATE session SET authenticated = now() - interval '11 minutes'`)
    expect((await browser.get('/account')).status).toBe(200)
    const to = '/sign-in?next=%2Faccount&fresh=1'
    for (const path of [
      'password',
      'recovery-codes',
      'passkeys',
      'passkeys/options',
      'passkeys/remove',
      'authenticator',
    ])
      expect((await browser.post(`/account/${path}`, {})).to).toBe(to)
    expect((await browser.get('/account/authenticator')).to).toBe(to)
  })

  it('does nothing for whoever is not signed in', async () => {
    const stranger = world.browser()
    await stranger.get('/sign-in')
    const before = await world.rows(
      sql`SELECT * FROM password UNION ALL SELECT member, secret, added FROM totp`,
    )
    for (const path of [
      'password',
      'authenticator',
      'recovery-codes',
      'passkeys',
      'passkeys/remove',
      'sessions/end',
    ])
      expect((await stranger.post(`/account/${path}`, { session: 'others' })).to).toBe(
        '/sign-in?next=%2Faccount',
      )
    expect(
      await world.rows(sql`SELECT * FROM password UNION ALL SELECT member, secret, added FROM totp`),
    ).toEqual(before)
  })

  it('leaves a trail of changes, and none of what was not done', async () => {
    await world.rows(sql`DELETE FROM audit WHERE client = 'sign-in'`)
    await browser.post('/account/passkeys/remove', { passkey: 'none' })
    expect(await trail(world)).toEqual([])
    await browser.post('/account/recovery-codes', {})
    expect(await trail(world)).toEqual([
      { interaction: 'sign-in-change', outcome: 'done', detail: 'made new recovery codes' },
    ])
  })

  it('does nothing where the trail cannot be kept', async () => {
    await world.rows(sql`ALTER TABLE audit ADD CONSTRAINT none CHECK (client <> 'sign-in') NOT VALID`)
    try {
      const form = { current: password, password: another, repeat: another }
      expect((await browser.post('/account/password', form)).status).toBe(500)
      await forgetStep(world, 'ann')
      const stranger = world.browser()
      expect((await signIn(stranger, 'ann', codeOf(secret))).status).toBe(500)
      expect(stranger.cookies.has('__Host-sluice_session')).toBe(false)
    } finally {
      await world.rows(sql`ALTER TABLE audit DROP CONSTRAINT none`)
    }
    await browser.get('/account')
    const form = { current: password, password: another, repeat: another }
    expect((await browser.post('/account/password', form)).to).toBe('/account?done=changed')
  })
})

describe.each(['pglite'] as const)('in production on %s', (kind) => {
  let world: SignInWorld
  beforeAll(async () => {
    world = await openSignIn(kind, { production: true })
    await enroll(world.administered, world.browser(), 'ann')
    await world.rows(sql`DELETE FROM totp WHERE member = 'ann'`)
    await world.rows(sql`INSERT INTO fact (name, value) VALUES ('seed', 'county')`)
  })
  afterAll(() => world.close())

  it('a password alone signs nobody in, and the demo is not told', async () => {
    const browser = world.browser()
    expect((await browser.get('/sign-in')).text).not.toContain('sluice demo county')
    const done = await signIn(browser, 'ann')
    expect(done.status).toBe(400)
    expect(done.text).toContain('A password alone is not enough here')
    expect(browser.cookies.has('__Host-sluice_session')).toBe(false)
    expect(await trail(world)).toContainEqual({
      interaction: 'sign-in',
      outcome: 'refused',
      detail: 'no second factor',
    })
  })

  it('elsewhere it does, until there is a second factor', async () => {
    const own = await openSignIn(kind)
    try {
      const { secret } = await enroll(own.administered, own.browser(), 'ann')
      expect((await signIn(own.browser(), 'ann')).to).toBe('/sign-in/code?next=%2Faccount')
      await own.rows(sql`DELETE FROM totp WHERE member = 'ann'`)
      expect((await signIn(own.browser(), 'ann')).to).toBe('/sign-in/continue?next=%2Faccount')
      expect(secret).toHaveLength(32)
      await own.rows(
        sql`INSERT INTO passkey (id, member, key, counter, transports, name, added) VALUES ('k', 'ann', '', 0, '{}', 'k', now())`,
      )
      expect((await signIn(own.browser(), 'ann')).status).toBe(400)
    } finally {
      await own.close()
    }
  })
})
