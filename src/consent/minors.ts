import { bits, closure, type Label, type Mask } from './labels.ts'

/** What the law of a state says of one kind of treatment of minors (42 CFR 2.14, 45 CFR 164.502(g)(3)). */
export interface MinorRow {
  readonly state: string
  readonly label: Label
  /** In years; from this birthday on a minor may consent. */
  readonly minimumAge: number
  /** Who signs from then on: the minor alone, or the minor and a parent. */
  readonly signs: 'minor' | 'joint'
  /** In milliseconds since 1970 UTC, the end excluded. */
  readonly since: number
  readonly until: number
  readonly citation: string
}

/** While a minor may consent to something: whose signature a consent of it needs. */
export interface MinorWindow {
  readonly labels: Mask
  readonly signs: MinorRow['signs']
  readonly start: number
  readonly end: number
  readonly citation: string
}

/** Somebody is of age on this birthday; states that say later are read as this, on the side of denying a parent. */
export const majority = 18

const day = 24 * 60 * 60 * 1000

/** Somebody's birth: one moment where the day is known, a stretch where only the month or year is. */
export interface Birth {
  readonly earliest: number
  readonly latest: number
}

/** The stretch that a birth date names, by its start and its end, the end excluded. */
export const birthOf = (start: number, end: number): Birth | undefined =>
  Number.isNaN(start) || Number.isNaN(end) ? undefined : { earliest: start, latest: end - day }

/** The start of the day on which somebody born then has that age; born on 29 February, on 1 March of other years. */
export const birthday = (born: number, age: number): number => {
  const date = new Date(born)
  return Date.UTC(date.getUTCFullYear() + age, date.getUTCMonth(), date.getUTCDate())
}

/**
 * The stretches in which a person is a minor who may consent, by the rows of one state. A birth date that is not known
 * closes them for ever; one that is known in part is read to the minor's side.
 */
export const minorWindows = (
  rows: readonly MinorRow[],
  state: string | undefined,
  birth: Birth | undefined,
): MinorWindow[] =>
  rows
    .filter((row) => row.state === state)
    .map(({ label, minimumAge, signs, since, until, citation }) => ({
      labels: treatmentOf(label),
      signs,
      citation,
      start: Math.max(since, birth === undefined ? -Infinity : birthday(birth.earliest, minimumAge)),
      end: Math.min(until, birth === undefined ? Infinity : birthday(birth.latest, majority)),
    }))
    .filter(({ start, end }) => start < end)

const substances = bits('42CFRPart2', 'SUD', 'ETH', 'ETHUD', 'OPIOIDUD', 'counseling-notes')
const minds = bits('MH', 'PSY', 'PSYTHPN')

/** All that may tell of a treatment: what a program holds of it, and the wider label. */
const treatmentOf = (label: Label): Mask => {
  const own = closure(label, 'deny')
  const family = [substances, minds].reduce((mask, one) => ((own & one) === 0n ? mask : mask | one), own)
  return family === own && label !== 'BH' ? own : family | bits('BH')
}

/** Whether somebody may be a minor, and whether they may be of age, at a moment; both where the birth date is not known. */
export const childhood = (
  birth: Birth | undefined,
  moment: number,
): { readonly mayBeMinor: boolean; readonly mayBeGrown: boolean } => ({
  mayBeMinor: birth === undefined || moment < birthday(birth.latest, majority),
  mayBeGrown: birth === undefined || moment >= birthday(birth.earliest, majority),
})

/** The moments at which somebody's childhood ends, by what is known of it. */
export const endOfChildhood = (birth: Birth | undefined): number[] =>
  birth === undefined ? [] : [birthday(birth.earliest, majority), birthday(birth.latest, majority)]

const current = (windows: readonly MinorWindow[], moment: number): readonly MinorWindow[] =>
  windows.filter(({ start, end }) => start <= moment && moment < end)

const union = (windows: readonly MinorWindow[]): Mask =>
  windows.reduce((mask, { labels }) => mask | labels, 0n)

/** What is the minor's own at a moment: no representative gets it without the minor's consent. */
export const minorsOwn = (windows: readonly MinorWindow[], moment: number): Mask =>
  union(current(windows, moment).filter(({ signs }) => signs === 'minor'))

/** What a Consent signed in these capacities cannot permit at a moment, by the rows of the state (42 CFR 2.14(b), (c)). */
export const unsigned = (
  windows: readonly MinorWindow[],
  signers: readonly string[],
  moment: number,
): Mask => {
  const patient = signers.includes('patient')
  const parent = signers.includes('parent') || signers.includes('guardian')
  return union(current(windows, moment).filter(({ signs }) => !patient || (signs === 'joint' && !parent)))
}
