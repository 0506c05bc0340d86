import { html } from 'hono/html'
import type { Markup } from '../../console/page.ts'
import { linkTo } from '../addresses.ts'
import type { Visit } from '../visit.ts'
import { token } from './fields.ts'

/** A form that the script of passkeys fills in. */
export interface PasskeyForm {
  readonly use: 'get' | 'create'
  /** Where the answer goes. */
  readonly action: string
  /** Where the options come from. */
  readonly options: string
  readonly label: string
  readonly more?: Markup
  readonly plain?: boolean
}

/** Without the script, or where the browser has no passkeys, it stays hidden and `unsupported` says why. */
export const passkeyForm = (visit: Visit, form: PasskeyForm): Markup => {
  const { publicUrl } = visit.services.settings
  return html`<form
    method="post"
    action="${form.action}"
    data-passkey="${form.use}"
    data-options="${linkTo(publicUrl, form.options)}"
    hidden
  >
    ${token(visit)}
    <input type="hidden" name="credential" value="" />
    ${form.more ?? ''}
    <p class="fault" role="alert" hidden data-fault>${visit.texts.passkeyFailed}</p>
    <button type="submit" class="${form.plain === true ? 'wide plain' : 'wide'}">${form.label}</button>
  </form>`
}
