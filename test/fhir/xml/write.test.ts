import { describe, expect, test } from 'vitest'
import { writeXml } from '../../../src/fhir/xml/write.ts'

const body = (json: string): string => writeXml(json).replace('<?xml version="1.0" encoding="UTF-8"?>\n', '')
const xhtml = 'xmlns="http://www.w3.org/1999/xhtml"'
const divOf = (div: string): string | undefined =>
  /(?<=<text>)[\s\S]*(?=<\/text>)/.exec(
    writeXml(JSON.stringify({ resourceType: 'Basic', text: { div } })),
  )?.[0]

describe('XML is written', () => {
  test('in the order of the definition, whatever the order in JSON', () => {
    expect(
      body('{"name":[{"given":["A"],"use":"usual"}],"active":true,"id":"a","resourceType":"Patient"}'),
    ).toBe(
      '<Patient xmlns="http://hl7.org/fhir"><id value="a"/><active value="true"/><name><use value="usual"/><given value="A"/></name></Patient>',
    )
  })

  test('decimals with all their digits', () => {
    expect(body('{"resourceType":"Observation","valueQuantity":{"value":1.50}}')).toContain('value="1.50"')
    expect(body('{"resourceType":"Observation","valueQuantity":{"value":1e2}}')).toContain('value="1e2"')
  })

  test('ids and urls as attributes, but the id of a resource', () => {
    expect(
      body(
        '{"resourceType":"Patient","id":"a","_birthDate":{"id":"b","extension":[{"id":"c","url":"urn:x","valueUrl":"urn:y"}]}}',
      ),
    ).toBe(
      '<Patient xmlns="http://hl7.org/fhir"><id value="a"/><birthDate id="b"><extension id="c" url="urn:x"><valueUrl value="urn:y"/></extension></birthDate></Patient>',
    )
  })

  test('values escaped, line ends kept, what is no character replaced', () => {
    expect(body(JSON.stringify({ resourceType: 'Basic', language: '<a> & "b"\n\t\r\u0001😀' }))).toContain(
      'value="&lt;a&gt; &amp; &quot;b&quot;&#10;&#9;&#13;\uFFFD😀"',
    )
  })

  test('laid out for people, the narrative untouched', () => {
    const div = `<div ${xhtml}>a\n <b>c</b></div>`
    expect(
      writeXml(JSON.stringify({ resourceType: 'Basic', text: { status: 'empty', div }, id: 'x' }), true),
    ).toBe(
      [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<Basic xmlns="http://hl7.org/fhir">',
        '  <id value="x"/>',
        '  <text>',
        '    <status value="empty"/>',
        `    ${div}`,
        '  </text>',
        '</Basic>',
      ].join('\n'),
    )
  })

  test.each([
    ['as it is', `<div ${xhtml}>a <b class='x'>&amp;</b></div>`, `<div ${xhtml}>a <b class='x'>&amp;</b></div>`],
    ['in its namespace', '<div class="x">a</div>', `<div ${xhtml} class="x">a</div>`],
    ['after a comment', '<!-- <div --> <div>a</div>', `<!-- <div --> <div ${xhtml}>a</div>`],
    ['names of HTML as numbers', '<div>&nbsp;&yuml;&frac12;&ldquo;</div>', `<div ${xhtml}>&#160;&#255;&#189;&#8220;</div>`],
    ['bare ampersands', '<div>a & b &c; &#0;</div>', `<div ${xhtml}>a &amp; b &amp;c; &amp;#0;</div>`],
    ['as text where it would break the document', '<div>a</div></text><b/>', `<div ${xhtml}>&lt;div&gt;a&lt;/div&gt;&lt;/text&gt;&lt;b/&gt;</div>`],
    ['as text where an attribute is there twice', '<div><p a="1" a="2"/></div>', `<div ${xhtml}>&lt;div&gt;&lt;p a="1" a="2"/&gt;&lt;/div&gt;</div>`],
    ['as text where a prefix stands for nothing', '<div><a x:b="1"/></div>', `<div ${xhtml}>&lt;div&gt;&lt;a x:b="1"/&gt;&lt;/div&gt;</div>`],
    ['as text where a comment is none', '<div><!-- a -- b --></div>', `<div ${xhtml}>&lt;div&gt;&lt;!-- a -- b --&gt;&lt;/div&gt;</div>`],
  ])('a narrative: %s', (_, div, written) => {
    expect(divOf(div)).toBe(written)
  }) // prettier-ignore
})
