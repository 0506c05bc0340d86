import { parse, serialize } from 'hono/utils/cookie'
import type { Services } from '../services.ts'

type Cookie = 'session' | 'begin' | 'language'

type Where = Pick<Services, 'settings'>

const isSecure = ({ settings }: Where): boolean => settings.publicUrl.startsWith('https:')

/** With https the name says that no other host may have set it (RFC 6265bis 4.1.3.2). */
const nameOf = (where: Where, cookie: Cookie): string => `${isSecure(where) ? '__Host-' : ''}sluice_${cookie}`

/** The value of a cookie of ours. */
export const readCookie = (where: Where, request: Request, cookie: Cookie): string | undefined => {
  const name = nameOf(where, cookie)
  return parse(request.headers.get('cookie') ?? '', name)[name]
}

/** A `Set-Cookie` that lasts as long as the browser runs, or `seconds`; 0 takes it away. */
export const setCookie = (where: Where, cookie: Cookie, value: string, seconds?: number): string =>
  serialize(nameOf(where, cookie), value, {
    path: '/',
    httpOnly: true,
    sameSite: 'Lax',
    secure: isSecure(where),
    ...(seconds === undefined ? {} : { maxAge: seconds }),
  })
