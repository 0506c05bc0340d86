import type { Encounter } from 'fhir/r4'
import { base, publicUrl, type World } from '../world.ts'
import { challengeOf } from '../../../src/smart/pkce.ts'
import { type Browser, openBrowser, type Shown } from './browser.ts'
import { careTeam } from './care-team.ts'
import { observation, patient, practitioner } from '../records.ts'
import { addClient } from '../settle-town.ts'

export const redirect = 'https://app.example/callback'
export const verifier = 'a-verifier-of-at-least-forty-three-characters-0123'

/** An app of the clinic in its county, patients, and somebody to sign in. */
export const settleApps = async (world: World): Promise<void> => {
  await world.load('clinic', [
    patient('ann', { name: [{ family: 'Adams', given: ['Ann'] }] }),
    patient('bea', { name: [{ family: 'Brook', given: ['Bea'] }] }),
    observation('o-ann', 'ann'),
    observation('o-bea', 'bea'),
    practitioner('drew'),
    practitioner('lou'),
    careTeam('ann', 'drew'),
    careTeam('bea', 'drew'),
    visitOf('visit', 'ann'),
    visitOf('visit-bea', 'bea'),
  ])
  await world.load('hospital', [patient('stranger')])
  await world.member('drew', 'Practitioner/drew', 'Organization/clinic', 'clinician')
  await world.member('ann', 'Patient/ann', 'Organization/clinic', 'patient')
  const app = {
    organization: 'Organization/clinic',
    purposes: ['TREAT'],
    redirects: [redirect, 'http://127.0.0.1/callback', 'com.example.app:/callback'],
    scope:
      'openid fhirUser launch launch/patient launch/encounter offline_access online_access patient/*.cruds user/*.cruds system/*.rs',
  }
  await addClient(world.database, { ...app, id: 'app', name: 'Mood App', kind: 'public' } as never)
  await addClient(world.database, { ...app, id: 'other-app', kind: 'public' } as never)
  const secret = 'e'.repeat(64)
  await addClient(world.database, { ...app, id: 'server-app', secret } as never)
  await addClient(world.database, { ...app, id: 'own-app', kind: 'public', purposes: ['PATRQT'] } as never)
}

const visitOf = (id: string, patient: string): Encounter => ({
  resourceType: 'Encounter',
  id,
  status: 'finished',
  class: { code: 'AMB' },
  subject: { reference: `Patient/${patient}` },
})

/** The address of a request for authorization, with what is changed in it; an undefined value leaves a parameter out. */
export const authorizeUrl = async (
  changed: Readonly<Record<string, string | undefined>> = {},
): Promise<string> => {
  const given = {
    response_type: 'code',
    client_id: 'app',
    redirect_uri: redirect,
    scope: 'openid fhirUser launch/patient patient/*.rs offline_access',
    state: 'a state/with ümläuts&=',
    aud: base,
    code_challenge: await challengeOf(verifier),
    code_challenge_method: 'S256',
    ...changed,
  }
  const kept = Object.entries(given).filter((pair): pair is [string, string] => pair[1] !== undefined)
  return `${publicUrl}/oauth/authorize?${new URLSearchParams(kept).toString()}`
}

/** Goes through the pages: chooses the patient where that is asked, and allows all that is shown, or what is named. */
export const allow = async (
  browser: Browser,
  start: Shown,
  patient = 'ann',
  scopes?: readonly string[],
): Promise<Shown> => {
  const page = start.text.includes('name="patient"')
    ? await browser.submit(start, { action: 'patient', patient })
    : start
  const shown = [...page.text.matchAll(/name="scope" value="([^"]+)"/g)].map(([, one = '']) =>
    one.replaceAll('&amp;', '&'),
  )
  return browser.submit(page, { action: 'allow', scope: scopes ?? shown })
}

/** What came back to the app. */
export const answerIn = (shown: Shown): URLSearchParams => new URL(shown.url).searchParams

/** A code for an app, by somebody who allows all. */
export const codeFor = async (
  world: World,
  changed: Readonly<Record<string, string | undefined>> = {},
  who = 'drew',
): Promise<string> => {
  const browser = openBrowser(world.app, world.services)
  await browser.signIn(who)
  const done = await allow(browser, await browser.open(await authorizeUrl(changed)))
  const code = answerIn(done).get('code')
  if (code === null) throw new Error(`no code: ${done.status} ${done.url} ${done.text.slice(0, 500)}`)
  return code
}

export interface Tokens {
  readonly access_token: string
  readonly refresh_token: string
  readonly id_token: string
  readonly scope: string
  readonly patient: string
  readonly error: string
  readonly error_description: string
  readonly [name: string]: unknown
}

/** Asks the token endpoint. */
export const askToken = async (
  world: World,
  form: Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string>> = {},
): Promise<{ status: number; headers: Headers; body: Tokens }> => {
  const answer = await world.app.request(`${publicUrl}/oauth/token`, {
    method: 'POST',
    headers,
    body: new URLSearchParams(form),
  })
  return { status: answer.status, headers: answer.headers, body: (await answer.json()) as Tokens }
}

/** Exchanges a code as the public app does. */
export const exchange = (world: World, code: string, changed: Readonly<Record<string, string>> = {}) =>
  askToken(world, {
    grant_type: 'authorization_code',
    code,
    redirect_uri: redirect,
    client_id: 'app',
    code_verifier: verifier,
    ...changed,
  })

export const refresh = (world: World, token: string, changed: Readonly<Record<string, string>> = {}) =>
  askToken(world, { grant_type: 'refresh_token', refresh_token: token, client_id: 'app', ...changed })
