import { type Answer, type Ask, disclose } from '../../disclose.ts'
import { isResourceType } from '../../fhir/definitions/structures.ts'
import { canonical } from '../../fhir/names.ts'
import { refuse } from '../../problem.ts'
import type { Released } from '../../redact/released.ts'
import type { Services } from '../../services.ts'
import type { Incoming, Route } from '../routes.ts'
import { exportData } from '../export/kick-off.ts'
import { breakGlass } from './break-glass.ts'
import { consentDecision } from './consent-decision.ts'
import { effect } from './effect.ts'
import { everything } from './everything.ts'
import { extract } from './extract.ts'
import { lastn } from './lastn.ts'
import { match } from './match.ts'
import { meta } from './meta.ts'
import { metaAdd } from './meta-add.ts'
import { metaDelete } from './meta-delete.ts'
import type { Call, Operation, Question } from './operation.ts'
import { populate } from './populate.ts'
import { previewDisclosure } from './preview-disclosure.ts'
import { validate } from './validate.ts'
import { readAllGiven } from './parameters.ts'
import { expand } from './terminology/expand.ts'
import { lookup } from './terminology/lookup.ts'
import { subsumes } from './terminology/subsumes.ts'
import { translate } from './terminology/translate.ts'
import { validateCode } from './terminology/validate-code.ts'
import { validateSystemCode } from './terminology/validate-system-code.ts'
import { why } from './why.ts'

const bulkData = 'http://hl7.org/fhir/uv/bulkdata/OperationDefinition'

/** Every operation that the gateway has: routes, batch entries and the CapabilityStatement are made of this table. */
export const operations: readonly Operation[] = [
  { name: 'everything', definition: 'Patient-everything', type: 'Patient', levels: ['type', 'instance'], ask: everything },
  { name: 'everything', definition: 'Encounter-everything', type: 'Encounter', levels: ['instance'], ask: everything },
  { name: 'lastn', definition: 'Observation-lastn', type: 'Observation', levels: ['type'], ask: lastn },
  { name: 'match', definition: 'Patient-match', type: 'Patient', levels: ['type'], perform: match },
  { name: 'break-glass', definition: `${canonical}/OperationDefinition/Patient-break-glass`, type: 'Patient', levels: ['type'], perform: breakGlass },
  { name: 'expand', definition: 'ValueSet-expand', type: 'ValueSet', levels: ['type', 'instance'], complex: ['valueSet'], ask: expand },
  { name: 'validate-code', definition: 'ValueSet-validate-code', type: 'ValueSet', levels: ['type', 'instance'], complex: ['valueSet', 'coding', 'codeableConcept'], ask: validateCode },
  { name: 'validate-code', definition: 'CodeSystem-validate-code', type: 'CodeSystem', levels: ['type', 'instance'], complex: ['codeSystem', 'coding', 'codeableConcept'], ask: validateSystemCode },
  { name: 'lookup', definition: 'CodeSystem-lookup', type: 'CodeSystem', levels: ['type'], complex: ['coding'], ask: lookup },
  { name: 'subsumes', definition: 'CodeSystem-subsumes', type: 'CodeSystem', levels: ['type', 'instance'], complex: ['codingA', 'codingB'], ask: subsumes },
  { name: 'translate', definition: 'ConceptMap-translate', type: 'ConceptMap', levels: ['type', 'instance'], complex: ['conceptMap', 'coding', 'codeableConcept', 'dependency'], ask: translate },
  { name: 'meta', definition: 'Resource-meta', levels: ['system', 'type', 'instance'], ask: meta },
  { name: 'meta-add', definition: 'Resource-meta-add', levels: ['instance'], perform: metaAdd },
  { name: 'meta-delete', definition: 'Resource-meta-delete', levels: ['instance'], perform: metaDelete },
  { name: 'validate', definition: 'Resource-validate', levels: ['type', 'instance'], reads: true, perform: validate },
  { name: 'preview-disclosure', definition: `${canonical}/OperationDefinition/preview-disclosure`, type: 'Patient', levels: ['instance'], reads: true, perform: previewDisclosure },
  { name: 'effect', definition: `${canonical}/OperationDefinition/effect`, type: 'Consent', levels: ['type', 'instance'], perform: effect },
  { name: 'consent-decision', definition: `${canonical}/OperationDefinition/consent-decision`, levels: ['system'], perform: consentDecision },
  { name: 'populate', definition: 'http://hl7.org/fhir/uv/sdc/OperationDefinition/Questionnaire-populate', type: 'Questionnaire', levels: ['type', 'instance'], perform: populate },
  { name: 'extract', definition: 'http://hl7.org/fhir/uv/sdc/OperationDefinition/QuestionnaireResponse-extract', type: 'QuestionnaireResponse', levels: ['type', 'instance'], perform: extract },
  { name: 'export', definition: `${bulkData}/export`, levels: ['system'], reads: true, perform: exportData },
  { name: 'export', definition: `${bulkData}/patient-export`, type: 'Patient', levels: ['type'], reads: true, perform: exportData },
  { name: 'export', definition: `${bulkData}/group-export`, type: 'Group', levels: ['instance'], reads: true, perform: exportData },
  { name: 'why', definition: `${canonical}/OperationDefinition/why`, levels: ['instance'], reads: true, perform: why },
] // prettier-ignore

/** The question of a GET in a batch or transaction; undefined where its address is that of no such operation. */
export const operationAsk = (
  services: Services,
  request: string,
  address: string,
  given: URLSearchParams,
): Ask | undefined => {
  const parts = address.split('/')
  const name = parts.pop() ?? ''
  const [type, id, ...rest] = parts
  if (!name.startsWith('$') || rest.length > 0) return undefined
  const found = operations.find(
    (own) =>
      own.name === name.slice(1) &&
      own.levels.includes(id !== undefined ? 'instance' : type !== undefined ? 'type' : 'system') &&
      (own.type ?? type) === type,
  )
  if (found === undefined || !('ask' in found)) return undefined
  return found.ask(services, request, { type: requireType(type), id, given })
}

const routesAt = (operation: Operation, level: Route['level']): Route[] => {
  const { name, type = ':type' } = operation
  const path = { system: '', type: `/${type}`, instance: `/${type}/:id` }[level] + `/$${name}`
  const route = { path, interaction: name, level, operation }
  return 'ask' in operation
    ? (['GET', 'POST'] as const).map((method) => ({
        ...route,
        method,
        answer: (incoming) => askOf(incoming, operation),
      }))
    : (operation.reads === true ? (['GET', 'POST'] as const) : (['POST'] as const)).map((method) => ({
        ...route,
        method,
        answer: (incoming) => operation.perform(callOf(incoming, operation)),
      }))
}

const askOf = async (incoming: Incoming, operation: Question): Promise<Released<Answer>> => {
  const { services, caller, request, raw, type, id } = callOf(incoming, operation)
  const given = await readAllGiven(services, raw, operation.complex ?? [])
  return disclose(services, caller, operation.ask(services, request, { type, id, ...given }))
}

const callOf = (
  { context, services, caller, request }: Incoming,
  { type = context.req.param('type') }: Operation,
): Call => ({
  services,
  caller,
  request,
  raw: context.req.raw,
  type: requireType(type),
  id: context.req.param('id'),
})

/** A type that has records of its own: the trail is none. */
const requireType = (type: string | undefined): string | undefined =>
  type === undefined || (isResourceType(type) && type !== 'AuditEvent')
    ? type
    : refuse({ kind: 'no-route', text: 'no operation of this server has this address; see /metadata' })

/** The routes of the operations: they come before those whose ids and members would take their names. */
export const operationRoutes: readonly Route[] = operations.flatMap((operation) =>
  operation.levels.flatMap((level) => routesAt(operation, level)),
)
