import { html } from 'hono/html'
import type { Markup } from '../../console/page.ts'
import { linkTo, paths } from '../addresses.ts'
import type { Visit } from '../visit.ts'
import { alert, token } from './fields.ts'
import { passkeyForm } from './passkey-form.ts'
import { newPasswordFields } from './password-fields.ts'
import { totpFields } from './totp-fields.ts'

export interface EnrollPage {
  readonly ticket: string
  readonly member: string
  readonly secret: string
  readonly fault?: { readonly at: 'password' | 'code' | 'passkey'; readonly text: string } | undefined
}

/** The page behind an enrollment link. */
export const enrollPage = (visit: Visit, { ticket, member, secret, fault }: EnrollPage): Markup => {
  const { texts, services } = visit
  const path = `${paths.enroll}/${ticket}`
  const action = linkTo(services.settings.publicUrl, path)
  const at = (place: string) => (fault?.at === place ? 'fault' : undefined)
  return html`<h1>${texts.enroll}</h1>
    <p class="lead">${texts.enrollLead(member)}</p>
    ${alert(fault?.text)}
    <section class="card" aria-labelledby="by-passkey">
      <h2 id="by-passkey">${texts.enrollPasskey}</h2>
      <p>${texts.enrollPasskeyLead}</p>
      ${passkeyForm(visit, {
        use: 'create',
        action: `${action}/passkey`,
        options: `${path}/passkey/options`,
        label: texts.createPasskey,
      })}
      <p class="hint" data-unsupported>${texts.passkeyUnsupported}</p>
    </section>
    <section class="card" aria-labelledby="by-password">
      <h2 id="by-password">${texts.enrollPasswordAndCode}</h2>
      <form method="post" action="${action}">
        ${token(visit)} ${newPasswordFields(visit, member, at('password'))}
        ${totpFields(visit, secret, member, at('code'))}
        <button type="submit" class="wide">${texts.save}</button>
      </form>
    </section>`
}
