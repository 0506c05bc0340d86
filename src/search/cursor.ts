import type { CryptoKey } from 'jose'
import { invalid } from '../problem.ts'

/**
 * Places in a paged answer, sealed: a cursor holds the sort values of the last entry, which may tell of a patient, so
 * nobody but the gateway can read it, and it opens only for the caller and the query that it was made for.
 */
export interface Cursors {
  /** Seals a place; `bound` names the caller and the query. */
  seal(place: Place, bound: string): Promise<string>
  /** Opens a cursor; refuses what this gateway did not make, or made for somebody or something else. */
  open(cursor: string, bound: string): Promise<Place>
}

/** The values by which the last entry of a page stands in its order; null where it has none. */
export type Place = readonly (string | number | boolean | null)[]

const algorithm = 'AES-GCM'
const nonceBytes = 12

/** Cursors under a key of 32 bytes, which every process of an installation shares. The key is read when first needed. */
export const sealedCursors = (readKey: () => Promise<Uint8Array<ArrayBuffer>>): Cursors => {
  let known: Promise<CryptoKey> | undefined
  const key = (): Promise<CryptoKey> =>
    (known ??= readKey().then((bytes) =>
      crypto.subtle.importKey('raw', bytes, algorithm, false, ['encrypt', 'decrypt']),
    ))
  const options = (iv: Uint8Array<ArrayBuffer>, bound: string) => ({
    name: algorithm,
    iv,
    additionalData: new TextEncoder().encode(bound),
  })
  return {
    seal: async (place, bound) => {
      const iv = crypto.getRandomValues(new Uint8Array(nonceBytes))
      const text = new TextEncoder().encode(JSON.stringify(place))
      const sealed = new Uint8Array(await crypto.subtle.encrypt(options(iv, bound), await key(), text))
      return base64url([...iv, ...sealed])
    },
    open: async (cursor, bound) => {
      try {
        const bytes = fromBase64url(cursor)
        const iv = bytes.slice(0, nonceBytes)
        const text = await crypto.subtle.decrypt(options(iv, bound), await key(), bytes.slice(nonceBytes))
        return JSON.parse(new TextDecoder().decode(text)) as Place
      } catch {
        return invalid(
          '`_cursor` was not given out by this server for this search and this caller; start again without it',
          '_cursor',
          'value',
        )
      }
    },
  }
}

const base64url = (bytes: readonly number[]): string =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')

const fromBase64url = (text: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (character) =>
    character.charCodeAt(0),
  )
