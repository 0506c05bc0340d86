import { once } from 'node:events'
import { mkdir } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import type { Server } from 'node:http'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createAppServer } from '../../examples/questionnaire/serve.ts'
import type { Administered } from '../../src/admin/administered.ts'
import { createApp } from '../../src/app.ts'
import { apps } from '../../src/demo/apps.ts'
import { demoPassword } from '../../src/demo/users.ts'
import { upsertClient } from '../../src/smart/clients.ts'
import { openAdministered, run } from '../admin/desk.ts'
import { type Served, serveApp, startChromium } from './chromium.ts'

/** Where pictures of the pages go, for people to look at; none are taken without it. */
const pictures = process.env.SLUICE_PICTURES

let browser: Browser
let gateway: Served & { readonly world: Awaited<ReturnType<typeof openCounty>> }
let server: Server
let app: string

/** The demo county at an address of its own, with the sample app registered where this test serves it. */
const openCounty = async (url: string) => {
  const world: Administered = await openAdministered({ PUBLIC_URL: url })
  await run(world, ['seed'])
  return {
    ...world,
    app: createApp(() => world.services),
    close: () => world.services.database.close(),
  }
}

beforeAll(async () => {
  browser = await startChromium()
  gateway = await serveApp(openCounty)
  server = createAppServer({ gateway: gateway.url }).listen(0, 'localhost')
  await once(server, 'listening')
  app = `http://localhost:${(server.address() as AddressInfo).port}/`
  for (const one of apps) {
    const moved = { redirects: [app], launchUrl: one.launchUrl.replace('http://localhost:8090/', app) }
    await upsertClient(gateway.world.services.database, { ...one, ...moved, kind: 'public' })
  }
})
afterAll(async () => {
  await browser.close()
  server.closeAllConnections()
  server.close()
  await gateway.close()
})

/** A page of a new visitor. Nothing that a browser reports goes unseen, but the answers that the test asks for. */
const withPage = async (
  work: (page: Page) => Promise<void>,
  options: Parameters<Browser['newContext']>[0] = {},
): Promise<void> => {
  const context = await browser.newContext(options)
  const page = await context.newPage()
  const faults: string[] = []
  page.on('pageerror', (fault) => faults.push(fault.message))
  page.on('console', (message) => {
    if (message.type() === 'error' && !/status of 40[013]/.test(message.text())) faults.push(message.text())
  })
  try {
    await work(page)
    expect(faults).toEqual([])
  } finally {
    await context.close()
  }
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

const signIn = async (page: Page, user: string): Promise<void> => {
  await page.locator('input[name=user]').fill(user)
  await page.locator('input[name=password]').fill(demoPassword)
  await page.keyboard.press('Enter')
}

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true })

/** Signs in and goes through the launcher, up to the consent screen; `wish` is what is to go wrong. */
const launch = async (page: Page, wish: string, patient = 'Maya Okafor', user = 'chen'): Promise<void> => {
  await page.goto(`${gateway.url}/launcher`)
  await signIn(page, user)
  await page.getByRole('radio', { name: 'MoodTrack' }).waitFor()
  await photograph(page, 'launcher-app')
  await button(page, 'Continue').click()
  await page.getByLabel('Name').fill(patient.split(' ')[1] ?? '')
  await button(page, 'Find').click()
  await photograph(page, 'launcher-patient')
  await page.getByRole('radio', { name: new RegExp(`${patient}.*R-`) }).check()
  await button(page, 'Continue').click()
  await page.getByRole('radio', { name: wish }).check()
  await photograph(page, 'launcher')
  await button(page, 'Start the app').click()
}

const allow = async (page: Page): Promise<void> => {
  await page.getByRole('heading', { name: 'Let MoodTrack see health records?' }).waitFor()
  await button(page, 'Allow').click()
  await page.waitForURL(`${app}**`)
}

const problems = (page: Page) => page.locator('#problems').innerText()

/** What the page tells once something went wrong. */
const told = async (page: Page): Promise<string> => {
  await page.locator('.problem').first().waitFor()
  return problems(page)
}

/** Answers every question by keyboard: Tab goes to a question, Space takes its first answer, arrows go on to the others. */
const answerByKeyboard = async (page: Page, answers: string): Promise<void> => {
  await page.locator('#form input').first().focus()
  for (const [index, answer] of answers.split('').entries()) {
    if (index > 0) await page.keyboard.press('Tab')
    await page.keyboard.press('Space')
    for (let step = 0; step < Number(answer); step++) await page.keyboard.press('ArrowDown')
  }
  await page.locator('#form button').focus()
  await page.keyboard.press('Enter')
}

describe('the sample app in a real browser', () => {
  it('is launched beside a record; a PHQ-9 is answered by keyboard, and its score joins the others', async () => {
    await withPage(async (page) => {
      await launch(page, 'Nothing')
      await page.getByText('It is an app of MoodTrack.').waitFor()
      await photograph(page, 'consent')
      await page.getByRole('link', { name: 'Español' }).click()
      await page.getByRole('button', { name: 'Permitir', exact: true }).waitFor()
      await photograph(page, 'consent-es')
      await page.getByRole('link', { name: 'English' }).click()
      await allow(page)
      await page.getByRole('heading', { name: 'Patient Health Questionnaire (PHQ-9)' }).waitFor()
      expect(await page.locator('#patient').innerText()).toBe('Maya Okafor, born 1991-03-14')
      expect(await page.locator('#scores tr').count()).toBe(4)
      expect(await page.locator('#chart circle').count()).toBe(4)
      await answerByKeyboard(page, '2221111001')
      await page.getByText('The score is 10 of 27: moderate depression.').waitFor()
      expect(await page.locator('#scores tr').first().innerText()).toContain('10\tModerate depression')
      expect(await page.locator('#scores tr').count()).toBe(5)
      expect(await page.locator('#chart circle').count()).toBe(5)
      expect(await page.locator('#help').count()).toBe(0)
      await photograph(page, 'app')
      await page.setViewportSize({ width: 320, height: 640 })
      expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true)
    })
  })

  it('is opened by a patient, who is never asked whose records; help is shown where an answer asks for it', async () => {
    await withPage(async (page) => {
      await page.goto(`${app}launch.html`)
      await photograph(page, 'app-start')
      await page.getByRole('link', { name: 'My own' }).click()
      await signIn(page, 'maya')
      await allow(page)
      await page.getByRole('heading', { name: 'Patient Health Questionnaire (PHQ-9)' }).waitFor()
      expect(await page.locator('#patient').innerText()).toBe('Maya Okafor, born 1991-03-14')
      await answerByKeyboard(page, '1111111110')
      await page.locator('#help').waitFor()
      expect(await page.locator('#help a').getAttribute('href')).toBe('tel:988')
      await photograph(page, 'app-help')
      await page.goto(`${gateway.url}/account`)
      await page.getByRole('heading', { name: 'Apps' }).waitFor()
      await photograph(page, 'account')
      await page.goto(`${gateway.url}/account/apps`)
      await photograph(page, 'apps')
      await page.getByRole('button', { name: 'End the access of MoodTrack' }).click()
      await page.getByText('No app has access.').waitFor()
      await page.goto(app)
      expect(await told(page)).toMatch(/ended[\s\S]*the access token is unknown or has expired/)
    })
  })

  it('asks a clinician whose records, and says what it was not allowed', async () => {
    await withPage(async (page) => {
      await page.goto(`${app}launch.html`)
      await page.getByRole('link', { name: 'A patient’s, as a clinician' }).click()
      await signIn(page, 'chen')
      await page.getByRole('heading', { name: 'Whose records?' }).waitFor()
      await photograph(page, 'choice')
      await page.getByRole('radio', { name: /Maya Okafor.*R-2001/ }).check()
      await button(page, 'Choose').click()
      await page.getByRole('checkbox', { name: /results, scores/ }).uncheck()
      await allow(page)
      expect(await told(page)).toMatch(
        /may not do this[\s\S]*Reading the scores[\s\S]*lacks the scope `patient\/Observation\.s`/,
      )
      await page.getByRole('heading', { name: 'Patient Health Questionnaire (PHQ-9)' }).waitFor()
      expect(await page.locator('#trend').isVisible()).toBe(false)
    })
  })

  it('says when the user allows nothing', async () => {
    await withPage(async (page) => {
      await launch(page, 'Nothing')
      await button(page, 'Do not allow').click()
      await page.waitForURL(`${app}**`)
      expect(await told(page)).toMatch(/not let in[\s\S]*access_denied: the user does not allow it/)
    })
  })

  it('renews an access that expires, and says so', async () => {
    await withPage(async (page) => {
      await launch(page, 'The access expires')
      await allow(page)
      await page.getByText('The access had expired and was renewed.').waitFor()
      await page.getByRole('heading', { name: 'Patient Health Questionnaire (PHQ-9)' }).waitFor()
      expect(await problems(page)).toBe('')
    })
  })

  it('says that an access has expired that it may not renew', async () => {
    await withPage(async (page) => {
      await launch(page, 'The access expires')
      await page.getByRole('checkbox', { name: /Keep access/ }).uncheck()
      await allow(page)
      await page.waitForTimeout(1100)
      await page.reload()
      expect(await told(page)).toMatch(/has ended[\s\S]*the access token is unknown or has expired/)
    })
  })

  it.each([
    ['A scope is missing', /may not do this[\s\S]*lacks the scope `patient\/Observation\.s`/],
    ['The access is ended', /has ended[\s\S]*the access token is unknown or has expired/],
  ])('%s: says so', async (wish, words) => {
    await withPage(async (page) => {
      await launch(page, wish)
      await allow(page)
      expect(await told(page)).toMatch(words)
      await photograph(page, `app-${wish.replaceAll(' ', '-').toLowerCase()}`)
    })
  })

  it('says that no consent lets the user see the patient', async () => {
    await withPage(async (page) => {
      await launch(page, 'No consent')
      await page.waitForURL(`${app}**`)
      expect(await told(page)).toMatch(/not let in[\s\S]*the user may not see the patient in context/)
    })
  })
})
