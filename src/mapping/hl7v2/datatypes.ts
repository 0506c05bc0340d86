/** The components of a data type by their number: the name a template reads them by, and their type. */
export type Components = { readonly [number: number]: readonly [name: string, type: string] }

/**
 * The data types of the segments that are read (HL7 v2.5.1, chapter 2.A). `TS` and `DT` become FHIR dates;
 * a type that is not listed is text. Components that no map should read are left out.
 */
export const DATA_TYPES: { readonly [type: string]: Components } = {
  CE: {
    1: ['identifier', 'ST'],
    2: ['description', 'ST'],
    3: ['codingSystem', 'ID'],
    4: ['alternateIdentifier', 'ST'],
    5: ['alternateDescription', 'ST'],
    6: ['alternateCodingSystem', 'ID'],
    9: ['originalText', 'ST'],
  },
  CX: {
    1: ['idNumber', 'ST'],
    4: ['assigningAuthority', 'HD'],
    5: ['identifierTypeCode', 'ID'],
    6: ['assigningFacility', 'HD'],
  },
  EI: {
    1: ['entityIdentifier', 'ST'],
    2: ['namespaceId', 'IS'],
    3: ['universalId', 'ST'],
    4: ['universalIdType', 'ID'],
  },
  HD: { 1: ['namespaceId', 'IS'], 2: ['universalId', 'ST'], 3: ['universalIdType', 'ID'] },
  MSG: { 1: ['messageCode', 'ID'], 2: ['triggerEvent', 'ID'], 3: ['messageStructure', 'ID'] },
  PL: {
    1: ['pointOfCare', 'IS'],
    2: ['room', 'IS'],
    3: ['bed', 'IS'],
    4: ['facility', 'HD'],
    9: ['locationDescription', 'ST'],
  },
  PLN: { 1: ['idNumber', 'ST'], 2: ['typeOfIdNumber', 'IS'], 3: ['qualifyingInformation', 'ST'] },
  PT: { 1: ['processingId', 'ID'] },
  VID: { 1: ['versionId', 'ID'] },
  XAD: {
    1: ['streetAddress', 'SAD'],
    2: ['otherDesignation', 'ST'],
    3: ['city', 'ST'],
    4: ['state', 'ST'],
    5: ['postalCode', 'ST'],
    6: ['country', 'ID'],
    7: ['addressType', 'ID'],
    9: ['county', 'IS'],
  },
  SAD: { 1: ['streetOrMailingAddress', 'ST'], 2: ['streetName', 'ST'], 3: ['dwellingNumber', 'ST'] },
  XCN: {
    1: ['idNumber', 'ST'],
    2: ['familyName', 'FN'],
    3: ['givenName', 'ST'],
    4: ['furtherGivenNames', 'ST'],
    5: ['suffix', 'ST'],
    6: ['prefix', 'ST'],
    7: ['degree', 'IS'],
    9: ['assigningAuthority', 'HD'],
    13: ['identifierTypeCode', 'ID'],
  },
  XON: {
    1: ['organizationName', 'ST'],
    3: ['idNumber', 'NM'],
    6: ['assigningAuthority', 'HD'],
    10: ['organizationIdentifier', 'ST'],
  },
  XPN: {
    1: ['familyName', 'FN'],
    2: ['givenName', 'ST'],
    3: ['furtherGivenNames', 'ST'],
    4: ['suffix', 'ST'],
    5: ['prefix', 'ST'],
    6: ['degree', 'IS'],
    7: ['nameTypeCode', 'ID'],
  },
  FN: { 1: ['surname', 'ST'] },
  XTN: {
    1: ['telephoneNumber', 'ST'],
    2: ['useCode', 'ID'],
    3: ['equipmentType', 'ID'],
    4: ['emailAddress', 'ST'],
    5: ['countryCode', 'NM'],
    6: ['areaCode', 'NM'],
    7: ['localNumber', 'NM'],
    8: ['extension', 'NM'],
  },
}

/** Types whose values are dates (HL7 v2.5.1, 2.A.21 and 2.A.77). */
export const DATE_TYPES: ReadonlySet<string> = new Set(['DT', 'TS'])
