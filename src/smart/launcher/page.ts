import { html } from 'hono/html'
import type { Markup } from '../../console/page.ts'
import { alert, token } from '../../sign-in/pages/fields.ts'
import type { Member } from '../../sign-in/session.ts'
import type { Visit } from '../../sign-in/visit.ts'
import { choiceOf, chooser, patientSearch } from '../authorize/choice-page.ts'
import type { Choice } from '../authorize/choices.ts'
import type { LaunchableApp } from './apps.ts'
import { type Wish, wishesOf } from './wishes.ts'
import { en, type LauncherTexts } from './texts-en.ts'
import { es } from './texts-es.ts'

/** What the launcher says in the language of a visit. */
export const launcherTexts = ({ language }: Pick<Visit, 'language'>): LauncherTexts => ({ en, es })[language]

/** The page on which a user says which app is to be started. */
export const appPage = (visit: Visit, apps: readonly LaunchableApp[]): Markup => {
  const texts = launcherTexts(visit)
  const choices = apps.map(({ id, name }) => ({ id, name: name ?? id, detail: id }))
  return html`${head(visit)}
  ${
    choices.length === 0
      ? html`<p role="status">${texts.noApps}</p>`
      : chooser(visit, { kind: 'app', legend: texts.app, label: texts.next, choices })
  }`
}

/** The page on which a user says beside whose record. */
export const launchedPatientPage = (
  visit: Visit,
  app: LaunchableApp,
  choices: readonly Choice[],
  name: string,
): Markup => {
  const texts = launcherTexts(visit)
  const kept = hidden('app', app.id)
  return html`${head(visit)} ${chosen(visit, app.name ?? app.id, texts.another)}
  ${patientSearch(visit, choices, { name, kept, legend: texts.patient, label: texts.next })}`
}

/** What the last page shows. */
export interface LaunchPage {
  readonly app: LaunchableApp
  readonly patient: Choice
  readonly encounters: readonly Choice[]
  readonly none: string
  readonly member: Member
  readonly fault?: string | undefined
}

/** The page on which a user says the rest: which visit, to what end, and what is to go wrong. */
export const launchPage = (
  visit: Visit,
  { app, patient, encounters, none, member, fault }: LaunchPage,
): Markup => {
  const texts = launcherTexts(visit)
  const visits = [...encounters, { id: 'none', name: none, detail: '' }]
  return html`${head(visit)} ${chosen(visit, app.name ?? app.id, texts.another)}
    <form method="post" class="about">
      ${token(visit)}${hidden('app', app.id)}<strong>${patient.name} (${patient.detail})</strong>
      <button type="submit" name="action" value="app" class="link">${texts.anotherPatient}</button>
    </form>
    ${alert(fault)}
    <form method="post" class="card">
      ${token(visit)}${hidden('app', app.id)}${hidden('patient', patient.id)}
      ${encounters.length === 0 ? '' : choiceOf('encounter', texts.encounter, visits)}
      <div class="field">
        <label for="intent">${texts.intent}</label>
        <p class="hint" id="intent-hint">${texts.intentHint}</p>
        <input id="intent" name="intent" maxlength="100" autocomplete="off" aria-describedby="intent-hint" />
      </div>
      ${choiceOf('simulate', texts.simulate, simulationChoices(texts, wishesOf(member)))}
      <p class="hint">${texts.opens(new URL(app.launchUrl).host)}</p>
      <button type="submit" name="action" value="launch">${texts.launch}</button>
    </form>`
}

const simulationChoices = ({ simulations }: LauncherTexts, wishes: readonly Wish[]): Choice[] =>
  wishes.map((id) => {
    const [name, detail] = simulations[id]
    return { id, name, detail }
  })

const head = (visit: Visit): Markup => {
  const texts = launcherTexts(visit)
  return html`<h1>${texts.title}</h1>
    <p class="lead">${texts.lead}</p>
    <form method="post" class="about">
      ${token(visit)}${texts.as(visit.session?.member.id ?? '')}
      <button type="submit" name="action" value="other-user" class="link">${texts.notYou}</button>
    </form>`
}

const chosen = (visit: Visit, name: string, label: string): Markup =>
  html`<form method="post" class="about">
    ${token(visit)}<strong>${name}</strong>
    <button type="submit" name="action" value="again" class="link">${label}</button>
  </form>`

const hidden = (name: string, value: string): Markup =>
  html`<input type="hidden" name="${name}" value="${value}" />`
