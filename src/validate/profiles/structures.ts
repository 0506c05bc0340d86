import behavioralHealthCondition from '../../../profiles/StructureDefinition-behavioral-health-condition.json' with { type: 'json' }
import behavioralHealthProblem from '../../../profiles/StructureDefinition-behavioral-health-problem.json' with { type: 'json' }
import behavioralHealthProcedure from '../../../profiles/StructureDefinition-behavioral-health-procedure.json' with { type: 'json' }
import careTeam from '../../../profiles/StructureDefinition-care-team.json' with { type: 'json' }
import clinicalNote from '../../../profiles/StructureDefinition-clinical-note.json' with { type: 'json' }
import consentDescription from '../../../profiles/StructureDefinition-consent-description.json' with { type: 'json' }
import consentSignature from '../../../profiles/StructureDefinition-consent-signature.json' with { type: 'json' }
import consultationNote from '../../../profiles/StructureDefinition-consultation-note.json' with { type: 'json' }
import courseSpecifier from '../../../profiles/StructureDefinition-course-specifier.json' with { type: 'json' }
import crisisEncounter from '../../../profiles/StructureDefinition-crisis-encounter.json' with { type: 'json' }
import disclosedUnder from '../../../profiles/StructureDefinition-disclosed-under.json' with { type: 'json' }
import encounterDiagnosis from '../../../profiles/StructureDefinition-encounter-diagnosis.json' with { type: 'json' }
import expiryEvent from '../../../profiles/StructureDefinition-expiry-event.json' with { type: 'json' }
import generalConsent from '../../../profiles/StructureDefinition-general-consent.json' with { type: 'json' }
import homeVisit from '../../../profiles/StructureDefinition-home-visit.json' with { type: 'json' }
import instrumentResponse from '../../../profiles/StructureDefinition-instrument-response.json' with { type: 'json' }
import instrument from '../../../profiles/StructureDefinition-instrument.json' with { type: 'json' }
import medicationOrder from '../../../profiles/StructureDefinition-medication-order.json' with { type: 'json' }
import medicationUse from '../../../profiles/StructureDefinition-medication-use.json' with { type: 'json' }
import part2Consent from '../../../profiles/StructureDefinition-part2-consent.json' with { type: 'json' }
import part2Program from '../../../profiles/StructureDefinition-part2-program.json' with { type: 'json' }
import personalRepresentative from '../../../profiles/StructureDefinition-personal-representative.json' with { type: 'json' }
import programOrganization from '../../../profiles/StructureDefinition-program-organization.json' with { type: 'json' }
import psychiatricDiagnosis from '../../../profiles/StructureDefinition-psychiatric-diagnosis.json' with { type: 'json' }
import psychotherapyNote from '../../../profiles/StructureDefinition-psychotherapy-note.json' with { type: 'json' }
import psychotherapyNotesConsent from '../../../profiles/StructureDefinition-psychotherapy-notes-consent.json' with { type: 'json' }
import recipientClass from '../../../profiles/StructureDefinition-recipient-class.json' with { type: 'json' }
import recordProvenance from '../../../profiles/StructureDefinition-record-provenance.json' with { type: 'json' }
import redisclosureNotice from '../../../profiles/StructureDefinition-redisclosure-notice.json' with { type: 'json' }
import referralNote from '../../../profiles/StructureDefinition-referral-note.json' with { type: 'json' }
import referralRequest from '../../../profiles/StructureDefinition-referral-request.json' with { type: 'json' }
import referralTask from '../../../profiles/StructureDefinition-referral-task.json' with { type: 'json' }
import reviewDate from '../../../profiles/StructureDefinition-review-date.json' with { type: 'json' }
import revocationStatement from '../../../profiles/StructureDefinition-revocation-statement.json' with { type: 'json' }
import safetyAlert from '../../../profiles/StructureDefinition-safety-alert.json' with { type: 'json' }
import safetyPlan from '../../../profiles/StructureDefinition-safety-plan.json' with { type: 'json' }
import schoolConsent from '../../../profiles/StructureDefinition-school-consent.json' with { type: 'json' }
import schoolSummary from '../../../profiles/StructureDefinition-school-summary.json' with { type: 'json' }
import screeningObservation from '../../../profiles/StructureDefinition-screening-observation.json' with { type: 'json' }
import suicideRiskObservation from '../../../profiles/StructureDefinition-suicide-risk-observation.json' with { type: 'json' }
import therapyEncounter from '../../../profiles/StructureDefinition-therapy-encounter.json' with { type: 'json' }
import tpoStatements from '../../../profiles/StructureDefinition-tpo-statements.json' with { type: 'json' }
import trailAuditEvent from '../../../profiles/StructureDefinition-trail-audit-event.json' with { type: 'json' }
import treatmentGoal from '../../../profiles/StructureDefinition-treatment-goal.json' with { type: 'json' }
import treatmentPlan from '../../../profiles/StructureDefinition-treatment-plan.json' with { type: 'json' }

/** Every StructureDefinition in profiles/. */
export const structures: readonly { readonly resourceType: string }[] = [
  behavioralHealthCondition,
  behavioralHealthProblem,
  behavioralHealthProcedure,
  careTeam,
  clinicalNote,
  consentDescription,
  consentSignature,
  consultationNote,
  courseSpecifier,
  crisisEncounter,
  disclosedUnder,
  encounterDiagnosis,
  expiryEvent,
  generalConsent,
  homeVisit,
  instrumentResponse,
  instrument,
  medicationOrder,
  medicationUse,
  part2Consent,
  part2Program,
  personalRepresentative,
  programOrganization,
  psychiatricDiagnosis,
  psychotherapyNote,
  psychotherapyNotesConsent,
  recipientClass,
  recordProvenance,
  redisclosureNotice,
  referralNote,
  referralRequest,
  referralTask,
  reviewDate,
  revocationStatement,
  safetyAlert,
  safetyPlan,
  schoolConsent,
  schoolSummary,
  screeningObservation,
  suicideRiskObservation,
  therapyEncounter,
  tpoStatements,
  trailAuditEvent,
  treatmentGoal,
  treatmentPlan,
]
