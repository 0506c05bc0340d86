import { createCipheriv, createDecipheriv, createHash, createSecretKey, type KeyObject } from 'node:crypto'
import type { Bytes, Cipher } from '../../search/cursor.ts'

/** SHA-256 in hexadecimal, without the way through the thread pool. */
export const nodeDigest = (text: string): string => createHash('sha256').update(text).digest('hex')

/** Bytes of the tag that AES-GCM ends with. */
const tagBytes = 16

/** AES-256-GCM, without the way through the thread pool; the same bytes as WebCrypto's. A key is prepared once. */
export const nodeCipher = (): Cipher => {
  const prepared = new WeakMap<Bytes, KeyObject>()
  const keyOf = (key: Bytes): KeyObject => {
    const known = prepared.get(key) ?? createSecretKey(key)
    prepared.set(key, known)
    return known
  }
  return {
    encrypt: (key, nonce, text, bound) => {
      const cipher = createCipheriv('aes-256-gcm', keyOf(key), nonce).setAAD(bound)
      return new Uint8Array(Buffer.concat([cipher.update(text), cipher.final(), cipher.getAuthTag()]))
    },
    decrypt: (key, nonce, sealed, bound) => {
      const decipher = createDecipheriv('aes-256-gcm', keyOf(key), nonce).setAAD(bound)
      decipher.setAuthTag(sealed.slice(-tagBytes))
      return new Uint8Array(Buffer.concat([decipher.update(sealed.slice(0, -tagBytes)), decipher.final()]))
    },
  }
}
