import { UcumLhcUtils } from '@lhncbc/ucum-lhc'

/** A value set of a whole code system that has no list of its codes, but a grammar. */
export interface OpenSet {
  readonly system: string
  /** Whether a code is one of the system. */
  has(code: string): boolean
  /** What a code of it looks like, for whoever has to mend one. */
  readonly told: string
}

/** RFC 6838 section 4.2: names of types and subtypes. What follows is read loosely: R4's own examples have spaces in values. */
const mediaType =
  /^[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}\/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}(?:\s*;\s*[^\s;=]+=(?:"[^"]*"|[^\s;"][^;"]*))*$/

/** Longer ones are not looked at; none is registered that comes near. */
const longest = 500

/** R4 has them where a format is meant: CapabilityStatement.format, TestScript. */
const abbreviated: readonly string[] = ['xml', 'json', 'ttl', 'none']

/** The value sets that R4 binds elements to as required and that nobody can enumerate. */
export const openSets: ReadonlyMap<string, OpenSet> = new Map([
  [
    'http://hl7.org/fhir/ValueSet/mimetypes',
    {
      system: 'urn:ietf:bcp:13',
      has: (code) => (code.length <= longest && mediaType.test(code)) || abbreviated.includes(code),
      told: 'a media type as RFC 6838 has them, such as `application/pdf`',
    },
  ],
  [
    'http://hl7.org/fhir/ValueSet/ucum-units',
    { system: 'http://unitsofmeasure.org', has: isUnit, told: 'a unit of UCUM, such as `mg/dL`' },
  ],
])

function isUnit(code: string): boolean {
  try {
    return UcumLhcUtils.getInstance().validateUnitString(code).status === 'valid'
  } catch {
    return false
  }
}
