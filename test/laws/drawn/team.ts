import fc from 'fast-check'
import type { CareTeam } from 'fhir/r4'

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
    })
    .map(({ status, team, membership, member }) => ({
      resourceType: 'CareTeam',
      id: `${run}-${custodian}-team`,
      status: status as NonNullable<CareTeam['status']>,
      subject: { reference: `Patient/${run}-${custodian}` },
      participant: [
        {
          member: { reference: `Practitioner/${member}` },
          ...(membership === undefined ? {} : { period: membership }),
        },
      ],
      ...(team === undefined ? {} : { period: team }),
    }))
