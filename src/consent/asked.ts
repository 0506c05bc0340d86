import type { Membership } from './membership.ts'
import type { Birth, MinorWindow } from './minors.ts'

/** The classes of recipients (CONSENT rules, section 5 of the design's words). */
export const organizationClasses = [
  'part2-program',
  'covered-entity',
  'business-associate',
  'lawful-holder',
  'intermediary',
  'school',
  'public-health',
] as const

export type RecipientClass = (typeof organizationClasses)[number] | 'patient' | 'representative'

/** Who asks and for what: all that a decision knows of the caller. Its canonical JSON is the audience's identity. */
export interface Asked {
  /** The organization the caller acts for; a business associate's own, its principal is found by `organizations`. */
  readonly organization: string
  /** The practitioner, for a user's token; the RelatedPerson, for a representative's. */
  readonly user?: string
  /** The role of the user at the organization. */
  readonly role?: string
  /** The patient, for a patient's own token. */
  readonly patient?: string
  /** v3-ActReason code. */
  readonly purpose: string
}

/** An organization as decisions see it. */
export interface OrganizationFacts {
  readonly key: number
  readonly id: string
  readonly class: RecipientClass | undefined
  readonly part2: boolean
  readonly partOf: string | undefined
  readonly principal: string | undefined
  readonly state: string | undefined
}

/** One row of the default or state table. */
export interface DefaultRow {
  readonly label: string | null
  readonly class: string | null
  readonly purpose: string | null
  readonly state: string | null
  readonly effect: string
  readonly citation: string
}

/** What is true around a decision, read in one transaction. Pure functions take it; nothing here is the caller's say. */
export interface Facts {
  /** By `Organization/<id>`. */
  readonly organizations: ReadonlyMap<string, OrganizationFacts>
  readonly table: readonly DefaultRow[]
  /** Members of Groups and CareTeams, and practitioner and organization of PractitionerRoles; absent where missing or inert. */
  readonly members: ReadonlyMap<string, readonly Membership[]>
  /** Other references that exist, as far as directives name them. */
  readonly present: ReadonlySet<string>
  /** Organizations that know the person in question, by the crosswalk. */
  readonly knownTo: ReadonlySet<string>
  /** The person's Patients, as references. */
  readonly patients: ReadonlySet<string>
  /** RelatedPersons who represent the person at the custodian, while they do. */
  readonly representatives: readonly Membership[]
  /** While the person is a minor who may consent, by the law of the custodian's state. */
  readonly minor: readonly MinorWindow[]
  /** When the person was born, as far as the custodian's Patient says; undefined where it does not. */
  readonly birth: Birth | undefined
}

/** Whether somebody asks as the personal representative of a patient, and so for no organization (45 CFR 164.502(g)). */
export const isRepresentative = ({ user }: Pick<Asked, 'user'>): boolean =>
  user?.startsWith('RelatedPerson/') === true

/** The organization with all that it is part of, itself first. */
export const lineage = (
  reference: string,
  organizations: Facts['organizations'],
  seen = new Set<string>(),
): string[] => {
  if (seen.has(reference)) return []
  seen.add(reference)
  const above = organizations.get(reference)?.partOf
  return [reference, ...(above === undefined ? [] : lineage(above, organizations, seen))]
}

/** The organization that holds what a caller writes: a business associate's principal. */
export const home = (reference: string, organizations: Facts['organizations']): string => {
  const facts = organizations.get(reference)
  return facts?.class === 'business-associate' && facts.principal !== undefined ? facts.principal : reference
}
