import { html, raw } from 'hono/html'
import encodeQR from 'qr'
import type { Markup } from '../../console/page.ts'
import { totpUri } from '../totp.ts'
import type { Visit } from '../visit.ts'
import { field } from './fields.ts'

/** What an authenticator app needs to know, as a picture and as text, and a field for the code that proves it. */
export const totpFields = ({ texts }: Visit, secret: string, member: string, fault?: string): Markup =>
  html`<p><strong>${texts.scan}</strong></p>
    <div class="qr" role="img" aria-label="${texts.scanAlt}">
      ${raw(encodeQR(totpUri(secret, member), 'svg', { ecc: 'medium', border: 2 }))}
    </div>
    <p>${texts.scanOr} <code class="secret">${secret.replaceAll(/(.{4})(?=.)/g, '$1 ')}</code></p>
    ${field({ name: 'code', label: texts.firstCode, autocomplete: 'one-time-code', numeric: true, longest: 16, fault })}`
