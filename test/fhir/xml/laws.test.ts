import { XMLValidator } from 'fast-xml-parser'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseNumbersAsText } from '../../../src/fhir/exact-json.ts'
import { readXml } from '../../../src/fhir/xml/read.ts'
import { writeXml } from '../../../src/fhir/xml/write.ts'
import { XmlFault } from '../../../src/fhir/xml/xml-fault.ts'
import { anyResource } from './arbitrary.ts'

const secret = 'zQ7secret'
const small = `<Patient xmlns="http://hl7.org/fhir"><id value="${secret}"/><text><status value="generated"/><div xmlns="http://www.w3.org/1999/xhtml">${secret}</div></text><name><family value="${secret}"/><given value="${secret}"><extension url="urn:x"><valueDecimal value="1.50"/></extension></given></name></Patient>`

/** Reads XML; the text of a fault, where it is one of those that are told. */
const attempt = (xml: string): string | undefined => {
  try {
    JSON.parse(readXml(xml))
    return undefined
  } catch (thrown) {
    if (!(thrown instanceof XmlFault)) throw thrown
    return `${thrown.message} ${thrown.expression ?? ''}`
  }
}

describe('XML', () => {
  test('a resource goes to XML and comes back as it was, laid out or not', () => {
    fc.assert(
      fc.property(anyResource, fc.boolean(), (json, pretty) => {
        const xml = writeXml(json, pretty)
        expect(XMLValidator.validate(xml)).toBe(true)
        expect(parseNumbersAsText(readXml(xml))).toEqual(parseNumbersAsText(json))
      }),
      { numRuns: 400 },
    )
  })

  test('whatever a narrative holds, the document is well-formed and can be read', () => {
    const piece = fc.constantFrom(
      '<div>', '</div>', '<p a="1">', '</p>', '<br/>', '&nbsp;', '&', '&bogus;', '&#160;', ']]>', '<![CDATA[', '<!--', '-->', '<?xml', '?>', '"', ' x:y="z"', '\u0001', '<', '>', 'a', '\n',
    ) // prettier-ignore
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const div = pieces.join('')
        const xml = writeXml(JSON.stringify({ resourceType: 'Basic', text: { status: 'empty', div } }))
        expect(XMLValidator.validate(xml)).toBe(true)
        expect(attempt(xml)).toBeUndefined()
      }),
      { numRuns: 2000 },
    )
  })

  test('what is damaged is read or refused, and a refusal repeats no value', () => {
    const damage = fc.constantFrom(
      '',
      '<',
      '>',
      '"',
      '&',
      '/',
      '<a>',
      '</name>',
      ' ',
      '&#0;',
      '<![CDATA[',
      '<!--',
      '<?',
      'x',
    )
    fc.assert(
      fc.property(fc.nat(small.length), fc.nat(12), damage, (at, cut, put) => {
        expect(attempt(small.slice(0, at) + put + small.slice(at + cut)) ?? '').not.toContain('secret')
      }),
      { numRuns: 3000 },
    )
  })
})
