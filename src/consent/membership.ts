/** Somebody in a team, group or role, while it lasts: in milliseconds since 1970 UTC, the end excluded. */
export interface Membership {
  readonly member: string
  readonly start: number
  readonly end: number
}

/** Whether a membership holds at a moment (CONSENT rules, section 3: a CareTeam its members at that moment). */
export const isCurrent = ({ start, end }: Membership, moment: number): boolean =>
  start <= moment && moment < end
