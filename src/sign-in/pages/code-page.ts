import { html } from 'hono/html'
import type { Markup } from '../../console/page.ts'
import { linkTo, paths } from '../addresses.ts'
import type { Visit } from '../visit.ts'
import { alert, field, token } from './fields.ts'

/** The page that asks for the second factor. */
export const codePage = (visit: Visit, next: string, fault?: string): Markup => {
  const { texts, services } = visit
  const { publicUrl } = services.settings
  return html`<h1>${texts.code}</h1>
    <p class="lead">${texts.codeLead}</p>
    ${alert(fault)}
    <form class="card" method="post" action="${linkTo(publicUrl, paths.code, { next })}">
      ${token(visit)}
      ${field({
        name: 'code',
        label: texts.codeField,
        autocomplete: 'one-time-code',
        numeric: true,
        longest: 32,
        fault: fault === undefined ? undefined : 'fault',
      })}
      <button type="submit">${texts.verify}</button>
    </form>
    <p><a href="${linkTo(publicUrl, paths.signIn, { next })}">${texts.back}</a></p>`
}
