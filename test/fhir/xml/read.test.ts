import { describe, expect, test } from 'vitest'
import { readXml } from '../../../src/fhir/xml/read.ts'
import { XmlFault } from '../../../src/fhir/xml/xml-fault.ts'

const patient = (inside: string, attributes = 'xmlns="http://hl7.org/fhir"') =>
  `<Patient ${attributes}>${inside}</Patient>`

const read = (xml: string): unknown => JSON.parse(readXml(xml))

/** What is told of a fault: its text and its place. */
const faultOf = (xml: string): { text: string; expression: string | undefined } => {
  try {
    readXml(xml)
  } catch (thrown) {
    if (thrown instanceof XmlFault) return { text: thrown.message, expression: thrown.expression }
    throw thrown
  }
  throw new Error('no fault was found')
}

describe('XML is read', () => {
  test('with declaration, byte order mark, comments, instructions and where the schema lies', () => {
    const xml = `\uFEFF<?xml version="1.0" encoding="utf-8"?>\r\n<!-- a --><?x y?>\r\n${patient(
      '<!-- b --><id value="a"/> <?x y?> <active\n value = \'true\' />',
      'xmlns="http://hl7.org/fhir" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="http://hl7.org/fhir ../patient.xsd"',
    )}\n<!-- c -->`
    expect(read(xml)).toEqual({ resourceType: 'Patient', id: 'a', active: true })
  })

  test('under any prefix', () => {
    const xml =
      '<f:Patient xmlns:f="http://hl7.org/fhir" xmlns="http://www.w3.org/1999/xhtml"><f:id value="a"/><f:text><f:status value="empty"/><div>x</div></f:text></f:Patient>'
    expect(read(xml)).toEqual({
      resourceType: 'Patient',
      id: 'a',
      text: { status: 'empty', div: '<div xmlns="http://www.w3.org/1999/xhtml">x</div>' },
    })
  })

  test('decimals with all their digits, numbers and truth values as JSON has them', () => {
    const xml =
      '<Observation xmlns="http://hl7.org/fhir"><valueQuantity><value value="1.50"/></valueQuantity><component><valueInteger value="+7"/></component><component><valueBoolean value="false"/></component></Observation>'
    expect(readXml(xml)).toBe(
      '{"resourceType":"Observation","valueQuantity":{"value":1.50},"component":[{"valueInteger":7},{"valueBoolean":false}]}',
    )
  })

  test('lists of one as lists, and extensions of primitives beside them', () => {
    const xml = patient(
      '<name id="n"><given value="A"/><given id="g"><extension url="urn:x"><valueString value="v"/></extension></given></name><birthDate><extension url="urn:y"><valueCode value="unknown"/></extension></birthDate>',
    )
    expect(read(xml)).toEqual({
      resourceType: 'Patient',
      name: [
        {
          id: 'n',
          given: ['A', null],
          _given: [null, { id: 'g', extension: [{ url: 'urn:x', valueString: 'v' }] }],
        },
      ],
      _birthDate: { extension: [{ url: 'urn:y', valueCode: 'unknown' }] },
    })
  })

  test('resources within resources', () => {
    const inner = '<Patient><id value="p"/></Patient>'
    expect(
      read(
        `<Bundle xmlns="http://hl7.org/fhir"><type value="batch-response"/><entry><resource><Parameters><parameter><name value="n"/><resource>${inner}</resource></parameter></Parameters></resource><response><status value="200"/><outcome><OperationOutcome><id value="o"/></OperationOutcome></outcome></response></entry></Bundle>`,
      ),
    ).toEqual({
      resourceType: 'Bundle',
      type: 'batch-response',
      entry: [
        {
          resource: {
            resourceType: 'Parameters',
            parameter: [{ name: 'n', resource: { resourceType: 'Patient', id: 'p' } }],
          },
          response: { status: '200', outcome: { resourceType: 'OperationOutcome', id: 'o' } },
        },
      ],
    })
  })

  test('values with entities and characters by number, white space as XML has it', () => {
    const xml = patient(
      '<address><text value="&lt;a&gt; &amp; &quot;b&quot; &apos;&#x1F600;&#10;c\td\r\ne"/></address>',
    )
    expect(read(xml)).toMatchObject({ address: [{ text: '<a> & "b" \'😀\nc d e' }] })
  })

  test('a narrative as it stands, marked sections written out', () => {
    const div =
      '<div xmlns="http://www.w3.org/1999/xhtml">\n  <p title=\'a\'>x &amp;  y<br /><!-- <p> --></p><div>z</div>\n</div>'
    const text = (inside: string) => patient(`<text><status value="generated"/>${inside}</text>`)
    expect(read(text(div))).toMatchObject({ text: { div } })
    expect(
      read(text('<div xmlns="http://www.w3.org/1999/xhtml"><![CDATA[<script>a && b</script>]]></div>')),
    ).toMatchObject({
      text: {
        div: '<div xmlns="http://www.w3.org/1999/xhtml">&lt;script&gt;a &amp;&amp; b&lt;/script&gt;</div>',
      },
    })
  })

  test('thousands of elements of one name, in time', () => {
    const xml = patient('<name><family value="a"/></name>'.repeat(50_000))
    const before = performance.now()
    expect((read(xml) as { name: unknown[] }).name).toHaveLength(50_000)
    expect(performance.now() - before).toBeLessThan(10_000)
  })
})

describe('XML is refused, with the place and how to mend it', () => {
  test.each([
    ['nothing', ' ', /is empty/],
    ['no element', '<!-- a -->', /not well-formed/],
    ['JSON', '{"resourceType":"Patient"}', /not well-formed/],
    ['cut off', '<Patient xmlns="http://hl7.org/fhir">\n<name>', /not well-formed XML at line 1/],
    ['ends another element', patient('<name>\n</nam>'), /not well-formed XML at line 2/],
    ['two roots', patient('') + patient(''), /not well-formed/],
    ['attribute twice', patient('<id value="a" value="b"/>'), /not well-formed/],
    ['attribute without quotes', patient('<id value=a/>'), /not well-formed/],
    ['declaration not first', ` <?xml version="1.0"?>${patient('')}`, /not well-formed/],
    ['another version', `<?xml version="1.1"?>${patient('')}`, /XML 1\.0/],
    ['another encoding', `<?xml version="1.0" encoding="ISO-8859-1"?>${patient('')}`, /UTF-8/],
    ['a character that is none', patient('\n<id value="\u0001"/>'), /line 2 that is no character/],
    ['the same by number', patient('\n<id value="&#0;"/>'), /line 2 is not well-formed/],
    ['half a pair by number', patient('<id value="&#xD800;"/>'), /not well-formed/],
    ['entity that nobody knows', patient('<id value="&nbsp;"/>'), /not well-formed/],
    ['bare ampersand', patient('<id value="a & b"/>'), /write `&` as `&amp;`/],
    ['less-than in an attribute', patient('<id value="a<b"/>'), /`<` as `&lt;`/],
    [
      'document type',
      `<!DOCTYPE Patient SYSTEM "file:///etc/passwd">${patient('')}`,
      /document type at line 1/,
    ],
    [
      'a billion laughs',
      `<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>${patient('<id value="&b;"/>')}`,
      /document type/,
    ],
    ['nested deep', '<a>'.repeat(100_000), /nested deeper than 64/],
    ['text between elements', patient('\n<name>Ann</name>'), /text between the elements after line 2/],
    ['text in a marked section', patient('<![CDATA[x]]>'), /text between the elements/],
    ['no namespace', '<Patient/>', /namespace `http:\/\/hl7.org\/fhir`/],
    ['another namespace', '<Patient xmlns="urn:hl7-org:v3"/>', /namespace `http:\/\/hl7.org\/fhir`/],
    ['prefix of nothing', '<f:Patient/>', /stands for no namespace/],
    ['no resource', '<Human xmlns="http://hl7.org/fhir"/>', /named after an R4 resource type/],
    ['abstract resource', '<DomainResource xmlns="http://hl7.org/fhir"/>', /named after an R4 resource type/],
    [
      'attribute of a resource',
      patient('', 'xmlns="http://hl7.org/fhir" id="a"'),
      /`id` at line 1 is no attribute/,
    ],
  ])('%s', (_, xml, text) => {
    expect(faultOf(xml).text).toMatch(text)
  })

  test.each([
    ['unknown element', '<nick value="a"/>', /`nick` at line 1 is no element of `Patient`/, 'Patient'],
    ['of a datatype', '<name><nick value="a"/></name>', /no element of `HumanName`/, 'Patient.name[0]'],
    ['a name of no FHIR kind', '<a.b-c/>', /^this element at line 1/, 'Patient'],
    ['element of no namespace', '<id xmlns="" value="a"/>', /must be in the namespace/, 'Patient'],
    ['element of another', '<id xmlns="urn:x" value="a"/>', /must be in the namespace/, 'Patient'],
    ['out of order', '<active value="true"/><id value="a"/>', /`id` .* before `active`/, 'Patient'],
    ['apart', '<name id="a"/><gender value="male"/><name id="b"/>', /`name` .* before `gender`/, 'Patient'],
    ['there twice', '<gender value="male"/>\n<gender value="female"/>', /`gender` at line 2 is there twice/, 'Patient.gender'],
    ['unknown attribute', '<id value="a" code="b"/>', /`code` at line 1 is no attribute/, 'Patient.id'],
    ['attribute of a prefix', '<id value="a" xml:lang="en"/>', /`lang` .* of no FHIR namespace/, undefined],
    ['value of what has none', '<name value="a"/>', /`value` .* no attribute/, 'Patient.name[0]'],
    ['value as an element', '<id><value value="a"/></id>', /no element of `Element`/, 'Patient.id'],
    ['url as an element', '<extension><url value="a"/></extension>', /no element of `Extension`/, 'Patient.extension[0]'],
    ['empty primitive', '<id/>', /is empty/, 'Patient.id'],
    ['empty datatype', '<name/>', /is empty/, 'Patient.name[0]'],
    ['truth that is none', '<active value="yes"/>', /not written as a `boolean` is/, 'Patient.active'],
    ['number that is none', '<multipleBirthInteger value="two"/>', /a `integer` is/, 'Patient.multipleBirthInteger'],
    ['narrative of no XHTML', '<text><status value="empty"/><div>a</div></text>', /namespace `http:\/\/www.w3.org\/1999\/xhtml`/, 'Patient.text'],
    ['narrative of a prefix', '<text><h:div xmlns:h="http://www.w3.org/1999/xhtml">a</h:div></text>', /must have no prefix/, undefined],
    ['two contained in one', '<contained><Patient><id value="a"/></Patient><Patient/></contained>', /one resource and nothing else/, 'Patient.contained[0]'],
    ['nothing contained', '<contained/>', /one resource and nothing else/, 'Patient.contained[0]'],
    ['contained of no type', '<contained><x/></contained>', /named after an R4 resource type/, undefined],
  ])('%s', (_, inside, text, expression) => {
    const fault = faultOf(patient(inside))
    expect(fault.text).toMatch(text)
    expect(fault.expression).toBe(expression)
  }) // prettier-ignore
})
