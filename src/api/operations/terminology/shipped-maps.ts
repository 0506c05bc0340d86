import type { ConceptMap } from 'fhir/r4'
import addressType from '../../../../mappings/hospital/codes/address-type.json' with { type: 'json' }
import administrativeSex from '../../../../mappings/hospital/codes/administrative-sex.json' with { type: 'json' }
import codingSystem from '../../../../mappings/hospital/codes/coding-system.json' with { type: 'json' }
import contactRelationship from '../../../../mappings/hospital/codes/contact-relationship.json' with { type: 'json' }
import diagnosisType from '../../../../mappings/hospital/codes/diagnosis-type.json' with { type: 'json' }
import identifierType from '../../../../mappings/hospital/codes/identifier-type.json' with { type: 'json' }
import nameType from '../../../../mappings/hospital/codes/name-type.json' with { type: 'json' }
import referralCategory from '../../../../mappings/hospital/codes/referral-category.json' with { type: 'json' }
import referralPriority from '../../../../mappings/hospital/codes/referral-priority.json' with { type: 'json' }
import referralReason from '../../../../mappings/hospital/codes/referral-reason.json' with { type: 'json' }
import referralStatus from '../../../../mappings/hospital/codes/referral-status.json' with { type: 'json' }
import referralType from '../../../../mappings/hospital/codes/referral-type.json' with { type: 'json' }
import telecomEquipment from '../../../../mappings/hospital/codes/telecom-equipment.json' with { type: 'json' }
import telecomUse from '../../../../mappings/hospital/codes/telecom-use.json' with { type: 'json' }
import accommodation from '../../../../mappings/school/codes/accommodation.json' with { type: 'json' }
import documentType from '../../../../mappings/school/codes/document-type.json' with { type: 'json' }

/** The concept maps that the gateway brings for its own mappings. */
export const shippedMaps = [
  addressType,
  administrativeSex,
  codingSystem,
  contactRelationship,
  diagnosisType,
  identifierType,
  nameType,
  referralCategory,
  referralPriority,
  referralReason,
  referralStatus,
  referralType,
  telecomEquipment,
  telecomUse,
  accommodation,
  documentType,
] as readonly ConceptMap[]
