import { invalid } from '../problem.ts'

/**
 * Places in a paged answer, sealed: a cursor holds the sort values of the last entry, which may tell of a patient, so
 * nobody but the gateway can read it, and it opens only for the caller and the query that it was made for.
 */
export interface Cursors {
  /** Has the key at hand from then on: while a transaction is open, an embedded database answers nobody else. */
  ready(): Promise<void>
  /** Seals a place; `bound` names the caller and the query. */
  seal(place: Place, bound: string): Promise<string>
  /** Opens a cursor; refuses what this gateway did not make, or made for somebody or something else. */
  open(cursor: string, bound: string): Promise<Place>
}

/** The values by which the last entry of a page stands in its order; null where it has none. */
export type Place = readonly (string | number | boolean | null)[]

/** AES-256-GCM: what is sealed opens only under the same key, nonce and bound. */
export interface Cipher {
  encrypt(key: Bytes, nonce: Bytes, text: Bytes, bound: Bytes): Bytes | Promise<Bytes>
  /** Throws where anything was changed. */
  decrypt(key: Bytes, nonce: Bytes, sealed: Bytes, bound: Bytes): Bytes | Promise<Bytes>
}

export type Bytes = Uint8Array<ArrayBuffer>

const algorithm = 'AES-GCM'
const nonceBytes = 12

/** The cipher of WebCrypto. A runtime that has a synchronous one may hand it in: it is much cheaper. */
export const webCipher = (): Cipher => {
  const imported = (key: Bytes) =>
    crypto.subtle.importKey('raw', key, algorithm, false, ['encrypt', 'decrypt'])
  const options = (iv: Bytes, additionalData: Bytes) => ({ name: algorithm, iv, additionalData })
  return {
    encrypt: async (key, nonce, text, bound) =>
      new Uint8Array(await crypto.subtle.encrypt(options(nonce, bound), await imported(key), text)),
    decrypt: async (key, nonce, sealed, bound) =>
      new Uint8Array(await crypto.subtle.decrypt(options(nonce, bound), await imported(key), sealed)),
  }
}

/** Cursors under a key of 32 bytes, which every process of an installation shares. The key is read when first needed. */
export const sealedCursors = (readKey: () => Promise<Bytes>, cipher: Cipher): Cursors => {
  let known: Promise<Bytes> | undefined
  const key = (): Promise<Bytes> => (known ??= readKey())
  return {
    ready: async () => void (await key()),
    seal: async (place, bound) => {
      const nonce = crypto.getRandomValues(new Uint8Array(nonceBytes))
      return base64url([
        ...nonce,
        ...(await cipher.encrypt(await key(), nonce, bytesOf(JSON.stringify(place)), bytesOf(bound))),
      ])
    },
    open: async (cursor, bound) => {
      try {
        const bytes = fromBase64url(cursor)
        const [nonce, sealed] = [bytes.slice(0, nonceBytes), bytes.slice(nonceBytes)]
        const text = await cipher.decrypt(await key(), nonce, sealed, bytesOf(bound))
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

const bytesOf = (text: string): Bytes => new TextEncoder().encode(text)

const base64url = (bytes: readonly number[]): string =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')

const fromBase64url = (text: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (character) =>
    character.charCodeAt(0),
  )
