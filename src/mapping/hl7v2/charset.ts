/** The character sets of HL7 table 0211 that are read here (HL7 v2.5.1, 2.15.9.18). */
export type Charset = 'ASCII' | 'UNICODE UTF-8' | '8859/1'

const CHARSETS: { readonly [name: string]: Charset } = {
  ASCII: 'ASCII',
  'UNICODE UTF-8': 'UNICODE UTF-8',
  'UTF-8': 'UNICODE UTF-8',
  UTF8: 'UNICODE UTF-8',
  '8859/1': '8859/1',
  'ISO-8859-1': '8859/1',
}

/** 0x80 to 0x9F as https://encoding.spec.whatwg.org/ reads them in Latin-1; a space has no character. */
const HIGH = '€ ‚ƒ„…†‡ˆ‰Š‹Œ Ž  ‘’“”•–—˜™š›œ žŸ'

/** The character set that an MSH-18 names, or undefined when it is not one that is read here. */
export function charsetNamed(name: string): Charset | undefined {
  return Object.hasOwn(CHARSETS, name) ? CHARSETS[name] : undefined
}

/** Decodes bytes; undefined when a byte is no character of the set, for a guessed name is worse than none. */
export function decodeBytes(bytes: Uint8Array, charset: Charset): string | undefined {
  if (charset === 'ASCII' && bytes.some((byte) => byte > 0x7f)) return undefined
  if (charset === '8859/1') return decodeLatin1(bytes)
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes)
  } catch {
    return undefined
  }
}

function decodeLatin1(bytes: Uint8Array): string | undefined {
  let text = ''
  for (const byte of bytes) {
    const character = byte >= 0x80 && byte <= 0x9f ? HIGH[byte - 0x80] : String.fromCharCode(byte)
    if (character === undefined || (character === ' ' && byte !== 0x20)) return undefined
    text += character
  }
  return text
}
