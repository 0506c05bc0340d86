import { createCipheriv, createDecipheriv, createHash } from 'node:crypto'
import type { Cipher } from '../../search/cursor.ts'

/** SHA-256 in hexadecimal, without the way through the thread pool. */
export const nodeDigest = (text: string): string => createHash('sha256').update(text).digest('hex')

/** Bytes of the tag that AES-GCM ends with. */
const tagBytes = 16

/** AES-256-GCM, without the way through the thread pool; the same bytes as WebCrypto's. */
export const nodeCipher: Cipher = {
  encrypt: (key, nonce, text, bound) => {
    const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(bound)
    return new Uint8Array(Buffer.concat([cipher.update(text), cipher.final(), cipher.getAuthTag()]))
  },
  decrypt: (key, nonce, sealed, bound) => {
    const decipher = createDecipheriv('aes-256-gcm', key, nonce).setAAD(bound)
    decipher.setAuthTag(sealed.slice(-tagBytes))
    return new Uint8Array(Buffer.concat([decipher.update(sealed.slice(0, -tagBytes)), decipher.final()]))
  },
}
