import * as z from 'zod'
import { readBounded } from './bounded.ts'

const jwk = z
  .looseObject({
    kty: z.string(),
    kid: z.string().min(1).optional(),
    use: z.string().optional(),
    alg: z.string().optional(),
    crv: z.string().optional(),
  })
  .refine((key) => !('d' in key) && !('k' in key), 'must be a public key')

/** A JSON Web Key Set of public keys (RFC 7517). */
export const jwks = z.object({ keys: z.array(jwk).min(1).max(100) })

export type Jwks = z.output<typeof jwks>
export type Jwk = Jwks['keys'][number]

/** The key types of the signature algorithms that assertions may have (SMART App Launch 2.2, asymmetric clients). */
export const keyTypes = { ES384: 'EC', RS384: 'RSA' } as const

export type Algorithm = keyof typeof keyTypes

/** Whether assertions can be signed with the private half of this key. */
export const isUsable = ({ kid, kty, crv }: Jwk): boolean =>
  kid !== undefined && (kty === 'RSA' || (kty === 'EC' && crv === 'P-384'))

/** The one key with this kid and the algorithm's type; undefined where there is none or more than one. */
export const keyFor = ({ keys }: Jwks, kid: string, algorithm: Algorithm): Jwk | undefined => {
  const fitting = keys.filter((key) => key.kid === kid && key.kty === keyTypes[algorithm])
  const [key] = fitting
  if (key === undefined || fitting.length > 1) return undefined
  const forSignatures = (key.use ?? 'sig') === 'sig' && (key.alg ?? algorithm) === algorithm
  return forSignatures ? key : undefined
}

/** Fetches from the network; a test hands in another. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>

const limit = 64 * 1024
const patience = 5000

/**
 * The key set behind a client's registered address, undefined where there is none to be had. Https to public names
 * only, without redirects, 5 seconds, 64 kB (RFC 9700 section 4.16, server-side request forgery).
 */
export const fetchJwks = async (
  url: string,
  request: Fetch = (address, init) => fetch(address, init),
): Promise<Jwks | undefined> => {
  if (!isPublicAddress(url)) return undefined
  try {
    const answer = await request(url, {
      headers: { accept: 'application/jwk-set+json, application/json' },
      redirect: 'manual',
      signal: AbortSignal.timeout(patience),
    })
    if (answer.status !== 200) return undefined
    const text = await readBounded(answer.body, limit)
    return text === undefined ? undefined : jwks.safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}

const inner =
  /(?:^|\.)(?:localhost|local|localdomain|internal|intranet|private|corp|home|lan|test|invalid|onion|home\.arpa)$/

/** Whether an address is https at a public name. Addresses of numbers are none: a key set has a name. */
export const isPublicAddress = (url: string): boolean => {
  if (!URL.canParse(url)) return false
  const { protocol, hostname, username, password } = new URL(url)
  const name = hostname.toLowerCase().replace(/\.$/, '')
  const numeric = name.startsWith('[') || /(?:^|\.)\d+$/.test(name)
  return (
    protocol === 'https:' &&
    username === '' &&
    password === '' &&
    name.includes('.') &&
    !numeric &&
    !inner.test(name)
  )
}
