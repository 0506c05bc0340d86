import type { Coding, FhirResource, Resource } from 'fhir/r4'
import type { SensitivityTable } from '../../mappings/sensitivity/index.ts'
import type { Found, Path } from '../fhir/references.ts'
import { bit, bitOf, type Label, type Mask, named } from './labels.ts'
import type { LabelledElement } from './cuts.ts'
import { inlineLabels } from './inline.ts'

/** Why a label is on a record: the basis that is kept with it (extension-sec-label-basis). */
export interface Basis {
  readonly label: Label
  readonly basis: 'program' | 'school' | 'sender' | 'code' | 'instrument' | 'propagated' | 'kind'
  readonly from?: string
}

/** What labelling needs to know of what a record cites. */
export interface Target {
  readonly mask: Mask
  readonly custodian: number
}

/** The world around a record, as its labels depend on it. */
export interface Surroundings {
  readonly custodian: number
  /** Whether the custodian is a Part 2 program (42 CFR 2.11). */
  readonly custodianIsProgram: boolean
  /** Whether the custodian is a school: what it holds are education records (34 CFR 99.3). */
  readonly custodianIsSchool: boolean
  /** Whether `Organization/<id>` is a Part 2 program. */
  isProgram(organization: string | undefined): boolean
  /** What a reference points to; undefined where nothing is stored there. */
  target(reference: string): Target | undefined
  /** The label of a code, by the code tables. */
  labelOf(system: string | undefined, code: string | undefined): Label | undefined
}

/** The labels of a record as a whole, and of its elements. */
export interface Labelled {
  readonly mask: Mask
  readonly elements: readonly LabelledElement[]
  readonly bases: readonly Basis[]
}

/** Definitions and the directory: the same for every authenticated client (CONSENT rules, section 4.4). */
export const openTypes: ReadonlySet<string> = new Set([
  'ActivityDefinition', 'CapabilityStatement', 'ChargeItemDefinition', 'CodeSystem', 'CompartmentDefinition', 'ConceptMap',
  'EventDefinition', 'ExampleScenario', 'GraphDefinition', 'HealthcareService', 'ImplementationGuide', 'Endpoint', 'InsurancePlan',
  'Library', 'Location', 'Measure', 'MessageDefinition', 'NamingSystem', 'OperationDefinition', 'Organization',
  'OrganizationAffiliation', 'PlanDefinition', 'Practitioner', 'PractitionerRole', 'Questionnaire', 'ResearchDefinition',
  'SearchParameter', 'SpecimenDefinition', 'StructureDefinition', 'StructureMap', 'TerminologyCapabilities', 'ValueSet',
]) // prettier-ignore

const directory = new Set([
  'HealthcareService',
  'Endpoint',
  'Location',
  'OrganizationAffiliation',
  'Practitioner',
  'PractitionerRole',
])

/** The citing record inherits as a whole along these (CONSENT rules, section 6). */
const wholeInherits = new Set(['derivedFrom', 'hasMember', 'focus', 'partOf'])

/** The element that these name inherits, and goes, as a whole: what is left of it would tell of the reference. */
const enclosing = new Set([
  'activity', 'diagnosis', 'entry', 'extension', 'finding', 'link', 'member', 'modifierExtension', 'note', 'participant', 'relatesTo', 'section',
]) // prettier-ignore

/**
 * The labels of one record, each with its basis, in the order of LABELS: source program, sender, codes and instrument,
 * propagation. Nothing is ever lowered: what a stored version carried goes in as `prior`.
 */
export const label = (
  resource: FhirResource,
  references: readonly Found[],
  around: Surroundings,
  prior: readonly Basis[] = [],
): Labelled => {
  const cited = references
    .map((found) => ({ ...found, mask: citedMask(found, around) }))
    .filter(({ mask }) => mask !== 0n)
  const inherited = cited.filter(({ path }) => inheritsWhole(resource.resourceType, path))
  const coded = codesIn(resource, around)
  const inline = inlineLabels(resource)
  const bases = unique([
    ...prior,
    ...sourceBases(resource, around),
    ...senderBases(resource.meta?.security),
    ...named(inline.whole).map((own) => ({ label: own, basis: 'sender' as const })),
    ...coded.filter(({ path }) => !isApart(path)).map(({ basis }) => basis),
    ...instrumentBases(resource, around),
    ...(resource.resourceType === 'Consent' ? [{ label: 'stored-consent', basis: 'kind' } as const] : []),
    ...inherited.flatMap(({ mask, reference }) => propagated(mask, reference, around)),
  ])
  return {
    mask: wholeOf(bases),
    elements: [
      ...inline.elements,
      ...cited
        .filter(({ path }) => !inheritsWhole(resource.resourceType, path))
        .map(({ path, mask: own }) => ({ path: enclosingElement(path), mask: own })),
      ...coded
        .filter(({ path }) => isApart(path))
        .map(({ path, basis }) => ({ path: enclosingElement(path), mask: bit(basis.label) })),
    ],
    bases,
  }
}

/** What a record cites, as labels: a Patient's reference is never cut, since a permit for a record releases it. */
const citedMask = ({ reference }: Found, around: Surroundings): Mask => {
  if (reference.startsWith('Patient/')) return 0n
  const program = around.isProgram(reference) ? bit('42CFRPart2') : 0n
  return ((around.target(reference)?.mask ?? 0n) | program) & ~bit('ordinary')
}

/** Sensitivity propagates; 42CFRPart2 only within the program's custody: law follows the source (42 CFR 2.11). */
const propagated = (mask: Mask, reference: string, around: Surroundings): Basis[] => {
  const foreign = around.target(reference)?.custodian !== around.custodian
  return named(foreign ? mask & ~bit('42CFRPart2') : mask).map((own) => ({
    label: own,
    basis: 'propagated',
    from: reference,
  }))
}

const inheritsWhole = (type: string, path: Path): boolean =>
  path.some((name) => typeof name === 'string' && wholeInherits.has(name)) ||
  (type === 'Provenance' && path[0] === 'target')

/** The element that goes with a reference. */
export const enclosingElement = (path: Path): Path => {
  const place = path.findIndex((name) => typeof name === 'string' && enclosing.has(name))
  return place < 0 ? path : path.slice(0, typeof path[place + 1] === 'number' ? place + 2 : place + 1)
}

/** By who made it: what a program or a school holds, and what names a program. */
const sourceBases = (resource: FhirResource, around: Surroundings): Basis[] => {
  const type = resource.resourceType
  const source = around.isProgram(programOf(resource))
  const held = around.custodianIsProgram && (!openTypes.has(type) || directory.has(type))
  return [
    ...(source || held ? [{ label: '42CFRPart2', basis: 'program' } as const] : []),
    ...(around.custodianIsSchool && !openTypes.has(type)
      ? [{ label: 'ferpa', basis: 'school' } as const]
      : []),
  ]
}

/** The organization whose program status the resource itself tells of. */
const programOf = (resource: FhirResource): string | undefined => {
  switch (resource.resourceType) {
    case 'Organization':
      return `Organization/${resource.id ?? ''}`
    case 'Location':
      return resource.managingOrganization?.reference
    case 'HealthcareService':
      return resource.providedBy?.reference
    case 'PractitionerRole':
      return resource.organization?.reference
    case 'CareTeam':
      return resource.managingOrganization?.[0]?.reference
    case 'Encounter':
      return resource.serviceProvider?.reference
    default:
      return undefined
  }
}

const senderBases = (security: readonly Coding[] | undefined): Basis[] =>
  (security ?? []).flatMap((coding) =>
    named(bitOf(coding)).map((own) => ({ label: own, basis: 'sender' as const })),
  )

/** A label by code, and where the code stands. */
interface Coded {
  readonly path: Path
  readonly basis: Basis
}

/**
 * Codes anywhere in a record. A record's own codes label it whole; those of an activity or a section only that element
 * (CONSENT rules, section 6).
 */
const codesIn = (resource: Resource, around: Pick<Surroundings, 'labelOf'>): Coded[] => {
  const found: Coded[] = []
  const walk = (value: unknown, path: Path): void => {
    if (path[0] === 'meta' || path.at(-1) === 'extension' || value === null || typeof value !== 'object')
      return
    if (Array.isArray(value)) {
      value.forEach((item, place) => walk(item, [...path, place]))
      return
    }
    const { system: from, code } = value as { system?: unknown; code?: unknown }
    if (typeof from === 'string' && typeof code === 'string') {
      const own = around.labelOf(from, code)
      if (own !== undefined)
        found.push({ path, basis: { label: own, basis: 'code', from: `${from}|${code}` } })
    }
    for (const [key, child] of Object.entries(value)) walk(child, [...path, key])
  }
  if (!openTypes.has(resource.resourceType) && resource.resourceType !== 'Consent') walk(resource, [])
  return found
}

/** Whether an element stands in a part that is labelled apart from the record. */
const isApart = (path: Path): boolean => path.some((name) => name === 'activity' || name === 'section')

const instrumentBases = (resource: FhirResource, around: Pick<Surroundings, 'labelOf'>): Basis[] => {
  if (resource.resourceType !== 'QuestionnaireResponse' || resource.questionnaire === undefined) return []
  const url = resource.questionnaire.split('|')[0]
  const own = around.labelOf('https://sluice.example/fhir/Questionnaire', url)
  return own === undefined ? [] : [{ label: own, basis: 'instrument', from: url ?? '' }]
}

/** The labels that the code tables alone give a version of a record, or a part of it. */
export const saidByTables = (version: FhirResource, tables: Pick<Surroundings, 'labelOf'>): Mask =>
  [...codesIn(version, tables).map(({ basis }) => basis), ...instrumentBases(version, tables)].reduce(
    (sum, basis) => sum | bit(basis.label),
    0n,
  )

/** What could not be labelled is held back like a sensitive record (CONSENT rules, section 4.5). */
export const unlabelled: Labelled = { mask: bit('unsettled'), elements: [], bases: [] }

/**
 * The labels of a record with those of its earlier versions; the elements are those of the version that is current. What
 * somebody stated of an earlier one is kept with the current one, less what an officer took off.
 */
export const together = (own: Labelled, earlier: readonly Labelled[]): Labelled =>
  withAlso(
    own,
    earlier.flatMap(({ bases }) => bases.filter(({ basis }) => basis !== 'sender')),
  )

/** The labels of a record with more of them. */
export const withAlso = (own: Labelled, more: readonly Basis[]): Labelled => {
  if (more.length === 0) return own
  const bases = unique([...own.bases, ...more])
  return { mask: wholeOf(bases), elements: own.elements, bases }
}

/** The mask of a record as a whole, by the labels that are kept with it. */
export const wholeOf = (bases: readonly Basis[]): Mask => {
  const mask = bases.reduce((sum, basis) => sum | bit(basis.label), 0n)
  return mask === 0n ? bit('ordinary') : mask
}

/** Labels with their bases as one word: two records that carry the same for the same reasons have the same. */
export const namesOf = (bases: readonly Basis[]): string =>
  bases.map(({ label: own, basis, from }) => JSON.stringify([own, basis, from])).toSorted().join(' ') // prettier-ignore

const unique = (bases: readonly Basis[]): Basis[] => [
  ...new Map(bases.map((basis) => [`${basis.label} ${basis.basis} ${basis.from ?? ''}`, basis])).values(),
]

/** Looks codes up in the tables; built once, since the tables are data that does not change while a process runs. */
export const codeLabels = (tables: readonly SensitivityTable[]): Surroundings['labelOf'] => {
  const exact = new Map(
    tables.flatMap(({ system: from, rows }) =>
      rows.flatMap((row) => (row.code === undefined ? [] : [[`${from}|${row.code}`, row.label] as const])),
    ),
  )
  const prefixes = new Map(
    tables.map(
      ({ system: from, rows }) => [from, rows.filter(({ prefix }) => prefix !== undefined)] as const,
    ),
  )
  return (from, code) => {
    if (from === undefined || code === undefined) return undefined
    return (
      exact.get(`${from}|${code}`) ??
      prefixes.get(from)?.find(({ prefix }) => code.startsWith(prefix ?? ''))?.label
    )
  }
}
