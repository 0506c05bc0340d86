/** https://hl7.org/fhir/R4/narrative.html#xhtml */
const allowed = new Set(
  (
    'a abbr acronym b big blockquote br caption cite code col colgroup dd dfn div dl dt em h1 h2 h3 h4 h5 h6 hr ' +
    'i img li ol p pre q samp small span strong sub sup table tbody td tfoot th thead tr tt ul var'
  ).split(' '),
)

const unsafeElement =
  'must have only the basic formatting elements of XHTML, no scripts, forms or frames (txt-1)'
const unsafeAttribute = 'must have no event attributes and no links that run something (txt-1)'
const malformed = 'must be well-formed XHTML in one `div`'

/** What is wrong with a narrative's XHTML (txt-1): what could run, load or break out. Takes time linear in its length. */
export function narrativeFault(xhtml: string): string | undefined {
  if (!/^\s*(<!--[^>]*-->\s*|<\?xml[^>]*>\s*)?<div[\s>/]/.test(xhtml)) return malformed
  const open: string[] = []
  let at = xhtml.indexOf('<')
  while (at !== -1) {
    const tag = tagAt(xhtml, at)
    if (typeof tag === 'string') return tag
    if (!nests(open, xhtml.slice(at, tag.end))) return malformed
    at = xhtml.indexOf('<', tag.end)
  }
  return open.length === 0 ? undefined : malformed
}

/** Keeps the elements that are open; false for an end tag that closes another one. */
function nests(open: string[], tag: string): boolean {
  const [, slash, name] = /^<(\/?)([A-Za-z][\w:-]*)/.exec(tag) ?? []
  if (name === undefined || tag.endsWith('/>')) return true
  if (slash === '/') return open.pop() === name
  open.push(name)
  return true
}

function tagAt(xhtml: string, at: number): string | { end: number } {
  if (xhtml.startsWith('<!--', at)) return after(xhtml, '-->', at + 4)
  if (xhtml.startsWith('<?xml ', at)) return after(xhtml, '?>', at)
  const name = sticky(/<\/?([A-Za-z][\w:-]*)/y, xhtml, at)
  if (name === undefined) return malformed
  if (!allowed.has(name[1] ?? '')) return unsafeElement
  let end = at + name[0].length
  for (;;) {
    const attribute = sticky(/\s+([\w:.-]+)\s*=\s*("[^"<]*"|'[^'<]*')/y, xhtml, end)
    if (attribute === undefined) break
    if (!isSafe(attribute[1] ?? '', (attribute[2] ?? '').slice(1, -1))) return unsafeAttribute
    end += attribute[0].length
  }
  const close = sticky(/\s*\/?>/y, xhtml, end)
  return close === undefined ? malformed : { end: end + close[0].length }
}

function after(xhtml: string, mark: string, from: number): string | { end: number } {
  const at = xhtml.indexOf(mark, from)
  return at === -1 ? malformed : { end: at + mark.length }
}

function sticky(pattern: RegExp, text: string, at: number): RegExpExecArray | undefined {
  pattern.lastIndex = at
  return pattern.exec(text) ?? undefined
}

function isSafe(name: string, value: string): boolean {
  const lower = name.toLowerCase()
  if (lower.startsWith('on')) return false
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
