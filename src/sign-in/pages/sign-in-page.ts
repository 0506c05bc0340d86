import { html } from 'hono/html'
import type { Markup } from '../../console/page.ts'
import type { DemoUser } from '../../demo/types.ts'
import { linkTo, paths } from '../addresses.ts'
import type { Visit } from '../visit.ts'
import { alert, field, token } from './fields.ts'
import { passkeyForm } from './passkey-form.ts'

export interface SignInPage {
  readonly next: string
  readonly fresh: boolean
  readonly user?: string
  readonly fault?: string | undefined
  /** Whether there is an external provider. */
  readonly external: boolean
  /** Who can sign in, where the gateway holds the demo county. */
  readonly demo?: { readonly users: readonly DemoUser[]; readonly password: string } | undefined
}

/** The page where a user signs in. */
export const signInPage = (visit: Visit, shown: SignInPage): Markup => {
  const { texts } = visit
  return html`<h1>${texts.signIn}</h1>
    <p class="lead">${texts.signInLead}</p>
    ${alert(shown.fault)}
    <div class="card">${passwordForm(visit, shown)} ${others(visit, shown)}</div>
    <p class="hint">${texts.showHelp}</p>
    ${shown.demo === undefined ? '' : demo(visit, shown.demo)}`
}

const queryOf = ({ next, fresh }: SignInPage): Record<string, string> => ({
  next,
  ...(fresh ? { fresh: '1' } : {}),
})

const passwordForm = (visit: Visit, shown: SignInPage): Markup => {
  const { texts, services } = visit
  const fault = shown.fault === undefined ? undefined : 'fault'
  return html`<form
    method="post"
    action="${linkTo(services.settings.publicUrl, paths.signIn, queryOf(shown))}"
  >
    ${token(visit)}
    ${field({ name: 'user', label: texts.user, autocomplete: 'username webauthn', value: shown.user ?? '', fault })}
    ${field({ name: 'password', label: texts.password, type: 'password', autocomplete: 'current-password' })}
    <button type="submit" class="wide">${texts.signIn}</button>
  </form>`
}

const others = (visit: Visit, shown: SignInPage): Markup => {
  const { texts, services } = visit
  const link = (path: string): string => linkTo(services.settings.publicUrl, path, queryOf(shown))
  return html`<p class="or">${texts.or}</p>
    <div class="stack">
      ${passkeyForm(visit, {
        use: 'get',
        action: link(paths.passkey),
        options: paths.passkeyOptions,
        label: texts.withPasskey,
        plain: true,
      })}
      <p class="hint" data-unsupported>${texts.passkeyUnsupported}</p>
      ${shown.external ? html`<a class="button plain wide" href="${link(paths.external)}">${texts.withExternal}</a>` : ''}
    </div>`
}

const demo = ({ texts }: Visit, { users, password }: NonNullable<SignInPage['demo']>): Markup =>
  html`<section class="card" aria-label="Demo">
    <p>${texts.demo}</p>
    <ul class="people">
      ${users.map(({ id, about }) => html`<li><code>${id}</code> <small lang="en">${about}</small></li>`)}
    </ul>
    <p>${texts.demoPassword} <code class="given">${password}</code></p>
  </section>`
