import { isUnicode } from './primitives.ts'

/** https://hl7.org/fhir/R4/narrative.html#xhtml */
const allowed = new Set(
  (
    'a abbr acronym b big blockquote br caption cite code col colgroup dd dfn div dl dt em h1 h2 h3 h4 h5 h6 hr ' +
    'i img li ol p pre q samp small span strong sub sup table tbody td tfoot th thead tr tt ul var'
  ).split(' '),
)

const attributes = new Set(
  (
    'abbr accesskey align alt axis bgcolor border cellhalign cellpadding cellspacing cellvalign char charoff charset ' +
    'cite class colspan compact coords dir frame headers height href hreflang hspace id lang longdesc name nowrap rel ' +
    'rev rowspan rules scope shape span src start style summary tabindex title type valign value vspace width ' +
    'xmlns xml:lang xml:space xml:base xml:id'
  ).split(' '),
)

const unsafeElement =
  'must have only the basic formatting elements of XHTML, no scripts, forms or frames (txt-1)'
const unsafeAttribute =
  'must have only the formatting attributes of HTML 4.0, and no links that run something (txt-1)'
const malformed = 'must be well-formed XHTML in one `div`'
const empty = 'must have text that is more than spaces, or an image (txt-2)'

/**
 * What is wrong with a narrative's XHTML: what could run, load or break out (txt-1), or that it says nothing (txt-2).
 * Takes time linear in its length.
 */
export function narrativeFault(xhtml: string): string | undefined {
  if (!/^\s*(<!--[^>]*-->\s*|<\?xml[^>]*>\s*)?<div[\s>/]/.test(xhtml)) return malformed
  const open: string[] = []
  let roots = 0
  let says = false
  let at = xhtml.indexOf('<')
  while (at !== -1) {
    const tag = tagAt(xhtml, at, roots === 0)
    if (typeof tag === 'string') return tag
    if (tag.kind === 'start' && open.length === 0) roots += 1
    if (roots > 1 || !nests(open, tag)) return malformed
    at = xhtml.indexOf('<', tag.end)
    const content = xhtml.slice(tag.end, at === -1 ? undefined : at)
    const speaks = content.trim() !== ''
    if ((speaks && open.length === 0) || !isText(content)) return malformed
    says ||= speaks || tag.shows === true
  }
  if (open.length > 0) return malformed
  return says ? undefined : empty
}

/** A tag, or what stands beside them: a comment, the XML declaration. */
type Tag = {
  kind: 'start' | 'end' | 'beside'
  name?: string
  closed?: boolean
  /** Whether it is an image that has a source. */
  shows?: boolean
  end: number
}

/** Keeps the elements that are open; false for an end tag that closes another one. */
function nests(open: string[], { kind, name = '', closed }: Tag): boolean {
  if (kind === 'end') return open.pop() === name
  if (kind === 'start' && closed !== true) open.push(name)
  return true
}

function tagAt(xhtml: string, at: number, isProlog: boolean): string | Tag {
  if (xhtml.startsWith('<!--', at)) return afterComment(xhtml, at + 4)
  if (isProlog && xhtml.startsWith('<?xml ', at)) return after(xhtml, '?>', at)
  const [start, slash, name] = sticky(/<(\/?)([A-Za-z][\w:-]*)/y, xhtml, at) ?? []
  if (start === undefined || name === undefined) return malformed
  if (!allowed.has(name)) return unsafeElement
  const named = at + start.length
  const end = slash === '/' ? named : endOfAttributes(xhtml, named)
  if (typeof end === 'string') return end
  const close = sticky(slash === '/' ? /\s*>/y : /\s*\/?>/y, xhtml, end)
  if (close === undefined) return malformed
  return {
    kind: slash === '/' ? 'end' : 'start',
    name,
    closed: close[0].endsWith('/>'),
    shows: name === 'img' && /\ssrc\s*=/.test(xhtml.slice(named, end)),
    end: end + close[0].length,
  }
}

/** Where the attributes of a tag end, or what is wrong with one. */
function endOfAttributes(xhtml: string, from: number): string | number {
  const names = new Set<string>()
  let end = from
  for (;;) {
    const attribute = sticky(/\s+([\w:.-]+)\s*=\s*("[^"<]*"|'[^'<]*')/y, xhtml, end)
    if (attribute === undefined) return end
    const [whole, name = '', quoted = ''] = attribute
    const value = quoted.slice(1, -1)
    if (!attributes.has(name) || !isSafe(name, value)) return unsafeAttribute
    if (names.has(name) || !isText(value)) return malformed
    names.add(name)
    end += whole.length
  }
}

/** Whether all that follows an `&` is a reference to a character or an entity (XML 1.0, 4.1 and 2.2). */
function isText(text: string): boolean {
  if (!text.includes('&')) return true
  return text
    .split('&')
    .slice(1)
    .every((rest) => {
      const [, name, number, hex] =
        /^(?:([A-Za-z][A-Za-z0-9]{1,7})|#([0-9]{1,7})|#x([0-9A-Fa-f]{1,6}));/.exec(rest) ?? []
      if (name !== undefined) return true
      const code = number === undefined ? Number.parseInt(hex ?? '', 16) : Number(number)
      return code <= 0x10ffff && isUnicode(String.fromCodePoint(code))
    })
}

/** A comment has no `--` inside (XML 1.0, 2.5). */
function afterComment(xhtml: string, from: number): string | Tag {
  const at = xhtml.indexOf('--', from)
  return at !== -1 && xhtml.charAt(at + 2) === '>' ? { kind: 'beside', end: at + 3 } : malformed
}

function after(xhtml: string, mark: string, from: number): string | Tag {
  const at = xhtml.indexOf(mark, from)
  return at === -1 ? malformed : { kind: 'beside', end: at + mark.length }
}

function sticky(pattern: RegExp, text: string, at: number): RegExpExecArray | undefined {
  pattern.lastIndex = at
  return pattern.exec(text) ?? undefined
}

function isSafe(name: string, value: string): boolean {
  const lower = name.toLowerCase()
  if (name === 'xmlns') return value === 'http://www.w3.org/1999/xhtml'
  if (lower === 'style') return isSafeStyle(value)
  if (!['href', 'src', 'longdesc', 'cite', 'background', 'xlink:href'].includes(lower)) return true
  if (
    /^((https?|ftp):\/\/|mailto:|tel:|urn:|#)/i.test(value) ||
    /^data:\s?image\/(png|gif|jpeg);/i.test(value)
  )
    return true
  return !value.includes(':') && !/&(?!amp;)/.test(value)
}

/** A style may load a picture beside the page or inline, and nothing from elsewhere. */
function isSafeStyle(value: string): boolean {
  if (/expression|@import|\\|&#/i.test(value)) return false
  return value
    .split(/url\s*\(/i)
    .slice(1)
    .every((rest) => /^\s*(&quot;|['"])?(data:\s?image\/(png|gif|jpeg)[;,]|[^:/)][^:)]*\))/i.test(rest))
}
