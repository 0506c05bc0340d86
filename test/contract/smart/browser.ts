import type { Services } from '../../../src/services.ts'
import { startSession } from '../../../src/sign-in/session.ts'

/** What a browser shows: where it is, and what stands there. */
export interface Shown {
  readonly status: number
  readonly url: string
  readonly text: string
  readonly headers: Headers
}

/** A gateway to ask: the app itself, or one over HTTP. */
export interface Asked {
  request(url: string, init: RequestInit): Response | Promise<Response>
}

/** A browser without script: cookies, redirects within the gateway, forms. */
export interface Browser {
  readonly cookies: Map<string, string>
  open(url: string, init?: RequestInit): Promise<Shown>
  /** Sends the form of a page with what its user fills in, and follows. */
  submit(page: Shown, fields: Readonly<Record<string, string | readonly string[]>>): Promise<Shown>
  /** Signs in, past the page of sign-in. */
  signIn(member: string, methods?: readonly string[]): Promise<void>
}

/** A browser at a gateway. It stops where a redirect leads elsewhere, and shows that address. */
export const openBrowser = (app: Asked, services: Services): Browser => {
  const cookies = new Map<string, string>()
  const { origin } = new URL(services.settings.publicUrl)
  const keep = (lines: readonly string[]): void => {
    for (const line of lines) {
      const [pair = ''] = line.split(';')
      const at = pair.indexOf('=')
      if (/max-age=0/i.test(line)) cookies.delete(pair.slice(0, at))
      else cookies.set(pair.slice(0, at), pair.slice(at + 1))
    }
  }
  const cookie = (): string => [...cookies].map((pair) => pair.join('=')).join('; ')
  const open = async (url: string, init: RequestInit = {}): Promise<Shown> => {
    const headers = new Headers(init.headers)
    headers.set('cookie', cookie())
    const answer = await app.request(url, { ...init, headers })
    keep(answer.headers.getSetCookie())
    const location = answer.headers.get('location')
    const shown = { status: answer.status, url, text: await answer.text(), headers: answer.headers }
    if (location === null) return shown
    const next = new URL(location, url).href
    const { pathname } = new URL(next)
    return new URL(next).origin === origin && pathname.startsWith('/oauth/')
      ? open(next)
      : { ...shown, url: location }
  }
  return {
    cookies,
    open,
    submit: (page, fields) => {
      const token = /name="token" value="([^"]+)"/.exec(page.text)?.[1] ?? ''
      const about = /name="about" value="([^"]*)"/.exec(page.text)?.[1]
      const form = new URLSearchParams({
        token,
        ...(about === undefined || 'about' in fields ? {} : { about }),
      })
      for (const [name, value] of Object.entries(fields))
        for (const one of typeof value === 'string' ? [value] : value) form.append(name, one)
      return open(page.url, { method: 'POST', body: form, headers: { origin } })
    },
    signIn: async (member, methods = ['pwd', 'otp']) => {
      const request = new Request(origin, { headers: { cookie: cookie() } })
      keep(await startSession(services, request, member, methods))
    },
  }
}
