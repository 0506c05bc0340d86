import { html } from 'hono/html'
import type { Markup } from '../../console/page.ts'
import { linkTo } from '../addresses.ts'
import { languages } from '../language.ts'
import type { Visit } from '../visit.ts'

/** What stands around every page of sign-in: the name, and a link to the other language that leads to the same place. */
export const frame = (visit: Visit, body: Markup, self: string): Markup => {
  const { publicUrl } = visit.services.settings
  const other = languages.find((one) => one !== visit.language) ?? visit.language
  const query = new URLSearchParams(visit.url.searchParams)
  query.set('ui_locales', other)
  return html`<header>
      <a class="name" href="${linkTo(publicUrl, '/')}">Sluice</a>
      <a href="${`${linkTo(publicUrl, self)}?${query.toString()}`}" hreflang="${other}" lang="${other}"
        >${visit.texts.otherLanguage}</a
      >
    </header>
    <main>${body}</main>
    <footer></footer>`
}
