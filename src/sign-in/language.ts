import type { Services } from '../services.ts'
import { readCookie } from './cookies.ts'

/** The languages that the pages of sign-in speak, the first where nobody asks for one. */
export const languages = ['en', 'es'] as const

export type Language = (typeof languages)[number]

/** The language of a text of language tags, best first (RFC 4647 lookup): the first that is spoken here. */
const spoken = (tags: readonly string[]): Language | undefined => {
  for (const tag of tags) {
    const primary = tag.toLowerCase().split('-')[0]
    const known = languages.find((one) => one === primary)
    if (known !== undefined) return known
  }
  return undefined
}

/** Accept-Language, best first (RFC 9110 section 12.5.4). */
const accepted = (header: string): string[] =>
  header
    .split(',')
    .map((part) => {
      const [tag = '', ...parameters] = part.split(';').map((one) => one.trim())
      const q = parameters.find((one) => one.startsWith('q='))?.slice(2)
      return { tag, q: q === undefined ? 1 : Number(q) }
    })
    .filter(({ tag, q }) => tag !== '' && q > 0)
    .toSorted((one, other) => other.q - one.q)
    .map(({ tag }) => tag)

/** `ui_locales` (OpenID Connect Core 3.1.2.1), of the page itself or of where it leads. */
const askedIn = (url: URL): string[] => {
  const next = URL.parse(url.searchParams.get('next') ?? '', url)
  return [url.searchParams.get('ui_locales'), next?.searchParams.get('ui_locales')].flatMap(
    (own) => own?.split(' ') ?? [],
  )
}

/** The language of this request: what the link asks for, what was chosen before, what the browser prefers. */
export const languageOf = (services: Pick<Services, 'settings'>, request: Request): Language =>
  spoken(askedIn(new URL(request.url))) ??
  spoken([readCookie(services, request, 'language') ?? '']) ??
  spoken(accepted(request.headers.get('accept-language') ?? '')) ??
  languages[0]
