import fc from 'fast-check'
import type { CareTeam, FhirResource, Group, PractitionerRole } from 'fhir/r4'

const over = { start: '2025-01-01', end: '2026-06-14' }
const current = { start: '2025-01-01', end: '2026-06-15' }

/** A care team of the patient at one custodian: who is on it, who was, and a team that is over. */
export const careTeam = (run: string, custodian: string): fc.Arbitrary<CareTeam> =>
  fc
    .record({
      status: fc.constantFrom(...Array<string>(8).fill('active'), 'inactive', 'proposed'),
      team: fc.constantFrom(...Array<undefined>(5).fill(undefined), current, over),
      membership: fc.constantFrom(...Array<undefined>(5).fill(undefined), current, over, {
        start: '2026-06-16',
      }),
      member: fc.constantFrom('kim', 'kim', 'kim', 'kim', 'kim', 'lee'),
      more: fc.constantFrom(
        ...Array<undefined>(6).fill(undefined),
        'Organization/psychiatry',
        'Organization/hospital',
        roleOf(run),
      ),
    })
    .map(({ status, team, membership, member, more }) => ({
      resourceType: 'CareTeam',
      id: `${run}-${custodian}-team`,
      status: status as NonNullable<CareTeam['status']>,
      subject: { reference: `Patient/${run}-${custodian}` },
      participant: [
        {
          member: { reference: `Practitioner/${member}` },
          ...(membership === undefined ? {} : { period: membership }),
        },
        ...(more === undefined ? [] : [{ member: { reference: more } }]),
      ],
      ...(team === undefined ? {} : { period: team }),
    }))

const roleOf = (run: string): string => `PractitionerRole/${run}-role`

/** Whom a consent may name that stands for others: the clinic's team, a group, a group in it, a role, and none. */
export const standing = (run: string): readonly string[] => [
  `CareTeam/${run}-clinic-team`,
  `Group/${run}-group`,
  `Group/${run}-group`,
  `Group/${run}-inner`,
  roleOf(run),
]

const group = (id: string, members: readonly string[], nullable: boolean): fc.Arbitrary<Group> =>
  fc
    .record({
      active: fc.constantFrom(...Array<undefined>(6).fill(undefined), true, false),
      members: fc.array(
        fc.record({
          entity: fc.constantFrom(...members).map((reference) => ({ reference })),
          inactive: fc.constantFrom(...Array<undefined>(4).fill(undefined), true),
          period: fc.constantFrom(...Array<undefined>(4).fill(undefined), current, over),
        }),
        { minLength: nullable ? 0 : 1, maxLength: 2 },
      ),
    })
    .map(({ active, members: own }) => ({
      resourceType: 'Group',
      id,
      type: 'practitioner',
      actual: true,
      ...(active === undefined ? {} : { active }),
      ...(own.length === 0 ? {} : { member: own.map(withoutAbsent) }),
    }))

const withoutAbsent = <T extends object>(value: T): T => JSON.parse(JSON.stringify(value)) as T

const role = (run: string): fc.Arbitrary<PractitionerRole> =>
  fc
    .record({
      practitioner: fc.constantFrom('kim', 'kim', 'kim', 'lee'),
      organization: fc.constantFrom('psychiatry', 'psychiatry', 'hospital', 'clinic', 'program'),
      active: fc.constantFrom(...Array<undefined>(6).fill(undefined), false),
      period: fc.constantFrom(...Array<undefined>(4).fill(undefined), current, over),
    })
    .map(({ practitioner, organization, active, period }) =>
      withoutAbsent({
        resourceType: 'PractitionerRole' as const,
        id: `${run}-role`,
        practitioner: { reference: `Practitioner/${practitioner}` },
        organization: { reference: `Organization/${organization}` },
        active,
        period,
      }),
    )

/** Groups and roles that the clinic keeps, for consents to name (CONSENT rules, section 3: actors). */
export const groupsAndRoles = (run: string): fc.Arbitrary<readonly FhirResource[]> =>
  fc
    .tuple(
      role(run),
      group(`${run}-inner`, ['Practitioner/kim', roleOf(run)], true),
      group(
        `${run}-group`,
        ['Practitioner/kim', 'Practitioner/lee', roleOf(run), `Group/${run}-inner`, `Group/${run}-inner`],
        false,
      ),
    )
    .chain((all) => fc.subarray<FhirResource>(all, { minLength: 1 }))
