import type {
  CapabilityStatement,
  CapabilityStatementRestResource,
  CapabilityStatementRestResourceOperation,
} from 'fhir/r4'
import { compartmentNames } from '../fhir/definitions/compartments.ts'
import { resourceTypes } from '../fhir/definitions/structures.ts'
import { commonParameters, type Served } from '../search/parameters.ts'
import { fhirBase, type Services } from '../services.ts'
import { authorizePath, introspectPath, managePath, revokePath, tokenPath } from '../smart/addresses.ts'
import { profiles } from '../validate/profiles.ts'
import type { Route } from './routes.ts'

/** https://hl7.org/fhir/R4/http.html#capabilities, generated from the route table and the parameters that are served. */
export const capabilities = (
  services: Services,
  routes: readonly Route[],
  fhirVersion = '4.0.1',
): CapabilityStatement => ({
  resourceType: 'CapabilityStatement',
  status: 'active',
  date: '2026-11-23',
  kind: 'instance',
  instantiates: ['http://hl7.org/fhir/uv/bulkdata/CapabilityStatement/bulk-data'],
  software: { name: 'Sluice' },
  implementation: { description: 'Sluice, a FHIR gateway for behavioral health', url: fhirBase(services) },
  fhirVersion: fhirVersion as CapabilityStatement['fhirVersion'],
  format: ['json', 'xml', 'application/fhir+json', 'application/fhir+xml'],
  rest: [
    {
      mode: 'server',
      documentation:
        'Everything that leaves is decided by consent and law; what a caller may not see does not exist for it.',
      security: {
        cors: true,
        service: [
          {
            coding: [
              {
                system: 'http://terminology.hl7.org/CodeSystem/restful-security-service',
                code: 'SMART-on-FHIR',
              },
            ],
          },
        ],
        extension: [
          {
            url: 'http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris',
            extension: oauthUris(services.settings.publicUrl),
          },
        ],
      },
      resource: resourceTypes
        .filter((type) => type !== 'Bundle' && type !== 'Parameters')
        .map((type) => resource(services, routes, type)),
      interaction: ['transaction', 'batch', 'search-system', 'history-system'].map((code) => ({
        code: code as 'batch',
      })),
      searchParam: [...commonParameters.values()].map(parameterOf),
      compartment: compartmentNames.map(
        (name) => `http://hl7.org/fhir/CompartmentDefinition/${name.toLowerCase()}`,
      ),
      operation: declared(routes.filter(({ level }) => level === 'system')),
    },
  ],
})

/** The operations of some routes, each once, by their definitions at HL7. */
const declared = (routes: readonly Route[]): CapabilityStatementRestResourceOperation[] => [
  ...new Map(
    routes.flatMap(({ operation }) =>
      operation === undefined
        ? []
        : [
            [
              operation.name,
              {
                name: operation.name,
                definition: new URL(operation.definition, 'http://hl7.org/fhir/OperationDefinition/').href,
              },
            ] as const,
          ],
    ),
  ).values(),
]

const resource = (
  services: Services,
  routes: readonly Route[],
  type: string,
): CapabilityStatementRestResource => {
  const readOnly = type === 'AuditEvent'
  const codes = [
    ...new Set(
      routes
        .filter(
          ({ level, operation, interaction }) =>
            level !== 'system' && operation === undefined && interaction !== 'search-compartment',
        )
        .map(({ interaction }) => interaction),
    ),
  ]
  const own = readOnly ? ['read', 'search-type'] : codes
  const parameters = readOnly ? [] : [...services.parameters(type).values()]
  const common = readOnly ? ofTheTrail : [...commonParameters.values()].map(parameterOf)
  const operation = readOnly
    ? []
    : declared(
        routes.filter(
          ({ level, operation: { type: only = type } = {} }) => level !== 'system' && only === type,
        ),
      )
  const pointing = readOnly ? [] : revIncludes(services, type)
  const includes = parameters.filter(({ kind }) => kind === 'reference').map(({ name }) => `${type}:${name}`)
  return {
    type: type as CapabilityStatementRestResource['type'],
    ...(supported.has(type) ? { supportedProfile: supported.get(type) } : {}),
    interaction: own.map((code) => ({ code: code as 'read' })),
    versioning: 'versioned',
    readHistory: !readOnly,
    updateCreate: false,
    conditionalCreate: !readOnly,
    conditionalRead: readOnly ? 'not-supported' : 'full-support',
    conditionalUpdate: !readOnly,
    conditionalDelete: readOnly ? 'not-supported' : 'multiple',
    referencePolicy: ['literal', 'logical', 'enforced', 'local'],
    ...(readOnly ? {} : { searchInclude: ['*', ...includes] }),
    ...(pointing.length === 0 ? {} : { searchRevInclude: pointing }),
    ...(operation.length === 0 ? {} : { operation }),
    searchParam: [...common, ...parameters.map(parameterOf)],
  }
}

/** What a type may be checked against, by the type. */
const supported: ReadonlyMap<string, string[]> = new Map(
  [...Map.groupBy(profiles, ({ type }) => type)].map(([type, own]) => [type, own.map(({ url }) => url)]),
)

const ofTheTrail = [
  { name: 'patient', type: 'reference' as const },
  { name: 'date', type: 'date' as const },
]

const parameterOf = ({ name, kind, url }: Served) => ({ name, type: kind, definition: url })

/** What points to a type by a reference parameter that names it; those that may point to any type are too many to list. */
const revIncludes = ({ parameters }: Services, type: string): string[] =>
  resourceTypes
    .filter((from) => from !== 'AuditEvent')
    .flatMap((from) =>
      [...parameters(from).values()]
        .filter(({ kind, targets }) => kind === 'reference' && targets.includes(type))
        .map(({ name }) => `${from}:${name}`),
    )

/** Where the authorization server is, as SMART App Launch 1 told it; apps of today read `smart-configuration`. */
const oauthUris = (publicUrl: string) =>
  Object.entries({
    authorize: authorizePath,
    token: tokenPath,
    introspect: introspectPath,
    revoke: revokePath,
    manage: managePath,
  }).map(([url, path]) => ({ url, valueUri: `${publicUrl}${path}` }))
