import { html } from 'hono/html'
import type { Markup } from '../../console/page.ts'
import type { Visit } from '../visit.ts'

/** One labelled input. */
export interface Field {
  readonly name: string
  readonly label: string
  readonly type?: 'text' | 'password'
  readonly autocomplete: string
  readonly value?: string
  readonly hint?: string
  /** The id of the text that says what is wrong with it. */
  readonly fault?: string | undefined
  readonly numeric?: boolean
  readonly optional?: boolean
  readonly longest?: number
  /** Where the page has more than one of this name. */
  readonly id?: string
}

/** A field with its label, its hint and what is wrong with it (WCAG 2.2, 1.3.1, 1.3.5, 3.3.1, 3.3.2). */
export const field = (given: Field): Markup => {
  const {
    name,
    label,
    type = 'text',
    autocomplete,
    value = '',
    hint,
    fault,
    numeric,
    optional,
    longest,
  } = given
  const id = given.id ?? name
  const described = [...(hint === undefined ? [] : [`${id}-hint`]), ...(fault === undefined ? [] : [fault])]
  return html`<div class="field">
    <label for="${id}">${label}</label>
    ${hint === undefined ? '' : html`<p class="hint" id="${id}-hint">${hint}</p>`}
    <input
      id="${id}"
      name="${name}"
      type="${type}"
      class="${numeric === true ? 'code' : ''}"
      value="${value}"
      autocomplete="${autocomplete}"
      maxlength="${longest ?? 256}"
      autocapitalize="none"
      spellcheck="false"
      ${optional === true ? '' : html`required`}
      ${described.length === 0 ? '' : html`aria-describedby="${described.join(' ')}"`}
      ${fault === undefined ? '' : html`aria-invalid="true" autofocus`}
    />
  </div>`
}

/** What went wrong, said at once by screen readers. */
export const alert = (text: string | undefined, id = 'fault'): Markup | '' =>
  text === undefined ? '' : html`<p class="fault" id="${id}" role="alert">${text}</p>`

/** What ties a form to this browser. */
export const token = (visit: Visit): Markup =>
  html`<input type="hidden" name="token" value="${visit.token}" />`

/** A date and time as the reader's language writes it, in UTC: where the reader is, nobody knows here. */
export const moment = (visit: Visit, date: Date): Markup => {
  const at = new Date(date)
  const text = new Intl.DateTimeFormat(visit.language, {
    dateStyle: 'medium',
    timeStyle: 'short',
    timeZone: 'UTC',
  }).format(at)
  return html`<time datetime="${at.toISOString()}">${text} UTC</time>`
}

/** The same as text alone. */
export const day = (visit: Visit, date: Date): string =>
  new Intl.DateTimeFormat(visit.language, { dateStyle: 'medium', timeZone: 'UTC' }).format(new Date(date))
