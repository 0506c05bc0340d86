import { html } from 'hono/html'
import type { Markup } from '../../console/page.ts'
import { token } from '../../sign-in/pages/fields.ts'
import type { Visit } from '../../sign-in/visit.ts'
import { textsFor } from './answer.ts'
import type { Choice } from './choices.ts'

/** So many are shown; where there are as many, there may be more. */
const most = 25

/** The page on which a user says with whose records an app is to work (SMART App Launch 2.2, launch/patient). */
export const patientPage = (visit: Visit, app: string, choices: readonly Choice[], name: string): Markup => {
  const texts = textsFor(visit)
  return html`<h1>${texts.choosePatient}</h1>
    <p class="lead">${texts.choosePatientLead(app)}</p>
    <form method="post" class="find" role="search">
      ${token(visit)}<input type="hidden" name="action" value="find" />
      <div class="field">
        <label for="name">${texts.name}</label>
        <input id="name" name="name" value="${name}" maxlength="100" autocomplete="off" />
      </div>
      <button type="submit" class="plain">${texts.find}</button>
    </form>
    ${choices.length === 0 ? html`<p role="status">${texts.noPatients}</p>` : chooser(visit, 'patient', choices)}
    ${choices.length >= most ? html`<p class="hint">${texts.more}</p>` : ''} ${turnDown(visit)}`
}

/** The page on which a user says which visit it is about (SMART App Launch 2.2, launch/encounter). */
export const encounterPage = (visit: Visit, app: string, choices: readonly Choice[]): Markup => {
  const texts = textsFor(visit)
  const none: Choice = { id: 'none', name: texts.noEncounter, detail: '' }
  return html`<h1>${texts.chooseEncounter}</h1>
    <p class="lead">${texts.chooseEncounterLead(app)}</p>
    ${chooser(visit, 'encounter', [...choices, none])} ${turnDown(visit)}`
}

const chooser = (visit: Visit, kind: 'patient' | 'encounter', choices: readonly Choice[]): Markup => {
  const texts = textsFor(visit)
  return html`<form method="post" class="card">
    ${token(visit)}<input type="hidden" name="action" value="${kind}" />
    <fieldset class="choices">
      <legend><strong>${kind === 'patient' ? texts.choosePatient : texts.chooseEncounter}</strong></legend>
      ${choices.map((choice, at) => radio(kind, choice, at === 0))}
    </fieldset>
    <button type="submit">${texts.choose}</button>
  </form>`
}

const radio = (kind: string, { id, name, detail }: Choice, first: boolean): Markup =>
  html`<label
    ><input type="radio" name="${kind}" value="${id}" required ${first ? 'checked' : ''} /><span
      >${name}<small>${detail}</small></span
    ></label
  >`

const turnDown = (visit: Visit): Markup =>
  html`<form method="post">
    ${token(visit)}<button type="submit" name="action" value="deny" class="plain">
      ${textsFor(visit).deny}
    </button>
  </form>`
