/**
 * Recipients and disclosers (CONSENT.md section 3, actors).
 * Choices: a reference that is no relative literal one, and a Group, CareTeam or PractitionerRole that is not
 * there or not accepted, cannot be evaluated; treating providers are covered entities and Part 2 programs, the
 * general designation adds business associates; members of the class intermediary match only where no actor is
 * named beside it; a deny that names a principal reaches its business associate.
 */
import { extensionOf, nodesOf, targetOf } from './json.ts'
import type { Node } from './json.ts'
import { isCurrent } from './dates.ts'
import { structure } from './labels.ts'
import { isRepresentative } from './minors.ts'
import type { Answer, Mode, Question } from './question.ts'
import { allOf, answerOf, anyOf } from './question.ts'
import { roleOf } from './requirements.ts'
import { idOf, knows, lineOf, membersOf, organizationOf, personOf, policyOf, recordOf } from './world.ts'

const classes: Readonly<Record<string, readonly string[]>> = {
  'treating-providers': ['part2-program', 'covered-entity'],
  'tpo-general': ['part2-program', 'covered-entity', 'business-associate'],
  'part2-program': ['part2-program'],
  'covered-entity': ['covered-entity'],
  'business-associate': ['business-associate'],
  'lawful-holder': ['lawful-holder'],
  intermediary: ['intermediary'],
  school: ['school'],
  'public-health': ['public-health'],
  patient: [],
  representative: [],
}

/** Those of that class who know the patient. */
const isOfClass = (question: Question, code: unknown): Answer => {
  const members = typeof code === 'string' ? classes[code] : undefined
  if (members === undefined) return 'unknown'
  const { world, asker, person } = question
  if (isRepresentative(asker)) return 'no'
  const own = organizationOf(world, asker.organization)?.class
  return answerOf(own !== undefined && members.includes(own) && knows(world, asker.organization, person))
}

const isOrganization = (question: Question, id: string, mode: Mode): boolean => {
  const { world, asker } = question
  if (isRepresentative(asker)) return false
  if (lineOf(world, asker.organization).includes(id)) return true
  const principal = organizationOf(world, asker.organization)?.principal
  return mode === 'deny' && principal !== undefined && lineOf(world, principal).includes(id)
}

/** A PractitionerRole is the practitioner and the organization, both. */
const isRole = (question: Question, target: string, mode: Mode): Answer => {
  const role = policyOf(question.world, target)
  if (role?.resourceType !== 'PractitionerRole') return 'unknown'
  const organization = targetOf(role.organization)
  const practitioner = targetOf(role.practitioner)
  if (organization === undefined || practitioner === undefined) return 'unknown'
  if (role.active === false || !isCurrent(role.period, question.moment)) return 'no'
  const both = isOrganization(question, idOf(organization), mode) && question.asker.user === practitioner
  return answerOf(both)
}

const isMember = (question: Question, target: string, mode: Mode, seen: readonly string[]): Answer => {
  const group = policyOf(question.world, target)
  if (group?.resourceType !== 'Group' && group?.resourceType !== 'CareTeam') return 'unknown'
  if (seen.includes(target)) return 'no'
  if (group.resourceType === 'Group' && (group.active === false || (group.member ?? []).length === 0))
    return 'unknown'
  if (group.resourceType === 'CareTeam') {
    if (group.status !== 'active' || !isCurrent(group.period, question.moment)) return 'no'
  }
  const answers: Answer[] = ['no']
  for (const { member, period, inactive } of membersOf(group)) {
    if (inactive || !isCurrent(period, question.moment)) continue
    answers.push(isActor(question, member, mode, [...seen, target]))
  }
  return anyOf(answers, mode)
}

/** Whether the asker is who a reference names. */
const isActor = (question: Question, reference: unknown, mode: Mode, seen: readonly string[]): Answer => {
  const target = targetOf(reference)
  if (target === undefined) return 'unknown'
  const { world, asker } = question
  switch (target.slice(0, target.indexOf('/'))) {
    case 'Organization':
      if (organizationOf(world, idOf(target)) === undefined) return 'unknown'
      return answerOf(isOrganization(question, idOf(target), mode))
    case 'Practitioner':
    case 'RelatedPerson':
      if (recordOf(world, target) === undefined) return 'unknown'
      return answerOf(asker.user === target)
    case 'PractitionerRole':
      return isRole(question, target, mode)
    case 'Group':
    case 'CareTeam':
      return isMember(question, target, mode, seen)
    case 'Patient':
      if (recordOf(world, target) === undefined) return 'unknown'
      return answerOf(
        asker.patient !== undefined && personOf(world, asker.patient) === personOf(world, target),
      )
    default:
      return 'unknown'
  }
}

/** The custodian of the record is the organization, or a part of it. */
export const isDiscloser = (question: Question, reference: unknown): Answer => {
  const target = targetOf(reference)
  if (target?.startsWith('Organization/') !== true) return 'unknown'
  if (organizationOf(question.world, idOf(target)) === undefined) return 'unknown'
  return answerOf(lineOf(question.world, question.record.custodian).includes(idOf(target)))
}

const recipientClass = structure('recipient-class')

/** The actors of one provision; `classHolders` are the elements whose extension may name a class. */
export const actorsMatch = (
  question: Question,
  actors: readonly Node[],
  classHolders: readonly Node[],
  mode: Mode,
): Answer => {
  const recipients: Answer[] = []
  const disclosers: Answer[] = []
  const unknown: Answer[] = []
  for (const actor of actors) {
    const role = roleOf(actor)
    if (role === 'unknown') unknown.push('unknown')
    else if (role === 'discloser') disclosers.push(isDiscloser(question, actor.reference))
    else {
      const byClass = extensionOf(actor, recipientClass)
      if (byClass !== undefined) recipients.push(isOfClass(question, byClass.valueCode))
      if (byClass === undefined || nodesOf(actor.reference).length > 0) {
        recipients.push(isActor(question, actor.reference, mode, []))
      }
    }
  }
  const named = recipients.length > 0
  for (const holder of classHolders) {
    const extension = extensionOf(holder, recipientClass)
    if (extension === undefined || (extension.valueCode === 'intermediary' && named && mode === 'permit'))
      continue
    recipients.push(isOfClass(question, extension.valueCode))
  }
  const answers: Answer[] = [...unknown]
  if (recipients.length > 0) answers.push(anyOf(recipients, mode))
  if (disclosers.length > 0) answers.push(anyOf(disclosers, mode))
  return allOf(answers)
}
