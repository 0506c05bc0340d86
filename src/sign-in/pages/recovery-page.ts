import { html } from 'hono/html'
import type { Markup } from '../../console/page.ts'
import { linkTo, paths } from '../addresses.ts'
import type { Visit } from '../visit.ts'

/** The recovery codes, the only time that they are shown. */
export const recoveryPage = ({ texts, services }: Visit, codes: readonly string[]): Markup =>
  html`<h1>${texts.recovery}</h1>
    <p class="lead">${texts.recoveryLead}</p>
    <div class="card">
      <ol class="codes">
        ${codes.map((code) => html`<li><code>${code}</code></li>`)}
      </ol>
      <a class="button" href="${linkTo(services.settings.publicUrl, paths.account)}">${texts.recoveryDone}</a>
    </div>`
