import { html } from 'hono/html'
import type { Markup } from '../../console/page.ts'
import { token } from '../../sign-in/pages/fields.ts'
import type { Visit } from '../../sign-in/visit.ts'
import { textsFor } from './answer.ts'
import type { Choice } from './choices.ts'

/** So many are shown; where there are as many, there may be more. */
const most = 25

/** What stands around a list to choose from. */
export interface Chooser {
  /** The field, and with that the action, of what is chosen. */
  readonly kind: 'app' | 'patient' | 'encounter'
  readonly legend: string
  readonly label: string
  readonly choices: readonly Choice[]
  /** Fields that go along. */
  readonly kept?: Markup
}

/** The page on which a user says with whose records an app is to work (SMART App Launch 2.2, launch/patient). */
export const patientPage = (visit: Visit, app: string, choices: readonly Choice[], name: string): Markup => {
  const texts = textsFor(visit)
  const around = { name, legend: texts.choosePatient, label: texts.choose }
  return html`<h1>${texts.choosePatient}</h1>
    <p class="lead">${texts.choosePatientLead(app)}</p>
    ${patientSearch(visit, choices, around)} ${turnDown(visit)}`
}

/** Patients to choose from, and a field to look for others. */
export const patientSearch = (
  visit: Visit,
  choices: readonly Choice[],
  around: Pick<Chooser, 'legend' | 'label' | 'kept'> & { readonly name: string },
): Markup => {
  const texts = textsFor(visit)
  return html`<form method="post" class="find" role="search">
      ${token(visit)}${around.kept ?? ''}<input type="hidden" name="action" value="find" />
      <div class="field">
        <label for="name">${texts.name}</label>
        <input id="name" name="name" value="${around.name}" maxlength="100" autocomplete="off" />
      </div>
      <button type="submit" class="plain">${texts.find}</button>
    </form>
    ${
      choices.length === 0
        ? html`<p role="status">${texts.noPatients}</p>`
        : chooser(visit, { ...around, kind: 'patient', choices })
    }
    ${choices.length >= most ? html`<p class="hint">${texts.more}</p>` : ''}`
}

/** The page on which a user says which visit it is about (SMART App Launch 2.2, launch/encounter). */
export const encounterPage = (visit: Visit, app: string, choices: readonly Choice[]): Markup => {
  const texts = textsFor(visit)
  const none: Choice = { id: 'none', name: texts.noEncounter, detail: '' }
  const shown = { legend: texts.chooseEncounter, label: texts.choose, choices: [...choices, none] }
  return html`<h1>${texts.chooseEncounter}</h1>
    <p class="lead">${texts.chooseEncounterLead(app)}</p>
    ${chooser(visit, { kind: 'encounter', ...shown })} ${turnDown(visit)}`
}

/** A form with a list to choose from. */
export const chooser = (visit: Visit, { kind, legend, label, choices, kept }: Chooser): Markup =>
  html`<form method="post" class="card">
    ${token(visit)}${kept ?? ''}<input type="hidden" name="action" value="${kind}" />
    ${choiceOf(kind, legend, choices)}
    <button type="submit">${label}</button>
  </form>`

/** The list alone; the first of it is chosen. */
export const choiceOf = (name: string, legend: string, choices: readonly Choice[]): Markup =>
  html`<fieldset class="choices">
    <legend><strong>${legend}</strong></legend>
    ${choices.map((choice, at) => radio(name, choice, at === 0))}
  </fieldset>`

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
