import type { Member } from '../../sign-in/session.ts'

/** What may be wished for at the launcher: `consent` is a launch with another patient, the others go with the launch. */
export const wishes = ['none', 'expired', 'scope', 'consent', 'revoked'] as const

export type Wish = (typeof wishes)[number]

/** What a user may wish for: a patient's app is never about another patient, whatever it is launched with. */
export const wishesOf = ({ reference }: Pick<Member, 'reference'>): readonly Wish[] =>
  wishes.filter((one) => one !== 'consent' || !reference.startsWith('Patient/'))
