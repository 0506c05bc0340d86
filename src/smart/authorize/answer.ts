import { html } from 'hono/html'
import { type Markup, page } from '../../console/page.ts'
import { languages } from '../../sign-in/language.ts'
import { frame } from '../../sign-in/pages/frame.ts'
import { style } from '../../sign-in/pages/style.ts'
import type { Visit } from '../../sign-in/visit.ts'
import { en } from './texts-en.ts'
import { es } from './texts-es.ts'
import type { AuthorizeTexts } from './texts-en.ts'
import { ownStyle } from './style.ts'

const all = { en, es } satisfies Record<(typeof languages)[number], AuthorizeTexts>

/** What these pages say in the language of a visit. */
export const textsFor = ({ language }: Pick<Visit, 'language'>): AuthorizeTexts => all[language]

/** Nothing from elsewhere, in no frame, no script. A browser that a form sends on to the app must be let go there. */
const policy = (target: string | undefined): string =>
  [
    "default-src 'none'",
    "style-src 'unsafe-inline'",
    "base-uri 'none'",
    `form-action 'self'${target === undefined ? '' : ` ${target}`}`,
    "frame-ancestors 'none'",
  ].join('; ')

/** Where a redirect leads, as a Content-Security-Policy names it: an origin, or a scheme of an app's own. */
export const targetOf = (redirect: string): string => {
  const { protocol, origin } = new URL(redirect)
  return protocol === 'http:' || protocol === 'https:' ? origin : protocol
}

const headersOf = (visit: Visit, more: Readonly<Record<string, string>>): Headers => {
  const headers = new Headers({
    'cache-control': 'no-store',
    pragma: 'no-cache',
    'referrer-policy': 'same-origin',
    'x-content-type-options': 'nosniff',
    ...more,
  })
  for (const cookie of visit.cookies) headers.append('set-cookie', cookie)
  return headers
}

/** A page of authorization. `redirect` is where its form leads in the end. */
export const answerPage = (
  visit: Visit,
  shown: {
    readonly title: string
    readonly body: Markup
    readonly status?: number
    readonly redirect?: string
  },
): Response => {
  const text = page({
    title: `${shown.title} – Sluice`,
    style: `${style}${ownStyle}`,
    language: visit.language,
    referrer: 'same-origin',
    body: frame(visit, shown.body, visit.url.pathname),
  })
  return new Response(text, {
    status: shown.status ?? 200,
    headers: headersOf(visit, {
      'content-type': 'text/html; charset=utf-8',
      'content-language': visit.language,
      'content-security-policy': policy(shown.redirect === undefined ? undefined : targetOf(shown.redirect)),
    }),
  })
}

/** Says on a page what cannot be said to the app, since nobody knows whether it is the one it says it is. */
export const answerFault = (visit: Visit, fault: keyof AuthorizeTexts['faults']): Response => {
  const texts = textsFor(visit)
  const body = html`<h1>${texts.faultTitle}</h1>
    <p class="fault">${texts.faults[fault]}</p>`
  return answerPage(visit, { title: texts.faultTitle, body, status: fault === 'busy' ? 429 : 400 })
}

/** Sends the browser on by GET, whatever it came by: never with what a form held (RFC 9700 section 4.12). */
export const sendOn = (visit: Visit, location: string): Response =>
  new Response(null, { status: 303, headers: headersOf(visit, { location }) })
