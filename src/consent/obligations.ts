import table from '../../mappings/notices.json' with { type: 'json' }
import type { Directive } from './directive.ts'

/** What must be done with a disclosure that a consent or an exception opened. */
export type Obligation =
  /** Words that go with it (42 CFR 2.32(a), 34 CFR 99.33). */
  | { readonly kind: 'notice'; readonly citation: string; readonly text: string }
  /** The consent that it goes under, and how far that reaches (42 CFR 2.32(b)). */
  | ({ readonly kind: 'explanation'; readonly citation: string } & Permission)
  /** A row in the accounting (42 CFR 2.25, 45 CFR 164.528). */
  | { readonly kind: 'accounting'; readonly citation: string }

/** A consent that let a record out. */
export interface Permission {
  readonly consent: string
  readonly provision: string
  /** A clear explanation of the scope: the words that were signed. */
  readonly scope: string
  readonly expires?: string
}

/** The notices that are owed with some labels to a class of recipients; undefined where the class plays no part. */
export const noticesFor = (
  labels: readonly string[],
  recipientClass: string | undefined,
): readonly { readonly citation: string; readonly text: string }[] =>
  table.notices.filter(
    (notice) =>
      (notice.labels?.some((label) => labels.includes(label)) ?? true) &&
      (notice.classes?.some((own) => own === recipientClass) ?? true),
  )

/** What a permit rests on: a provision of a consent, or something that the law places before consents. */
interface Ground {
  readonly consent?: string
  readonly provision?: string
  readonly exception?: object
}

/**
 * What must be done where these grounds let a record with these labels out. The restrictions follow what an exception opens
 * as well (42 CFR 2.12(d)), but nobody consented to it, so a notice to one class of recipients that says so is not true of it.
 */
export const obligationsOf = (
  grounds: readonly Ground[],
  labels: readonly string[],
  recipientClass: string | undefined,
  directives: readonly Directive[],
): Obligation[] => {
  const excepted = grounds.some(({ exception }) => exception !== undefined)
  const permissions = permissionsOf(grounds, directives)
  if (!excepted && permissions.length === 0) return []
  return [
    ...noticesFor(labels, excepted ? undefined : recipientClass).map(
      ({ citation, text }) => ({ kind: 'notice', citation, text }) as const,
    ),
    ...permissions.map((own) => ({ kind: 'explanation', citation: '42 CFR 2.32(b)', ...own }) as const),
    { kind: 'accounting', citation: '42 CFR 2.25, 45 CFR 164.528' },
  ]
}

/** Each consent once, with the last of its provisions that speaks. */
const permissionsOf = (grounds: readonly Ground[], directives: readonly Directive[]): Permission[] => [
  ...new Map(
    grounds.flatMap(({ consent, provision = '' }) =>
      consent === undefined ? [] : [[consent, permission(consent, provision, directives)] as const],
    ),
  ).values(),
]

/** A consent as it is explained to who receives something under it. */
export const permission = (
  consent: string,
  provision: string,
  directives: readonly Directive[],
): Permission => {
  const directive = directives.find((own) => own.consent === consent)
  return {
    consent,
    provision,
    scope: directive?.description ?? 'as the consent named here says',
    ...(directive?.expires === undefined ? {} : { expires: directive.expires }),
  }
}
