import type { CareTeam, Group, Period, PractitionerRole } from 'fhir/r4'
import type { Membership } from '../consent/membership.ts'
import { endOf, startOf } from '../fhir/dates.ts'

/** Who is on a care team, while it and the membership last. */
export const teamMembers = ({ status, period, participant = [] }: CareTeam): Membership[] =>
  status === 'active'
    ? participant.flatMap((one) => membership(one.member?.reference, period, one.period))
    : []

/** A membership lasts while all of its periods do; one that is broken never does. */
const membership = (member: string | undefined, ...periods: (Period | undefined)[]): Membership[] => {
  if (member === undefined) return []
  const starts = periods.flatMap((own) => (own?.start === undefined ? [] : [startOf(own.start)]))
  const ends = periods.flatMap((own) => (own?.end === undefined ? [] : [endOf(own.end)]))
  const [start, end] = [Math.max(-Infinity, ...starts), Math.min(Infinity, ...ends)]
  return start < end ? [{ member, start, end }] : []
}

/** A group that nobody keeps any more, or that lists nobody, cannot be evaluated. */
const groupMembers = ({ active, member = [] }: Group): Membership[] | undefined =>
  active === false || member.length === 0
    ? undefined
    : member.flatMap(({ entity, inactive, period }) =>
        inactive === true ? [] : membership(entity.reference, period),
      )

/** A role is its practitioner and its organization, both; without one of them it cannot be evaluated, and once it is over it is nobody's. */
const roleMembers = ({
  practitioner,
  organization,
  active,
  period,
}: PractitionerRole): Membership[] | undefined => {
  const both = [practitioner?.reference, organization?.reference]
  if (both.includes(undefined)) return undefined
  const lasting = active === false ? [] : both.flatMap((own) => membership(own, period))
  return lasting.length > 0 ? lasting : both.map((member = '') => ({ member, ...never }))
}

const never = { start: Infinity, end: -Infinity }

/** Who a stored resource stands for as a recipient (CONSENT rules, section 3: actors); undefined where it cannot be evaluated. */
export const readers: Readonly<Record<string, (resource: unknown) => Membership[] | undefined>> = {
  CareTeam: (resource) => teamMembers(resource as CareTeam),
  Group: (resource) => groupMembers(resource as Group),
  PractitionerRole: (resource) => roleMembers(resource as PractitionerRole),
}
