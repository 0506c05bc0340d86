import { html } from 'hono/html'
import type { Markup } from '../../console/page.ts'
import { linkTo, paths } from '../addresses.ts'
import type { Visit } from '../visit.ts'
import { alert, token } from './fields.ts'
import { totpFields } from './totp-fields.ts'

/** The page that sets up an authenticator app. */
export const authenticatorPage = (visit: Visit, member: string, secret: string, fault?: string): Markup => {
  const { texts, services } = visit
  const { publicUrl } = services.settings
  return html`<h1>${texts.authenticatorNew}</h1>
    <p class="lead">${texts.authenticatorLead}</p>
    ${alert(fault)}
    <form class="card" method="post" action="${linkTo(publicUrl, paths.authenticator)}">
      ${token(visit)} ${totpFields(visit, secret, member, fault === undefined ? undefined : 'fault')}
      <button type="submit">${texts.save}</button>
    </form>
    <p><a href="${linkTo(publicUrl, paths.account)}">${texts.back}</a></p>`
}
