import { scryptAsync } from '@noble/hashes/scrypt.js'
import { base64url } from 'jose'
import { sameHash } from '../smart/secrets.ts'
import { common } from './common-passwords.ts'

/** scrypt's cost: of OWASP's equal choices the one that fits the memory of a Worker, 16 MiB (Password Storage Cheat Sheet). */
interface Cost {
  readonly ln: number
  readonly r: number
  readonly p: number
}

const current: Cost = { ln: 14, r: 8, p: 5 }

/** Nothing that a stored string names is run beyond this. */
const most = { ln: 20, r: 32, p: 16 }

const bytes = 32

/** NIST SP 800-63B-4, 3.1.1.2: a length, no rules of composition. */
export const shortest = 12
export const longestPassword = 256

/** As NIST SP 800-63B-4, 3.1.1.2 says: the same password however a keyboard composes it. */
const normal = (password: string): string => password.normalize('NFKC')

const derive = (password: string, salt: Uint8Array, { ln, r, p }: Cost): Promise<Uint8Array> =>
  scryptAsync(normal(password), salt, { N: 2 ** ln, r, p, dkLen: bytes, maxmem: 2 ** 31 })

const base64 = (own: Uint8Array): string => base64url.encode(own).replaceAll('-', '+').replaceAll('_', '/')

const phc = ({ ln, r, p }: Cost, salt: Uint8Array, hash: Uint8Array): string =>
  `$scrypt$ln=${ln},r=${r},p=${p}$${base64(salt)}$${base64(hash)}`

/** A password as it is stored: scrypt under a salt of its own, as a PHC string. */
export const hashPassword = async (password: string): Promise<string> => {
  const salt = crypto.getRandomValues(new Uint8Array(16))
  return phc(current, salt, await derive(password, salt, current))
}

/** Stands in where there is no password to compare with, so that it takes as long. No password gives it. */
const nobody = phc(current, new Uint8Array(16), new Uint8Array(bytes))

const read = (stored: string): { cost: Cost; salt: Uint8Array; hash: string } | undefined => {
  const [, ln, r, p, salt, hash] =
    /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]{1,86})\$([A-Za-z0-9+/]{43})$/.exec(
      stored,
    ) ?? []
  if (salt === undefined || hash === undefined) return undefined
  const cost = { ln: Number(ln), r: Number(r), p: Number(p) }
  if (cost.ln > most.ln || cost.r > most.r || cost.p > most.p) return undefined
  return { cost, salt: base64url.decode(salt.replaceAll('+', '-').replaceAll('/', '_')), hash }
}

/** Whether a password is the stored one. Without a stored one it is not, after the same work. */
export const isPassword = async (stored: string | undefined, given: string): Promise<boolean> => {
  const known = stored === undefined ? undefined : read(stored)
  const against = known ?? read(nobody)
  if (against === undefined) return false
  const derived = await derive(given.slice(0, longestPassword), against.salt, against.cost)
  return sameHash(base64(derived), against.hash) && known !== undefined
}

/** Whether a stored password was hashed at a lower cost than is due now. */
export const isOutdated = (stored: string): boolean => {
  const cost = read(stored)?.cost
  return cost === undefined || 2 ** cost.ln * cost.r * cost.p < 2 ** current.ln * current.r * current.p
}

export type PasswordFault = 'short' | 'long' | 'guessable'

/** What is wrong with a new password: its length, or that it is among the first that are guessed (NIST SP 800-63B-4, 3.1.1.2). */
export const passwordFault = (password: string, member: string): PasswordFault | undefined => {
  if (normal(password).length < shortest) return 'short'
  if (password.length > longestPassword) return 'long'
  return isGuessable(normal(password).toLowerCase(), member.toLowerCase()) ? 'guessable' : undefined
}

const isGuessable = (password: string, member: string): boolean => {
  const bare = password.replaceAll(/[^\p{L}\p{N}]/gu, '')
  const rest = bare.replaceAll(member.replaceAll(/[^\p{L}\p{N}]/gu, '') || ' ', '')
  return (
    new Set(password).size < 5 ||
    rest.length < 6 ||
    common.some((one) => isLittleMore(bare, one)) ||
    '01234567890123456789abcdefghijklmnopqrstuvwxyz'.includes(bare)
  )
}

/** A word with digits and a letter or two around it. */
const isLittleMore = (text: string, word: string): boolean =>
  text.includes(word) && text.replaceAll(word, '').replaceAll(/\d/g, '').length < 4
