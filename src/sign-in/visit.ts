import type { Context } from 'hono'
import type { Services } from '../services.ts'
import { randomSecret, sameHash } from '../smart/secrets.ts'
import { readBounded } from '../smart/bounded.ts'
import { addressOf } from './address-of.ts'
import { localPath, home } from './addresses.ts'
import { readCookie, setCookie } from './cookies.ts'
import { type Language, languageOf } from './language.ts'
import { findSession, type Session } from './session.ts'
import type { Texts } from './texts/en.ts'
import { textsOf } from './texts/texts.ts'

/** One request of a browser: who is there, in which language, and what ties its forms to it. */
export interface Visit {
  readonly services: Services
  readonly request: Request
  readonly url: URL
  /** Where it comes from, as far as that is known; for limits alone. */
  readonly address: string
  readonly id: string
  readonly language: Language
  readonly texts: Texts
  /** Secret of the cookie that a browser has before anybody is signed in. */
  readonly begin: string
  /** What a form of this browser must bring along. */
  readonly token: string
  readonly session: Session | undefined
  /** `Set-Cookie` lines of the answer. */
  readonly cookies: string[]
}

/** Why a page is not shown or a form is not taken. */
export class PageFault extends Error {
  readonly status: 403 | 404 | 413 | 429
  constructor(status: PageFault['status']) {
    super(`a page that is not shown: ${status}`)
    this.status = status
  }
}

/** What is known of a request before anything is done. */
export const visitOf = async (services: Services, context: Context): Promise<Visit> => {
  const request = context.req.raw
  const url = new URL(request.url)
  const cookies: string[] = []
  const begin = readCookie(services, request, 'begin') ?? randomSecret()
  if (readCookie(services, request, 'begin') === undefined) cookies.push(setCookie(services, 'begin', begin))
  const language = languageOf(services, request)
  if (url.searchParams.has('ui_locales')) cookies.push(setCookie(services, 'language', language, 31_536_000))
  const held = readCookie(services, request, 'session') ?? begin
  return {
    services,
    request,
    url,
    address: addressOf(services.settings, context),
    id: services.ids.request(),
    language,
    texts: textsOf(language),
    begin,
    token: await services.digest(`form ${held}`),
    session: await findSession(services, request),
    cookies,
  }
}

const limit = 64 * 1024

/**
 * The fields of a form that this gateway's own page sent: Origin, and a token that only a page shown in this browser has.
 * Everything else is a PageFault.
 */
export const readForm = async ({ services, request, token }: Visit): Promise<URLSearchParams> => {
  if (request.headers.get('origin') !== new URL(services.settings.publicUrl).origin) throw new PageFault(403)
  const site = request.headers.get('sec-fetch-site')
  if (site !== null && site !== 'same-origin') throw new PageFault(403)
  const [type] = (request.headers.get('content-type') ?? '').split(';')
  if (type?.trim().toLowerCase() !== 'application/x-www-form-urlencoded') throw new PageFault(403)
  const text = await readBounded(request.body, limit)
  if (text === undefined) throw new PageFault(413)
  const form = new URLSearchParams(text)
  if (!sameHash(form.get('token') ?? '', token)) throw new PageFault(403)
  if (text.includes('%00') || text.includes('\0')) throw new PageFault(403)
  return form
}

/** Where it goes from here: a path of this gateway, whatever was sent. */
export const nextOf = (given: URLSearchParams): string => localPath(given.get('next') ?? '') ?? home
