import { characterOf, replaceStrange } from './characters.ts'
import { isDiv } from './well-formed.ts'

export const xhtml = 'http://www.w3.org/1999/xhtml'

/**
 * The `div` of a narrative as JSON has it: as it is written, in its namespace. Marked sections are written out: JSON's
 * narratives have none (FHIR R4 narrative 2.4.0.1).
 */
export const readDiv = (written: string): string =>
  inNamespace(
    written.replaceAll(
      /<!--[\s\S]*?-->|<!\[CDATA\[([\s\S]*?)\]\]>/g,
      (section: string, words: string | undefined) => (words === undefined ? section : escapeText(words)),
    ),
  )

/**
 * The `div` of a narrative as XML has it. Names of HTML's entities, which XML does not know, become numbers. What is
 * still not well-formed would break the document: it goes out as the text that it is.
 */
export const writeDiv = (div: string): string => {
  const written = inNamespace(
    replaceStrange(div)
      .replace(/^\s*<\?xml[^>]*\?>/, '')
      .replaceAll(/&(#[0-9]+;|#x[0-9a-fA-F]+;|[A-Za-z]+[0-9]*;)?/g, (_, reference: string | undefined) =>
        referenceOf(reference ?? ''),
      )
      .replaceAll(']]>', ']]&gt;')
      .trim(),
  )
  return isDiv(written) ? written : `<div xmlns="${xhtml}">${escapeText(replaceStrange(div))}</div>`
}

const inNamespace = (div: string): string =>
  div.replace(/^((?:<!--[\s\S]*?-->\s*)?)<div(?![^>]*\sxmlns\s*=)/, `$1<div xmlns="${xhtml}"`)

const escapeText = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

const ofXml = ['amp;', 'lt;', 'gt;', 'quot;', 'apos;']

const referenceOf = (reference: string): string => {
  if (ofXml.includes(reference) || characterOf(reference) !== undefined) return `&${reference}`
  const code = codes.get(reference.slice(0, -1))
  return code === undefined ? `&amp;${reference}` : `&#${code};`
}

/** HTML 4, 24.2.1: the names of U+00A0 to U+00FF, in order. */
const latin =
  'nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn sup2 sup3 acute micro ' +
  'para middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest Agrave Aacute Acirc Atilde Auml Aring AElig Ccedil ' +
  'Egrave Eacute Ecirc Euml Igrave Iacute Icirc Iuml ETH Ntilde Ograve Oacute Ocirc Otilde Ouml times Oslash Ugrave ' +
  'Uacute Ucirc Uuml Yacute THORN szlig agrave aacute acirc atilde auml aring aelig ccedil egrave eacute ecirc euml ' +
  'igrave iacute icirc iuml eth ntilde ograve oacute ocirc otilde ouml divide oslash ugrave uacute ucirc uuml yacute ' +
  'thorn yuml'

/** HTML 4, 24.3.1 and 24.4.1: those that texts have. */
const others = {
  ndash: 8211, mdash: 8212, lsquo: 8216, rsquo: 8217, sbquo: 8218, ldquo: 8220, rdquo: 8221, bdquo: 8222,
  dagger: 8224, Dagger: 8225, bull: 8226, hellip: 8230, permil: 8240, prime: 8242, Prime: 8243, euro: 8364,
  trade: 8482, larr: 8592, uarr: 8593, rarr: 8594, darr: 8595, minus: 8722, asymp: 8776, ne: 8800, le: 8804,
  ge: 8805, ensp: 8194, emsp: 8195, thinsp: 8201, zwnj: 8204, zwj: 8205, OElig: 338, oelig: 339, Scaron: 352,
  scaron: 353, alpha: 945, beta: 946, gamma: 947, delta: 948, mu: 956, Delta: 916, Omega: 937, infin: 8734,
} // prettier-ignore

const codes: ReadonlyMap<string, number> = new Map([
  ...latin.split(' ').map((name, index) => [name, 160 + index] as const),
  ...Object.entries(others),
])
