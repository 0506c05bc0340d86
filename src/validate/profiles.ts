import type { CodeSystem, StructureDefinition, ValueSet } from 'fhir/r4'
import aceAnswerCodes from '../../profiles/CodeSystem-ace-answer.json' with { type: 'json' }
import pcl5AnswerCodes from '../../profiles/CodeSystem-pcl-5-answer.json' with { type: 'json' }
import recipientClassCodes from '../../profiles/CodeSystem-recipient-class.json' with { type: 'json' }
import reportKindCodes from '../../profiles/CodeSystem-report-kind.json' with { type: 'json' }
import sensitivityCodes from '../../profiles/CodeSystem-sensitivity.json' with { type: 'json' }
import signerCapacityCodes from '../../profiles/CodeSystem-signer-capacity.json' with { type: 'json' }
import taskCodeCodes from '../../profiles/CodeSystem-task-code.json' with { type: 'json' }
import behavioralHealthCondition from '../../profiles/StructureDefinition-behavioral-health-condition.json' with { type: 'json' }
import consentDescription from '../../profiles/StructureDefinition-consent-description.json' with { type: 'json' }
import consentSignature from '../../profiles/StructureDefinition-consent-signature.json' with { type: 'json' }
import disclosedUnder from '../../profiles/StructureDefinition-disclosed-under.json' with { type: 'json' }
import expiryEvent from '../../profiles/StructureDefinition-expiry-event.json' with { type: 'json' }
import generalConsent from '../../profiles/StructureDefinition-general-consent.json' with { type: 'json' }
import instrument from '../../profiles/StructureDefinition-instrument.json' with { type: 'json' }
import part2Consent from '../../profiles/StructureDefinition-part2-consent.json' with { type: 'json' }
import part2Program from '../../profiles/StructureDefinition-part2-program.json' with { type: 'json' }
import recipientClass from '../../profiles/StructureDefinition-recipient-class.json' with { type: 'json' }
import redisclosureNotice from '../../profiles/StructureDefinition-redisclosure-notice.json' with { type: 'json' }
import referralRequest from '../../profiles/StructureDefinition-referral-request.json' with { type: 'json' }
import referralTask from '../../profiles/StructureDefinition-referral-task.json' with { type: 'json' }
import revocationStatement from '../../profiles/StructureDefinition-revocation-statement.json' with { type: 'json' }
import schoolConsent from '../../profiles/StructureDefinition-school-consent.json' with { type: 'json' }
import screeningObservation from '../../profiles/StructureDefinition-screening-observation.json' with { type: 'json' }
import tpoStatements from '../../profiles/StructureDefinition-tpo-statements.json' with { type: 'json' }
import treatmentPlan from '../../profiles/StructureDefinition-treatment-plan.json' with { type: 'json' }
import recipientClassSet from '../../profiles/ValueSet-recipient-class.json' with { type: 'json' }
import sensitivitySet from '../../profiles/ValueSet-sensitivity.json' with { type: 'json' }
import signerCapacitySet from '../../profiles/ValueSet-signer-capacity.json' with { type: 'json' }
import type { Expansions } from './bindings.ts'

const resources: { resourceType: string }[] = [
  aceAnswerCodes,
  pcl5AnswerCodes,
  recipientClassCodes,
  reportKindCodes,
  sensitivityCodes,
  signerCapacityCodes,
  taskCodeCodes,
  behavioralHealthCondition,
  consentDescription,
  consentSignature,
  disclosedUnder,
  expiryEvent,
  generalConsent,
  instrument,
  part2Consent,
  part2Program,
  recipientClass,
  redisclosureNotice,
  referralRequest,
  referralTask,
  revocationStatement,
  schoolConsent,
  screeningObservation,
  tpoStatements,
  treatmentPlan,
  recipientClassSet,
  sensitivitySet,
  signerCapacitySet,
]

/** The gateway's own profiles and extensions. https://hl7.org/fhir/R4/profiling.html */
export const profiles = resources.filter(
  (r): r is StructureDefinition => r.resourceType === 'StructureDefinition',
)

/** The gateway's own code systems. */
export const codeSystems = resources.filter((r): r is CodeSystem => r.resourceType === 'CodeSystem')

/** The gateway's own value sets, each all of one code system. */
export const ownValueSets = resources.filter((r): r is ValueSet => r.resourceType === 'ValueSet')

/** The codes of the gateway's own value sets, for required bindings. */
export const expansions: Expansions = new Map(ownValueSets.map((set) => [set.url ?? '', expansionOf(set)]))

function expansionOf(set: ValueSet): Record<string, string[]> {
  const systems = set.compose?.include.map(({ system }) => system) ?? []
  return Object.fromEntries(
    codeSystems
      .filter(({ url }) => systems.includes(url))
      .map(({ url = '', concept = [] }) => [url, concept.map(({ code }) => code)]),
  )
}
