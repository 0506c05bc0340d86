import { type Components, DATA_TYPES } from './datatypes.ts'
import type { SourceField, SourceModel } from '../template/lint.ts'

/** The fields that are read of each segment (HL7 v2.5.1, chapters 2, 3, 6, 7 and 11; PRD-10 is of v2.6). */
export const SEGMENTS: { readonly [segment: string]: Components } = {
  MSH: {
    3: ['sendingApplication', 'HD'],
    4: ['sendingFacility', 'HD'],
    5: ['receivingApplication', 'HD'],
    6: ['receivingFacility', 'HD'],
    7: ['dateTimeOfMessage', 'TS'],
    9: ['messageType', 'MSG'],
    10: ['messageControlId', 'ST'],
    11: ['processingId', 'PT'],
    12: ['versionId', 'VID'],
  },
  RF1: {
    1: ['referralStatus', 'CE'],
    2: ['referralPriority', 'CE'],
    3: ['referralType', 'CE'],
    4: ['referralDisposition', 'CE'],
    5: ['referralCategory', 'CE'],
    6: ['originatingReferralIdentifier', 'EI'],
    7: ['effectiveDate', 'TS'],
    8: ['expirationDate', 'TS'],
    9: ['processDate', 'TS'],
    10: ['referralReason', 'CE'],
    11: ['externalReferralIdentifier', 'EI'],
  },
  AUT: {
    1: ['authorizingPayor', 'CE'],
    2: ['authorizingPayorCompany', 'CE'],
    4: ['effectiveDate', 'TS'],
    5: ['expirationDate', 'TS'],
    6: ['authorizationIdentifier', 'EI'],
  },
  PRD: {
    1: ['providerRole', 'CE'],
    2: ['providerName', 'XPN'],
    3: ['providerAddress', 'XAD'],
    4: ['providerLocation', 'PL'],
    5: ['providerCommunication', 'XTN'],
    7: ['providerIdentifiers', 'PLN'],
    10: ['providerOrganization', 'XON'],
  },
  PID: {
    1: ['setId', 'SI'],
    3: ['patientIdentifierList', 'CX'],
    5: ['patientName', 'XPN'],
    7: ['dateOfBirth', 'TS'],
    8: ['administrativeSex', 'IS'],
    11: ['patientAddress', 'XAD'],
    13: ['homePhone', 'XTN'],
    14: ['businessPhone', 'XTN'],
    15: ['primaryLanguage', 'CE'],
    29: ['deathDateTime', 'TS'],
    30: ['deathIndicator', 'ID'],
  },
  NK1: {
    1: ['setId', 'SI'],
    2: ['contactName', 'XPN'],
    3: ['relationship', 'CE'],
    4: ['address', 'XAD'],
    5: ['phoneNumber', 'XTN'],
    7: ['contactRole', 'CE'],
  },
  DG1: {
    1: ['setId', 'SI'],
    3: ['diagnosisCode', 'CE'],
    4: ['diagnosisDescription', 'ST'],
    5: ['diagnosisDateTime', 'TS'],
    6: ['diagnosisType', 'IS'],
    15: ['diagnosisPriority', 'ID'],
    16: ['diagnosingClinician', 'XCN'],
    19: ['attestationDateTime', 'TS'],
  },
  AL1: {
    1: ['setId', 'SI'],
    2: ['allergenType', 'CE'],
    3: ['allergen', 'CE'],
    4: ['severity', 'CE'],
    5: ['reaction', 'ST'],
    6: ['identificationDate', 'DT'],
  },
  PV1: {
    2: ['patientClass', 'IS'],
    3: ['assignedPatientLocation', 'PL'],
    7: ['attendingDoctor', 'XCN'],
    8: ['referringDoctor', 'XCN'],
    19: ['visitNumber', 'CX'],
    44: ['admitDateTime', 'TS'],
    45: ['dischargeDateTime', 'TS'],
  },
  OBX: {
    1: ['setId', 'SI'],
    2: ['valueType', 'ID'],
    3: ['observationIdentifier', 'CE'],
    5: ['observationValue', '*'],
    6: ['units', 'CE'],
    7: ['referencesRange', 'ST'],
    8: ['abnormalFlags', 'IS'],
    11: ['resultStatus', 'ID'],
    14: ['observationDateTime', 'TS'],
  },
  NTE: { 1: ['setId', 'SI'], 2: ['sourceOfComment', 'ID'], 3: ['comment', 'FT'] },
}

/** How often each segment may stand in a message; a segment that is not listed is ignored (HL7 v2.5.1, 2.10). */
export type Structure = { readonly [segment: string]: { readonly min: 0 | 1; readonly max: 1 | 'many' } }

/** REF_I12 (HL7 v2.5.1, 11.5.1). RF1 is optional there, but without it nothing says what is asked for. */
export const REF_I12: Structure = {
  MSH: { min: 1, max: 1 },
  RF1: { min: 1, max: 1 },
  AUT: { min: 0, max: 'many' },
  PRD: { min: 1, max: 'many' },
  PID: { min: 1, max: 1 },
  NK1: { min: 0, max: 'many' },
  DG1: { min: 0, max: 'many' },
  AL1: { min: 0, max: 'many' },
  OBX: { min: 0, max: 'many' },
  PV1: { min: 0, max: 1 },
  NTE: { min: 0, max: 'many' },
}

/** The shape of `readSource`'s result for a structure, against which a map's paths are checked at load. */
export function sourceModel(structure: Structure): SourceModel {
  const root = Object.keys(structure).map((name): [string, SourceField] => [name, { type: name, at: name }])
  const segments = Object.keys(structure).map((name) => [
    name,
    {
      ...fieldsOf(SEGMENTS[name] ?? {}),
      line: { type: 'value' },
      occurrence: { type: 'value' },
      ...(name === 'OBX' && { notes: { type: 'NTE' } }),
    },
  ])
  const types = Object.entries(DATA_TYPES).map(([name, components]) => [name, fieldsOf(components)])
  return { ...Object.fromEntries([...types, ...segments]), Source: Object.fromEntries(root) }
}

function fieldsOf(components: Components): { readonly [name: string]: SourceField } {
  return Object.fromEntries(
    Object.entries(components).map(([number, [name, type]]) => [name, { type, at: Number(number) }]),
  )
}
