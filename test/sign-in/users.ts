import { TOTP } from 'otpauth'
import { sql } from 'drizzle-orm'
import { type Administered } from '../../src/admin/administered.ts'
import { administer, run } from '../admin/desk.ts'
import { openWorld, type World } from '../contract/world.ts'
import type { Kind } from '../contract/databases.ts'
import type { Services } from '../../src/services.ts'
import { type Browser, openBrowser } from './browser.ts'

export const password = 'violet kettle under seven moons'

/** The code that an authenticator app shows for a secret, so many steps from now. */
export const codeOf = (secret: string, steps = 0): string =>
  new TOTP({ secret }).generate({ timestamp: Date.now() + steps * 30_000 })

export type SignInWorld = Awaited<ReturnType<typeof openSignIn>>

/** A gateway with users: `ann`, a clinician, and `pat`, a patient; nothing is set up for either. */
export const openSignIn = async (kind: Kind, settings: Partial<Services['settings']> = {}) => {
  const world = await openWorld(kind, {
    ...(settings.publicUrl === undefined ? {} : { publicUrl: settings.publicUrl }),
    change: (services) => ({ ...services, settings: { ...services.settings, ...settings } }),
  })
  const opened = administer(world.services)
  const administered = { ...opened, settings: { ...opened.settings, ...world.services.settings } }
  await world.load('clinic', [
    { resourceType: 'Practitioner', id: 'ann', name: [{ family: 'Ann' }] },
    { resourceType: 'Patient', id: 'pat', name: [{ family: 'Pat' }] },
  ])
  const clinic = ['--organization', 'Organization/clinic']
  const ann = ['user', 'add', '--id', 'ann', '--practitioner', 'Practitioner/ann', '--role', 'clinician']
  await run(administered, [...ann, ...clinic])
  await run(administered, ['user', 'add', '--id', 'pat', '--patient', 'Patient/pat', ...clinic])
  const { publicUrl } = world.services.settings
  return { ...world, administered, browser: () => openBrowser(world.app, publicUrl) }
}

/** The path of an enrollment link, as `user enroll` prints it. */
export const enrollLink = async (administered: Administered, id: string): Promise<string> => {
  const { json } = await run(administered, ['user', 'enroll', '--id', id])
  return new URL((json as { link: string }).link).pathname
}

/** Sets up a password and an authenticator app by link; `secret` is the app's. The browser is signed in then. */
export const enroll = async (
  administered: Administered,
  browser: Browser,
  id: string,
): Promise<{ secret: string; recovery: string[] }> => {
  const link = await enrollLink(administered, id)
  const page = await browser.get(link)
  const secret = secretIn(page.text)
  const done = await browser.post(link, { password, repeat: password, code: codeOf(secret, -1) })
  if (done.status !== 200) throw new Error(`not enrolled: ${done.status}`)
  return { secret, recovery: codesIn(done.text) }
}

export const secretIn = (text: string): string =>
  (/class="secret">([^<]+)</.exec(text)?.[1] ?? '').replaceAll(' ', '')

export const codesIn = (text: string): string[] =>
  [...text.matchAll(/<li>\s*<code>([^<]+)<\/code>/g)].map(([, code]) => code ?? '')

/** Signs in by password, and by a code where one is asked for. */
export const signIn = async (browser: Browser, user: string, code?: string, next = '/account') => {
  const path = `/sign-in?${new URLSearchParams({ next, fresh: '1' }).toString()}`
  await browser.get(path)
  const first = await browser.post(path, { user, password })
  if (code === undefined || first.to?.startsWith('/sign-in/code') !== true) return first
  await browser.get(first.to)
  return browser.post(first.to, { code })
}

/** What the trail says of signing in, oldest first. */
export const trail = async (world: Pick<World, 'rows'>) =>
  (
    await world.rows<{ interaction: string; outcome: string; detail: Record<string, unknown> }>(
      sql`SELECT interaction, outcome, detail FROM audit WHERE client = 'sign-in' ORDER BY key`,
    )
  ).map(({ interaction, outcome, detail }) => ({
    interaction,
    outcome,
    detail: (detail.reason ?? (detail.resources as string[][])[0]?.[2]) as string,
  }))

/** Every minute the same user may use one code: tests that need another one forget which was used. */
export const forgetStep = (world: Pick<World, 'rows'>, member: string) =>
  world.rows(sql`UPDATE totp SET counter = 0 WHERE member = ${member}`)
