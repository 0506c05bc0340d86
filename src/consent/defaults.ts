import { type Asked, type DefaultRow, type Facts, home, isRepresentative } from './asked.ts'
import {
  bit,
  every,
  type Label,
  labels,
  type Mask,
  needsDirective,
  notes,
  reserved,
  untold,
} from './labels.ts'
import { classOf, isKnown } from './match.ts'
import { isCurrent, type Membership } from './membership.ts'
import { minorsOwn } from './minors.ts'
import { kinds } from './purposes.ts'

/** What the tables say where consents are silent, for one asker and the records of one custodian. */
export interface Defaults {
  /** Labels that go out without a consent. */
  readonly permitted: Mask
  /** Labels that need a consent that names them. */
  readonly sensitive: Mask
  /** The section by which a label goes, or does not go, where consents are silent. */
  citationOf(label: Label): string
}

/**
 * The default and state tables for one asker (45 CFR 164.506; 42 CFR 2.31). Ordinary labels go where the row for
 * 'ordinary' permits that class and purpose and the recipient knows the patient; no row means consent.
 */
export const defaultsFor = (asked: Asked, custodian: string, facts: Facts, moment: number): Defaults => {
  if (isRepresentative(asked)) return forRepresentative(asked, custodian, facts, moment)
  const context = {
    class: classOf(asked, facts),
    purpose: asked.purpose,
    state: facts.organizations.get(custodian)?.state,
  }
  const speaking = speakingRows(facts.table, context)
  return byRows(speaking, isKnown(asked, facts), worksFor(asked, custodian, facts))
}

/**
 * A personal representative is let in by rows that the custodian's state has for representatives, label by label, and by
 * no other; without one nothing goes (CONSENT rules, section 4.4). No row opens psychotherapy notes (45 CFR
 * 164.524(a)(1)(i)), nor what a minor may consent to alone (42 CFR 2.14, 45 CFR 164.502(g)(3)): that takes a consent of
 * the minor's that names it.
 */
const forRepresentative = (asked: Asked, custodian: string, facts: Facts, moment: number): Defaults => {
  const state = facts.organizations.get(custodian)?.state
  const rows = facts.table.filter((row) => row.class === 'representative' && row.state !== null)
  const speaking = speakingRows(rows, { class: 'representative', purpose: asked.purpose, state })
  const represents = facts.representatives.some((one) => one.member === asked.user && isCurrent(one, moment))
  const { permitted, sensitive, citationOf } = byRows(speaking, represents, false)
  const closed = minorsOwn(facts.minor, moment) | bit('PSYTHPN')
  return {
    permitted: permitted & ~closed,
    sensitive: sensitive | closed,
    citationOf: (label) =>
      (closed & bit(label)) === 0n ? citationOf(label) : '42 CFR 2.14, 45 CFR 164.502(g)(3)',
  }
}

/** What rows say to somebody who knows the patient, or who works with ordinary records anyway. */
const byRows = (
  speaking: ReadonlyMap<string | null, DefaultRow>,
  known: boolean,
  works: boolean,
): Defaults => {
  const effect = (label: Label) => speaking.get(label)?.effect
  const ordinary = (known && effect('ordinary') === 'permit') || works
  const of = (test: (label: Label) => boolean) =>
    labels.filter(test).reduce((mask, label) => mask | bit(label), 0n)
  const open = (label: Label) =>
    label === 'ordinary' || effect(label) === 'ordinary' ? ordinary : known && effect(label) === 'permit'
  return {
    permitted: of(open) & ~reserved & ~federal & ~needsDirective,
    sensitive:
      federal |
      (of((label) => label !== 'ordinary' && effect(label) !== 'ordinary' && effect(label) !== 'permit') &
        ~needsDirective),
    citationOf: (label) => {
      const own = speaking.get(label)
      const row = own?.effect === 'ordinary' ? speaking.get('ordinary') : own
      return row?.citation ?? noRow
    },
  }
}

/** What no row opens, of whatever state: federal law asks for a consent (42 CFR 2.20, 2.31; 45 CFR 160.203, 164.508(a)(2)). */
const federal: Mask = notes | bit('42CFRPart2')

/** Where no row fits, the effect is consent. */
const noRow = '42 CFR 2.31, 45 CFR 164.508'

interface Context {
  readonly class: string | undefined
  readonly purpose: string
  readonly state: string | undefined
}

/** The row that speaks for each label: a state's before a general one, then the one that names more; among equals consent. */
const speakingRows = (
  table: readonly DefaultRow[],
  context: Context,
): ReadonlyMap<string | null, DefaultRow> => {
  const speaking = new Map<string | null, DefaultRow>()
  for (const row of table) {
    const fits =
      (row.class === null || row.class === context.class) &&
      (row.purpose === null || row.purpose === context.purpose) &&
      (row.state === null || row.state === context.state)
    const other = speaking.get(row.label)
    if (fits && (other === undefined || weight(row) > weight(other))) speaking.set(row.label, row)
  }
  return speaking
}

const weight = (row: DefaultRow): number =>
  (row.state === null ? 0 : 8) +
  (row.class === null ? 0 : 2) +
  (row.purpose === null ? 0 : 2) +
  (row.effect === 'consent' ? 1 : 0)

/**
 * Who needs no consent at all: the patient, every label but psychotherapy notes (42 CFR 2.23, 45 CFR 164.524(a)(1)(i));
 * and inside the custodian, need to know: its own client all but notes (42 CFR 2.12(c)(3)), a user by care team, and
 * nothing without. Undefined for everybody else: then tables and consents decide.
 */
export const standing = (
  asked: Asked,
  custodian: string,
  facts: Facts & { readonly team: readonly Membership[] },
  moment: number,
): Mask | undefined => {
  if (isRepresentative(asked)) return undefined
  if (asked.patient !== undefined)
    return facts.patients.has(asked.patient)
      ? every & ~bit('PSYTHPN') & ~bit('unsettled') & ~bit('program-status') & ~untold
      : undefined
  if (home(asked.organization, facts.organizations) !== custodian) return undefined
  if (asked.organization !== custodian) return undefined
  if (asked.user !== undefined && !isOfficer(asked) && !isOnTeam(asked.user, facts.team, moment)) return 0n
  return inside
}

/** What a business associate works for (45 CFR 160.103). */
const workingPurposes = ['TREAT', 'HPAYMT', 'HOPERAT']

/**
 * A business associate works with the ordinary records of its principal, for treatment, payment and operations; a consent
 * may deny it some, or open it what is sensitive.
 */
const worksFor = (asked: Asked, custodian: string, facts: Facts): boolean =>
  asked.patient === undefined &&
  asked.organization !== custodian &&
  home(asked.organization, facts.organizations) === custodian &&
  kinds(asked.purpose).some((purpose) => workingPurposes.includes(purpose))

/** What the custodian's own system client sees of its records. */
export const inside: Mask = every & ~notes & ~bit('program-status')

const isOnTeam = (user: string, team: readonly Membership[], moment: number): boolean =>
  team.some((membership) => membership.member === user && isCurrent(membership, moment))

const isOfficer = ({ role }: Asked): boolean => role === 'officer' || role === 'records'
