/** The world as the twin is given it, and who is who in it (CONSENT.md section 1). */
import type { FhirResource } from 'fhir/r4'
import { citedBy, isNode, listOf, namesIn, nodeOf, nodesOf, referenceTo, targetOf, words } from './json.ts'

export interface TwinOrganization {
  id: string
  class?: string
  part2?: boolean
  /** `Organization/x` */
  partOf?: string
  /** Organization that a business associate works for: its id, or `Organization/x`. */
  principal?: string
  state?: string
}

export interface TwinRecord {
  resource: FhirResource
  /** Organization id. */
  custodian: string
  /** Organization id; the custodian where absent. */
  submitter?: string
  /** Policy-bearing data: whether it decides (section 2). */
  effective: boolean
}

export interface TwinRow {
  label: string | null
  class: string | null
  purpose: string | null
  state: string | null
  effect: string
  citation: string
}

/** What a minor may consent to by the law of a state, and who signs. */
export interface TwinMinorRow {
  state: string
  label: string
  minimumAge: number
  signs: string
  since: string | null
  until: string | null
}

/** An exception before consent (section 5), as somebody opened it. */
export interface TwinException {
  kind: 'emergency' | 'court-order' | 'audit' | 'research'
  /** Who may use it: an organization's id, or `Organization/x`. */
  organization: string
  /** Whose records it opens; an emergency opens everybody's. */
  custodian?: string
  /** `Patient/x`, one of the person's; absent: everybody. */
  patient?: string
  /** Milliseconds; the end is not inside. */
  start: number
  end: number
  /** Labels that it opens, `ordinary` for records without one; absent: all that an exception can open. */
  labels?: readonly string[]
  scope?: {
    types?: readonly string[]
    records?: readonly string[]
    from?: number
    to?: number
  }
}

export interface TwinWorld {
  organizations: readonly TwinOrganization[]
  table: readonly TwinRow[]
  minors?: readonly TwinMinorRow[]
  /** Current versions of everything. */
  records: readonly TwinRecord[]
  /** Which Patient ids are the same human being; a Patient that is not listed is its own. */
  persons: readonly (readonly string[])[]
  /** The organization knows the person behind this Patient. */
  crosswalk: readonly { organization: string; patient: string }[]
  exceptions?: readonly TwinException[]
  /** What the terminology that is loaded says: a code of a system is a kind of another. */
  hierarchy?: readonly { system: string; kind: string; of: string }[]
}

export interface TwinAsker {
  organization: string
  purpose: string
  /** `Practitioner/x`, or the `RelatedPerson/x` who asks for the patient. */
  user?: string
  /** The user's role at the organization: an officer, or who keeps the records, needs no care team. */
  role?: string
  /** `Patient/x`: the patient's own token. */
  patient?: string
  /** Instant. */
  moment: string
  receivedBy?: never
}

export const idOf = (reference: string): string => reference.slice(reference.lastIndexOf('/') + 1)

export const organizationOf = (world: TwinWorld, id: string): TwinOrganization | undefined =>
  world.organizations.find((organization) => organization.id === idOf(id))

/** The organization and all that it is a part of, itself first. */
export const lineOf = (world: TwinWorld, id: string): readonly string[] => {
  const line: string[] = []
  let next: string | undefined = idOf(id)
  while (next !== undefined && !line.includes(next)) {
    line.push(next)
    const parent: string | undefined = organizationOf(world, next)?.partOf
    next = parent === undefined ? undefined : idOf(parent)
  }
  return line
}

/** Section 6, 42 CFR 2.11. Choice: a part of a program is the program too, and the class alone makes one. */
export const isProgram = (world: TwinWorld, id: string): boolean => {
  for (const each of lineOf(world, id)) {
    const organization = organizationOf(world, each)
    if (organization?.part2 === true || organization?.class === 'part2-program') return true
  }
  return false
}

export const recordOf = (world: TwinWorld, reference: string): TwinRecord | undefined =>
  world.records.find((record) => referenceTo(record.resource) === reference)

/** Section 2: policy-bearing data that nobody accepted is as if it were not there. */
export const policyOf = (world: TwinWorld, reference: string): FhirResource | undefined => {
  const record = recordOf(world, reference)
  return record?.effective === true ? record.resource : undefined
}

/** A name for the human being behind a Patient id. */
export const personOf = (world: TwinWorld, patient: string): string => {
  const id = idOf(patient)
  for (const [index, ids] of world.persons.entries()) if (ids.map(idOf).includes(id)) return `person ${index}`
  return `patient ${id}`
}

/** Section 1: an organization knows a person by a crosswalk entry. Choice: its parts do not inherit it. */
export const knows = (world: TwinWorld, organization: string, person: string): boolean =>
  world.crosswalk.some(
    (entry) => idOf(entry.organization) === idOf(organization) && personOf(world, entry.patient) === person,
  )

/** Elements that say whom a record is about, or which patient had a hand in it: R4's patient compartment. */
const patientElements = new Set(
  words(`
  subject patient for beneficiary individual candidate subscriber policyHolder performer
  performer.actor author source recorder asserter informationSource sender recipient requester enterer
  actor party payee.party onBehalfOf participant.actor participant.member participant.individual
  member.entity agent.who
`),
)

/** Patient ids that a record is about (section 4.4: a record of several patients needs all of them). */
export const patientsOf = (
  world: TwinWorld,
  record: TwinRecord,
  seen: readonly string[] = [],
): readonly string[] => {
  const { resource } = record
  if (resource.resourceType === 'Patient') return [resource.id ?? '']
  if (resource.resourceType === 'Binary') return patientsOfBinary(world, record, seen)
  const found = new Set<string>()
  for (const { path, target } of citedBy(resource)) {
    if (!target.startsWith('Patient/')) continue
    const name = namesIn(path).join('.')
    const provenance = resource.resourceType === 'Provenance' && name === 'target'
    const person = resource.resourceType === 'Person' && name === 'link.target'
    if (patientElements.has(name) || provenance || person) found.add(idOf(target))
  }
  return [...found]
}

const patientsOfBinary = (
  world: TwinWorld,
  record: TwinRecord,
  seen: readonly string[],
): readonly string[] => {
  const context = targetOf(nodeOf(record.resource).securityContext)
  if (context === undefined || seen.includes(context)) return []
  if (context.startsWith('Patient/')) return [idOf(context)]
  const target = recordOf(world, context)
  return target === undefined ? [] : patientsOf(world, target, [...seen, context])
}

const authorElements = new Set(
  words(`
  author performer performer.actor recorder asserter requester sender source informationSource enterer
  authenticator attester.party agent.who dispenser responsible
`),
)

/** In a request the performer is the one asked, not the one who wrote it. */
const requests = /Request$|^NutritionOrder$|^Task$/

/** References to those who wrote a record. */
export const authorsOf = (resource: FhirResource): readonly string[] => {
  const found: string[] = []
  for (const { path, target } of citedBy(resource)) {
    const name = namesIn(path).join('.')
    if (name.startsWith('performer') && requests.test(resource.resourceType)) continue
    if (authorElements.has(name)) found.push(target)
  }
  return found
}

/** Members of a CareTeam or Group with what says whether they are members now. */
export const membersOf = (
  resource: FhirResource,
): readonly { member: unknown; period: unknown; inactive: boolean }[] => {
  const node = nodeOf(resource)
  const rows = resource.resourceType === 'CareTeam' ? nodesOf(node.participant) : nodesOf(node.member)
  return rows.map((row) => ({
    member: resource.resourceType === 'CareTeam' ? row.member : row.entity,
    period: row.period,
    inactive: row.inactive === true,
  }))
}

/** All codings below a value: Coding, CodeableConcept, or a list of either. */
export const codingsIn = (value: unknown): readonly { system?: string; code?: string }[] => {
  const found: { system?: string; code?: string }[] = []
  for (const node of listOf(value).filter(isNode)) {
    if (Array.isArray(node.coding)) found.push(...codingsIn(node.coding))
    else if (typeof node.code === 'string') {
      found.push({ code: node.code, ...(typeof node.system === 'string' ? { system: node.system } : {}) })
    }
  }
  return found
}
