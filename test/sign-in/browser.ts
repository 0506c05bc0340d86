import { publicUrl } from '../contract/settle-town.ts'

/** What came back, read far enough to go on from it. */
export interface Page {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** Path and query where a redirect leads. */
  readonly to: string | undefined
  /** What its forms must bring along. */
  readonly token: string
}

export interface Way {
  readonly headers?: Readonly<Record<string, string>>
  readonly env?: object
}

/** Whatever answers requests: the app, or the app in another runtime. */
export interface Answering {
  request(url: string, init: RequestInit, env?: object): Response | Promise<Response>
}

/** A browser without a script: it keeps cookies, and sends the forms that it is shown. */
export const openBrowser = (app: Answering, base = publicUrl) => {
  const cookies = new Map<string, string>()
  let token = ''
  const send = async (
    method: string,
    path: string,
    body?: string,
    { headers = {}, env }: Way = {},
  ): Promise<Page> => {
    const response = await app.request(
      `${base}${path}`,
      {
        method,
        headers: {
          ...(cookies.size === 0
            ? {}
            : { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') }),
          ...(body === undefined
            ? {}
            : { 'content-type': 'application/x-www-form-urlencoded', origin: base }),
          ...headers,
        },
        ...(body === undefined ? {} : { body }),
      },
      env,
    )
    for (const line of response.headers.getSetCookie()) keep(cookies, line)
    const text = await response.text()
    token = /name="token" value="([^"]*)"/.exec(text)?.[1] ?? token
    const location = response.headers.get('location')
    const to = location?.startsWith(base) === true ? location.slice(base.length) : (location ?? undefined)
    return { status: response.status, headers: response.headers, text, to, token }
  }
  return {
    cookies,
    get: (path: string, way?: Way) => send('GET', path, undefined, way),
    /** Sends a form as the page that was shown last would. */
    post: (path: string, form: Readonly<Record<string, string>>, way?: Way) =>
      send('POST', path, new URLSearchParams({ token, ...form }).toString(), way),
  }
}

export type Browser = ReturnType<typeof openBrowser>

const keep = (cookies: Map<string, string>, line: string): void => {
  const [pair = '', ...rest] = line.split('; ')
  const [name = '', value = ''] = pair.split('=')
  if (rest.includes('Max-Age=0')) cookies.delete(name)
  else cookies.set(name, value)
}
