import type { Criterion } from './criteria.ts'
import { type Asked, type Facts, home, isRepresentative, lineage, type RecipientClass } from './asked.ts'
import { isCurrent } from './membership.ts'
import { covers } from './purposes.ts'

/** Three values: undefined is 'cannot be evaluated', which voids a permit and counts as matched in a deny. */
export type Match = boolean | undefined

/** What a criterion is held against on the caller's side. */
export interface Request {
  readonly asked: Asked
  readonly custodian: string
  readonly moment: number
}

type CallerCriterion = Extract<
  Criterion,
  { kind: 'period' | 'recipient' | 'discloser' | 'action' | 'purpose' | 'unevaluable' }
>

/** Whether a criterion looks at the caller and the moment; the others look at the single record. */
export const isCallers = (criterion: Criterion): criterion is CallerCriterion =>
  ['period', 'recipient', 'discloser', 'action', 'purpose', 'unevaluable'].includes(criterion.kind)

/** A caller's criterion against one request. */
export const matchCaller = (
  criterion: CallerCriterion,
  effect: 'permit' | 'deny',
  request: Request,
  facts: Facts,
): Match => {
  switch (criterion.kind) {
    case 'unevaluable':
      return undefined
    case 'period':
      return request.moment >= (criterion.start ?? -Infinity) && request.moment < (criterion.end ?? Infinity)
    case 'action':
      return criterion.codes.some((code) => code === 'access' || code === 'disclose')
    case 'purpose':
      return criterion.codes.some((code) => covers(code, request.asked.purpose, effect))
    case 'discloser':
      return any(
        criterion.references.map((reference) => matchOrganization(reference, request.custodian, facts)),
        effect,
      )
    case 'recipient':
      return any(
        [
          ...criterion.references.map((reference) => matchRecipient(reference, effect, request, facts)),
          ...criterion.classes.map((name) => matchClass(name, request.asked, facts)),
        ],
        effect,
      )
  }
}

/** One of several. In a permit one that cannot be evaluated voids them all; in a deny one that matches is enough. */
const any = (matches: readonly Match[], effect: 'permit' | 'deny'): Match => {
  const isUncertain = matches.includes(undefined)
  if (isUncertain && effect === 'permit') return undefined
  if (matches.includes(true)) return true
  return isUncertain ? undefined : false
}

const matchOrganization = (reference: string, organization: string, facts: Facts): Match => {
  if (!facts.organizations.has(reference)) return undefined
  return lineage(organization, facts.organizations).includes(reference)
}

/** An organization matches itself, its parts and who acts for it; a Practitioner itself; groups and teams their members. */
const matchRecipient = (
  reference: string,
  effect: 'permit' | 'deny',
  request: Request,
  facts: Facts,
): Match => {
  const { asked, moment } = request
  const [type] = reference.split('/')
  switch (type) {
    case 'Organization':
      return actsFor(asked) ? matchActing(reference, effect, asked, facts) : false
    case 'Practitioner':
    case 'RelatedPerson':
      return facts.present.has(reference) ? asked.user === reference : undefined
    case 'Patient':
      return facts.present.has(reference) ? asked.patient === reference : undefined
    case 'PractitionerRole': {
      const both = facts.members.get(reference)
      if (both === undefined) return undefined
      if (!both.every((one) => isCurrent(one, moment))) return false
      return every(both.map(({ member }) => matchRecipient(member, effect, request, facts)))
    }
    case 'Group':
    case 'CareTeam': {
      const members = facts.members.get(reference)
      if (members === undefined) return undefined
      return any(
        members
          .filter((one) => one.member !== reference && isCurrent(one, moment))
          .map(({ member }) =>
            matchRecipient(member, effect, request, {
              ...facts,
              members: without(facts.members, reference),
            }),
          ),
        effect,
      )
    }
    default:
      return undefined
  }
}

/** Who acts for an organization; a deny of the principal reaches its business associate too. */
const matchActing = (
  reference: string,
  effect: 'permit' | 'deny',
  { organization }: Asked,
  facts: Facts,
): Match => {
  const own = matchOrganization(reference, organization, facts)
  if (own !== false || effect === 'permit') return own
  return matchOrganization(reference, home(organization, facts.organizations), facts)
}

const without = (members: Facts['members'], reference: string): Facts['members'] =>
  new Map([...members].map(([name, list]) => [name, name === reference ? [] : list]))

const every = (matches: readonly Match[]): Match => {
  if (matches.length === 0) return undefined
  if (matches.includes(false)) return false
  return matches.includes(undefined) ? undefined : true
}

/** The class of whoever receives: a patient's token the patient's, else the organization's, as its principal's. */
export const classOf = (asked: Asked, facts: Pick<Facts, 'organizations'>): RecipientClass | undefined =>
  actsFor(asked)
    ? facts.organizations.get(home(asked.organization, facts.organizations))?.class
    : ofThemselves(asked)

/** Whether somebody asks for an organization: a patient and a representative ask for themselves. */
export const actsFor = (asked: Asked): boolean => asked.patient === undefined && !isRepresentative(asked)

const ofThemselves = (asked: Asked): RecipientClass =>
  isRepresentative(asked) ? 'representative' : 'patient'

const classMembers: Readonly<Record<string, readonly RecipientClass[]>> = {
  'treating-providers': ['covered-entity', 'part2-program'],
  'tpo-general': ['covered-entity', 'part2-program', 'business-associate', 'lawful-holder'],
  intermediary: ['intermediary'],
}

/** A class of recipients: those of that class who know the patient, a business associate for itself. */
const matchClass = (name: string, asked: Asked, facts: Facts): Match => {
  const own = actsFor(asked) ? facts.organizations.get(asked.organization)?.class : ofThemselves(asked)
  return (
    own !== undefined && (classMembers[name] ?? []).includes(own) && facts.knownTo.has(asked.organization)
  )
}

/** Whether the patient is known to the recipient in the crosswalk. */
export const isKnown = (asked: Asked, facts: Pick<Facts, 'knownTo' | 'organizations'>): boolean =>
  actsFor(asked) &&
  (facts.knownTo.has(home(asked.organization, facts.organizations)) || facts.knownTo.has(asked.organization))
