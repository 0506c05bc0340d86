import { mkdir } from 'node:fs/promises'
import { sql } from 'drizzle-orm'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { codeOf, enrollLink, forgetStep, openSignIn, password, type SignInWorld } from '../sign-in/users.ts'
import { type Served, serveApp, startChromium } from './chromium.ts'

/** Where pictures of the pages go, for people to look at; none are taken without it. */
const pictures = process.env.SLUICE_PICTURES

let browser: Browser
let served: Served & { readonly world: SignInWorld }
beforeAll(async () => {
  browser = await startChromium()
  served = await serveApp((url) => openSignIn('pglite', { publicUrl: url }))
})
afterAll(async () => {
  await browser.close()
  await served.close()
})

const withPage = async (
  work: (page: Page, context: BrowserContext) => Promise<void>,
  options: Parameters<Browser['newContext']>[0] = {},
): Promise<void> => {
  const context = await browser.newContext({ baseURL: served.url, ...options })
  const page = await context.newPage()
  const faults: string[] = []
  page.on('pageerror', (fault) => faults.push(fault.message))
  page.on('console', (message) => {
    if (message.type() === 'error' && !message.text().includes('status of 400')) faults.push(message.text())
  })
  try {
    await work(page, context)
    expect(faults).toEqual([])
  } finally {
    await context.close()
  }
}

/** An authenticator that knows its user, as a phone or a computer is one; it says how to tell whether it is being touched. */
const addAuthenticator = async (page: Page, transport: 'internal' | 'usb' = 'internal') => {
  const session = await page.context().newCDPSession(page)
  await session.send('WebAuthn.enable')
  const { authenticatorId } = await session.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport,
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  })
  return (enabled: boolean) =>
    session.send('WebAuthn.setAutomaticPresenceSimulation', { authenticatorId, enabled })
}

const photograph = async (page: Page, name: string): Promise<void> => {
  if (pictures === undefined) return
  await mkdir(pictures, { recursive: true })
  for (const colorScheme of ['light', 'dark'] as const)
    for (const width of [390, 1280]) {
      await page.emulateMedia({ colorScheme })
      await page.setViewportSize({ width, height: 900 })
      await page.screenshot({ path: `${pictures}/${name}-${colorScheme}-${width}.png`, fullPage: true })
    }
}

/** What a keyboard reaches, in order, by its accessible name. */
const walk = async (page: Page, steps: number): Promise<string[]> => {
  const names: string[] = []
  for (let step = 0; step < steps; step++) {
    await page.keyboard.press('Tab')
    names.push(
      await page.evaluate(`(() => {
        const at = document.activeElement
        const label = at?.labels?.[0]?.textContent ?? at?.getAttribute('aria-label') ?? at?.textContent ?? ''
        const outline = at === null ? 'none' : getComputedStyle(at).outlineStyle
        return (outline === 'none' ? 'unseen ' : '') + label.trim().replaceAll(/\\s+/g, ' ')
      })()`),
    )
  }
  return names
}

const fits = (page: Page): Promise<boolean> =>
  page.evaluate('document.documentElement.scrollWidth <= innerWidth')

describe('in a real browser', () => {
  it('a user sets up a password and an app, signs out, and signs in again', async () => {
    const { world } = served
    const link = await enrollLink(world.administered, 'ann')
    await withPage(async (page) => {
      await page.goto(link)
      await photograph(page, 'enroll')
      const secret = (await page.locator('.secret').innerText()).replaceAll(' ', '')
      await page.getByLabel('New password', { exact: true }).fill(password)
      await page.getByLabel('New password again').fill(password)
      await page.getByLabel('Code that the app shows').fill('000000')
      await page.getByRole('button', { name: 'Save' }).click()
      await page.getByRole('alert').filter({ visible: true }).waitFor()
      expect(await page.locator(':focus').getAttribute('name')).toBe('code')
      await photograph(page, 'enroll-fault')
      await page.getByLabel('New password', { exact: true }).fill(password)
      await page.getByLabel('New password again').fill(password)
      await page.getByLabel('Code that the app shows').fill(codeOf(secret, -1))
      await page.getByRole('button', { name: 'Save' }).click()
      await page.getByRole('heading', { name: 'Keep your recovery codes' }).waitFor()
      await photograph(page, 'recovery')
      await page.getByRole('link', { name: 'I have kept them' }).click()
      await page.getByRole('heading', { name: 'Your account' }).waitFor()
      await page.getByRole('button', { name: 'Sign out' }).click()
      await page.getByRole('heading', { name: 'You are signed out' }).waitFor()
      await photograph(page, 'signed-out')

      await page.goto('/account')
      await page.getByLabel('User name').fill('ann')
      await page.getByLabel('Password').fill(password)
      await page.getByRole('button', { name: 'Sign in', exact: true }).click()
      await page.getByLabel('Code').waitFor()
      await photograph(page, 'code')
      await page.getByLabel('Code').fill(codeOf(secret))
      await page.getByRole('button', { name: 'Verify' }).click()
      await page.waitForURL('**/account')
      await page.getByRole('heading', { name: 'Your account' }).waitFor()
    })
    await forgetStep(world, 'ann')
  })

  it('a patient sets up a passkey, signs out, and signs in with it; what was sent is good once', async () => {
    const { world } = served
    const link = await enrollLink(world.administered, 'pat')
    await withPage(async (page, context) => {
      const touch = await addAuthenticator(page)
      await page.goto(link)
      await page.getByRole('button', { name: 'Create a passkey' }).click()
      await page.waitForURL('**/account')
      expect(await page.locator('main').innerText()).toContain('Signed in as pat: patient, ')
      await page.getByRole('button', { name: 'Sign out' }).click()
      await touch(false)
      const offered = page.waitForResponse((answer) => answer.url().includes('/sign-in/passkey/options'))
      await page.getByRole('link', { name: 'Sign in' }).click()
      await page.getByRole('button', { name: 'Sign in with a passkey' }).waitFor()
      await offered
      const begin = (await context.cookies()).find(({ name }) => name === 'sluice_begin')?.value ?? ''
      const sent = page.waitForRequest((request) => request.url().includes('/sign-in/passkey?'))
      // Who touches it before it is asked is taken at once; a request that waits is not told of it any more.
      await touch(true)
      await page.getByRole('button', { name: 'Sign in with a passkey' }).click()
      const form = new URLSearchParams((await sent).postData() ?? '')
      await page.waitForURL('**/account')
      await page.getByRole('heading', { name: 'Your account' }).waitFor()
      await photograph(page, 'account')

      const again = world.browser()
      again.cookies.set('sluice_begin', begin)
      const replayed = await again.post('/sign-in/passkey', Object.fromEntries(form))
      expect(replayed.status).toBe(400)
      expect(replayed.text).toContain('The passkey did not work.')
      expect(again.cookies.has('sluice_session')).toBe(false)
    })
  })

  it('a user adds a passkey and takes one away, and a field offers those that there are', async () => {
    const { world } = served
    await withPage(async (page) => {
      const touch = await addAuthenticator(page)
      await touch(true)
      await page.goto(await enrollLink(world.administered, 'pat'))
      await page.getByRole('button', { name: 'Create a passkey' }).click()
      await page.waitForURL('**/account')
      await page.getByRole('button', { name: 'Remove Passkey' }).click()
      await page.locator('#fault').waitFor()
      expect(await page.locator('#fault').innerText()).toContain('only way')
      const other = await addAuthenticator(page, 'usb')
      await other(true)
      await page.getByLabel('Name of the new passkey').fill('Key ring')
      await page.getByRole('button', { name: 'Create a passkey' }).click()
      await page.getByRole('button', { name: 'Remove Key ring' }).waitFor()
      expect(await page.getByRole('status').innerText()).toBe('Saved. You were signed out everywhere else.')
      await photograph(page, 'account-passkeys')
      await page.getByRole('button', { name: 'Remove Key ring' }).click()
      await page.getByRole('button', { name: 'Remove Key ring' }).waitFor({ state: 'detached' })
      await page.getByRole('button', { name: 'Sign out' }).click()
      // conditional mediation: the page need not be touched
      await page.goto('/sign-in?next=/account')
      await page.waitForURL('**/account')
    })
  })

  it('the page of sign-in in light and dark, narrow and wide, and told what is wrong', async () => {
    await withPage(async (page) => {
      await page.setViewportSize({ width: 390, height: 844 })
      await page.goto('/sign-in?next=/profiles')
      await photograph(page, 'sign-in')
      await page.setViewportSize({ width: 320, height: 640 })
      expect(await fits(page)).toBe(true)
      await page.getByLabel('User name').fill('nobody')
      await page.getByLabel('Password').fill('wrong')
      await page.keyboard.press('Enter')
      await page.locator('#fault').waitFor()
      expect(await page.getByLabel('User name').getAttribute('aria-describedby')).toBe('fault')
      expect(await page.title()).toBe('Error: Sign in – Sluice')
      await photograph(page, 'sign-in-fault')
    })
  })

  it('in Spanish', async () => {
    await withPage(
      async (page) => {
        await page.goto('/sign-in?next=/profiles')
        await page.getByRole('button', { name: 'Iniciar sesión' }).waitFor()
        expect(await page.locator('html').getAttribute('lang')).toBe('es')
        await photograph(page, 'sign-in-es')
        await page.getByRole('link', { name: 'English' }).click()
        await page.getByRole('button', { name: 'Sign in', exact: true }).waitFor()
        expect(new URL(page.url()).searchParams.get('next')).toBe('/profiles')
      },
      { locale: 'es-US' },
    )
  })

  it('by keyboard alone, with what has the focus to be seen', async () => {
    await withPage(async (page) => {
      await page.goto('/sign-in')
      await page.getByRole('button', { name: 'Sign in with a passkey' }).waitFor()
      expect(await walk(page, 6)).toEqual([
        'Sluice',
        'Español',
        'User name',
        'Password',
        'Sign in',
        'Sign in with a passkey',
      ])
    })
  })

  it('without a script', async () => {
    await withPage(
      async (page) => {
        await page.goto('/sign-in')
        expect(await page.getByRole('button').allInnerTexts()).toEqual(['Sign in'])
        await served.world.rows(sql`DELETE FROM totp WHERE member = 'ann'`)
        await page.getByLabel('User name').fill('ann')
        await page.getByLabel('Password').fill(password)
        await page.getByRole('button', { name: 'Sign in' }).click()
        await page.waitForURL('**/account')
        await photograph(page, 'account-bare')
      },
      { javaScriptEnabled: false },
    )
  })
})
