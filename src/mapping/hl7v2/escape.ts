import { type Charset, decodeBytes } from './charset.ts'

/** The separators a message declares in MSH-1 and MSH-2 (HL7 v2.5.1, 2.15.9.1 and 2.15.9.2). */
export type Delimiters = {
  readonly field: string
  readonly component: string
  readonly repetition: string
  readonly escape: string
  readonly subcomponent: string
}

export const STANDARD_DELIMITERS: Delimiters = {
  field: '|',
  component: '^',
  repetition: '~',
  escape: '\\',
  subcomponent: '&',
}

/** Escapes text for a field: delimiters, line ends and control characters (HL7 v2.5.1, 2.7). */
export function escapeText(text: string, delimiters: Delimiters = STANDARD_DELIMITERS): string {
  const sequence = (code: string) => `${delimiters.escape}${code}${delimiters.escape}`
  return Array.from(text, (character) => {
    switch (character) {
      case delimiters.field:
        return sequence('F')
      case delimiters.component:
        return sequence('S')
      case delimiters.subcomponent:
        return sequence('T')
      case delimiters.repetition:
        return sequence('R')
      case delimiters.escape:
        return sequence('E')
      case '\n':
        return sequence('.br')
      default:
        return character < ' ' ? sequence(`X${hex(character)}`) : character
    }
  }).join('')
}

function hex(character: string): string {
  return character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')
}

/**
 * Undoes the escapes of HL7 v2.5.1, 2.7: delimiters, `\Xhh\` in the message's character set, line breaks;
 * highlighting and indentation are dropped. What is not an escape sequence stays as it came.
 */
export function unescapeText(
  text: string,
  delimiters: Delimiters = STANDARD_DELIMITERS,
  charset: Charset = 'UNICODE UTF-8',
): string {
  if (!text.includes(delimiters.escape)) return text
  const pieces = text.split(delimiters.escape)
  let result = pieces[0] ?? ''
  for (let index = 1; index < pieces.length; index += 1) {
    const piece = pieces[index] ?? ''
    const character = index + 1 < pieces.length ? unescapeSequence(piece, delimiters, charset) : undefined
    if (character === undefined) {
      result += delimiters.escape + piece
      continue
    }
    index += 1
    result += character + (pieces[index] ?? '')
  }
  return result
}

function unescapeSequence(code: string, delimiters: Delimiters, charset: Charset): string | undefined {
  switch (code) {
    case 'F':
      return delimiters.field
    case 'S':
      return delimiters.component
    case 'T':
      return delimiters.subcomponent
    case 'R':
      return delimiters.repetition
    case 'E':
      return delimiters.escape
    case 'H':
    case 'N':
    case '.fi':
    case '.nf':
      return ''
    case '.br':
    case '.ce':
      return '\n'
    default:
      break
  }
  const lines = /^\.sp(\+?\d{0,2})$/.exec(code)
  if (lines) return '\n'.repeat(Math.max(1, Number(lines[1])))
  if (/^\.(in|ti|sk)[+-]?\d{1,3}$/.test(code)) return code.startsWith('.sk') ? ' ' : ''
  if (/^X([0-9A-Fa-f]{2})+$/.test(code)) return decodeBytes(bytesOf(code.slice(1)), charset)
  return undefined
}

function bytesOf(digits: string): Uint8Array {
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
}
