import { html } from 'hono/html'
import { type Markup, page } from '../console/page.ts'
import { linkTo, paths } from './addresses.ts'
import { frame } from './pages/frame.ts'
import { style } from './pages/style.ts'
import type { Visit } from './visit.ts'

/** What a page of sign-in shows. */
export interface Shown {
  readonly title: string
  readonly body: Markup
  readonly status?: number
  /** Something on it went wrong; its title says so first. */
  readonly fault?: boolean
  /** It has forms of passkeys, which need the one script that there is. */
  readonly script?: boolean
  /** The path at which the page is found again, where that is not the request's own. */
  readonly self?: string
  /** Where its forms may lead in the end, beside this gateway: an origin, or a scheme with its colon. */
  readonly leadsTo?: string
  /** A path of this gateway where it goes on by itself. */
  readonly onward?: string
}

/** Nothing from elsewhere, in no frame, no script but the one of passkeys where the page needs it. */
const policyOf = (
  { services: { settings } }: Visit,
  { script = false, leadsTo = '' }: Pick<Shown, 'script' | 'leadsTo'>,
): string =>
  [
    "default-src 'none'",
    "style-src 'unsafe-inline'",
    ...(script
      ? [
          `script-src ${settings.publicUrl}${paths.passkeyScript}`,
          "connect-src 'self'",
          "require-trusted-types-for 'script'",
        ]
      : []),
    "base-uri 'none'",
    `form-action 'self'${/^[a-z][a-z0-9+.-]*:(?:\/\/[a-z0-9.:[\]-]+)?$/i.test(leadsTo) ? ` ${leadsTo}` : ''}`,
    "frame-ancestors 'none'",
  ].join('; ')

const headersOf = (visit: Visit, more: Readonly<Record<string, string>>): Headers => {
  const headers = new Headers({
    'cache-control': 'no-store',
    'referrer-policy': 'same-origin',
    'x-content-type-options': 'nosniff',
    ...more,
  })
  for (const cookie of visit.cookies) headers.append('set-cookie', cookie)
  return headers
}

/** A page. */
export const answerPage = (visit: Visit, shown: Shown): Response => {
  const { title, body, status = 200, fault = false, script = false, self, onward } = shown
  const { settings } = visit.services
  const text = page({
    title: `${fault ? `${visit.texts.error}: ` : ''}${title} – Sluice`,
    style,
    language: visit.language,
    referrer: 'same-origin',
    head: headOf(settings.publicUrl, script, onward),
    body: frame(visit, body, self ?? visit.url.pathname),
  })
  return new Response(text, {
    status,
    headers: headersOf(visit, {
      'content-type': 'text/html; charset=utf-8',
      'content-language': visit.language,
      'content-security-policy': policyOf(visit, shown),
    }),
  })
}

const headOf = (publicUrl: string, script: boolean, onward: string | undefined): Markup =>
  html`${script ? html`<script src="${linkTo(publicUrl, paths.passkeyScript)}" defer></script>` : ''}
  ${onward === undefined ? '' : html`<meta http-equiv="refresh" content="0;url=${linkTo(publicUrl, onward)}" />`}`

/** Sends the browser on to a path of this gateway, by GET. */
export const redirect = (
  visit: Visit,
  path: string,
  query: Readonly<Record<string, string>> = {},
): Response => {
  const { publicUrl } = visit.services.settings
  const search = new URLSearchParams(query).toString()
  const location = `${publicUrl}${path}${search === '' ? '' : `?${search}`}`
  return new Response(null, { status: 303, headers: headersOf(visit, { location }) })
}

/** Sends the browser to another place by GET. */
export const leave = (visit: Visit, url: URL): Response =>
  new Response(null, { status: 303, headers: headersOf(visit, { location: url.href }) })

/** What a script asked for. */
export const answerJson = (visit: Visit, body: object): Response =>
  new Response(JSON.stringify(body), { headers: headersOf(visit, { 'content-type': 'application/json' }) })
