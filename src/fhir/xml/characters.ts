/** What XML 1.0 does not have as a character (XML 1.0, 2.2). */
const noCharacter = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\uD800-\uDFFF\uFFFE\uFFFF]/u // eslint-disable-line no-control-regex

/** The first place of what is no character of XML; -1 for none. */
export const strangeCharacter = (text: string): number => text.search(noCharacter)

const named: Readonly<Record<string, string>> = {
  'amp;': '&',
  'lt;': '<',
  'gt;': '>',
  'quot;': '"',
  'apos;': "'",
}

/**
 * The value of an attribute as it is written: white space is a space, and the five entities of XML and characters by
 * number stand for themselves (XML 1.0, 3.3.3). There are no other entities. Undefined for what is not well-formed.
 */
export const readValue = (written: string): string | undefined => {
  if (written.includes('<')) return undefined
  let whole = true
  const value = written
    .replaceAll(/[\t\n]/g, ' ')
    .replaceAll(/&(#x[0-9a-fA-F]{1,8};|#[0-9]{1,8};|[a-z]{2,4};)?/g, (_, reference: string | undefined) => {
      const character = named[reference ?? ''] ?? characterOf(reference ?? '')
      whole &&= character !== undefined
      return character ?? ''
    })
  return whole ? value : undefined
}

/** The character that `#10;` or `#xA;` stands for; undefined for anything else. */
export const characterOf = (reference: string): string | undefined => {
  const [, hex, decimal] = /^#(?:x([0-9a-fA-F]+)|([0-9]+));$/.exec(reference) ?? []
  if (hex === undefined && decimal === undefined) return undefined
  const code = hex === undefined ? Number.parseInt(decimal ?? '', 10) : Number.parseInt(hex, 16)
  if (code > 0x10ffff) return undefined
  const character = String.fromCodePoint(code)
  return noCharacter.test(character) ? undefined : character
}

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '\t': '&#9;',
  '\n': '&#10;',
  '\r': '&#13;',
}

/** A value as an attribute has it. What XML has no character for is replaced (U+FFFD). */
export const writeValue = (value: string): string =>
  /[&<>\t\n\r\u0000-\u001F\uD800-\uDFFF\uFFFE\uFFFF]/u.test(value) // eslint-disable-line no-control-regex
    ? replaceStrange(value).replaceAll(/[&<>\t\n\r]/g, (character) => escapes[character] ?? character)
    : value

/** A text without what XML has no character for. */
export const replaceStrange = (text: string): string =>
  strangeCharacter(text) === -1 ? text : text.replaceAll(new RegExp(noCharacter, 'gu'), '\uFFFD')
