import aceAnswerCodes from '../../../profiles/CodeSystem-ace-answer.json' with { type: 'json' }
import accommodationCodes from '../../../profiles/CodeSystem-accommodation.json' with { type: 'json' }
import diagnosisCourseCodes from '../../../profiles/CodeSystem-diagnosis-course.json' with { type: 'json' }
import documentTypeCodes from '../../../profiles/CodeSystem-document-type.json' with { type: 'json' }
import encounterTypeCodes from '../../../profiles/CodeSystem-encounter-type.json' with { type: 'json' }
import noteCategoryCodes from '../../../profiles/CodeSystem-note-category.json' with { type: 'json' }
import pcl5AnswerCodes from '../../../profiles/CodeSystem-pcl-5-answer.json' with { type: 'json' }
import planCategoryCodes from '../../../profiles/CodeSystem-plan-category.json' with { type: 'json' }
import recipientClassCodes from '../../../profiles/CodeSystem-recipient-class.json' with { type: 'json' }
import reportKindCodes from '../../../profiles/CodeSystem-report-kind.json' with { type: 'json' }
import safetyFlagCodes from '../../../profiles/CodeSystem-safety-flag.json' with { type: 'json' }
import safetyPlanSectionCodes from '../../../profiles/CodeSystem-safety-plan-section.json' with { type: 'json' }
import sensitivityCodes from '../../../profiles/CodeSystem-sensitivity.json' with { type: 'json' }
import signerCapacityCodes from '../../../profiles/CodeSystem-signer-capacity.json' with { type: 'json' }
import suicideRiskCodes from '../../../profiles/CodeSystem-suicide-risk.json' with { type: 'json' }
import taskCodeCodes from '../../../profiles/CodeSystem-task-code.json' with { type: 'json' }
import treatmentModalityCodes from '../../../profiles/CodeSystem-treatment-modality.json' with { type: 'json' }
import accommodationSet from '../../../profiles/ValueSet-accommodation.json' with { type: 'json' }
import crisisClassSet from '../../../profiles/ValueSet-crisis-class.json' with { type: 'json' }
import crisisTypeSet from '../../../profiles/ValueSet-crisis-type.json' with { type: 'json' }
import diagnosisCourseSet from '../../../profiles/ValueSet-diagnosis-course.json' with { type: 'json' }
import diagnosisSeveritySet from '../../../profiles/ValueSet-diagnosis-severity.json' with { type: 'json' }
import documentTypeSet from '../../../profiles/ValueSet-document-type.json' with { type: 'json' }
import encounterTypeSet from '../../../profiles/ValueSet-encounter-type.json' with { type: 'json' }
import narrativeStatusSet from '../../../profiles/ValueSet-narrative-status.json' with { type: 'json' }
import noteCategorySet from '../../../profiles/ValueSet-note-category.json' with { type: 'json' }
import planCategorySet from '../../../profiles/ValueSet-plan-category.json' with { type: 'json' }
import problemCategorySet from '../../../profiles/ValueSet-problem-category.json' with { type: 'json' }
import recipientClassSet from '../../../profiles/ValueSet-recipient-class.json' with { type: 'json' }
import representativeRelationshipSet from '../../../profiles/ValueSet-representative-relationship.json' with { type: 'json' }
import safetyFlagSet from '../../../profiles/ValueSet-safety-flag.json' with { type: 'json' }
import safetyPlanSectionSet from '../../../profiles/ValueSet-safety-plan-section.json' with { type: 'json' }
import sensitivitySet from '../../../profiles/ValueSet-sensitivity.json' with { type: 'json' }
import signerCapacitySet from '../../../profiles/ValueSet-signer-capacity.json' with { type: 'json' }
import suicideRiskCodeSet from '../../../profiles/ValueSet-suicide-risk-code.json' with { type: 'json' }
import suicideRiskLevelSet from '../../../profiles/ValueSet-suicide-risk-level.json' with { type: 'json' }
import therapyClassSet from '../../../profiles/ValueSet-therapy-class.json' with { type: 'json' }
import therapyTypeSet from '../../../profiles/ValueSet-therapy-type.json' with { type: 'json' }
import treatmentModalitySet from '../../../profiles/ValueSet-treatment-modality.json' with { type: 'json' }

/** Every CodeSystem and ValueSet in profiles/. */
export const terminology: readonly { readonly resourceType: string }[] = [
  accommodationCodes,
  diagnosisCourseCodes,
  documentTypeCodes,
  encounterTypeCodes,
  noteCategoryCodes,
  aceAnswerCodes,
  pcl5AnswerCodes,
  planCategoryCodes,
  recipientClassCodes,
  reportKindCodes,
  safetyFlagCodes,
  safetyPlanSectionCodes,
  sensitivityCodes,
  signerCapacityCodes,
  suicideRiskCodes,
  taskCodeCodes,
  treatmentModalityCodes,
  accommodationSet,
  crisisClassSet,
  crisisTypeSet,
  diagnosisCourseSet,
  diagnosisSeveritySet,
  documentTypeSet,
  encounterTypeSet,
  narrativeStatusSet,
  noteCategorySet,
  planCategorySet,
  problemCategorySet,
  recipientClassSet,
  representativeRelationshipSet,
  safetyFlagSet,
  safetyPlanSectionSet,
  sensitivitySet,
  signerCapacitySet,
  suicideRiskCodeSet,
  suicideRiskLevelSet,
  therapyClassSet,
  therapyTypeSet,
  treatmentModalitySet,
]
