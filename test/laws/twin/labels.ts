/**
 * The label vocabulary (LABELS.md) and its closure (CONSENT.md section 3).
 * Choices: any ActCode that is neither an obligation nor a refrain policy is a sensitivity label, so that an
 * unknown one has no row and needs consent; of the refrain policies NODSCLCD and NODSCLCDS are labels too; the retired Confidentiality codes ETH, HIV, PSY, SDV label too;
 * VIO counts as V like SDV; every other label, MH and BH included, makes R; nobody lowers below N.
 */
import { words } from './json.ts'

export const system = {
  actCode: 'http://terminology.hl7.org/CodeSystem/v3-ActCode',
  actReason: 'http://terminology.hl7.org/CodeSystem/v3-ActReason',
  confidentiality: 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality',
  participation: 'http://terminology.hl7.org/CodeSystem/v3-ParticipationType',
  resourceTypes: 'http://hl7.org/fhir/resource-types',
  sensitivity: 'https://sluice.example/fhir/CodeSystem/sensitivity',
  capacity: 'https://sluice.example/fhir/CodeSystem/signer-capacity',
} as const

export const structure = (name: string): string => `https://sluice.example/fhir/StructureDefinition/${name}`

export const part2 = '42CFRPart2'

/** Notes that only their author reads (section 1) and that need a consent of their own (section 3). */
export const notes: readonly string[] = ['counseling-notes', 'PSYTHPN']
export const psychotherapy = 'PSYTHPN'

/** Education records (34 CFR 99.3). */
export const school = 'ferpa'

/** Refrain codes that are labels: what they ask for is a consent directive, whatever it names. */
export const directiveAsked: readonly string[] = ['NODSCLCD', 'NODSCLCDS']

const local: readonly string[] = ['counseling-notes', school]

const levels = ['U', 'L', 'M', 'N', 'R', 'V'] as const
export type Level = (typeof levels)[number]

const isLevel = (code: string): code is Level => (levels as readonly string[]).includes(code)

const notSensitivity = new Set(
  words(`
  NORDSCLCD NORDSLCD NOAUTH NOREUSE NOPERSISTP NOPAT ORCON NOCOLLECT NOINTEGRATE
  NOLIST NOMOU NORELINK NOVIP NODUPS REDACT MASK MINEC PERSISTLABEL PRIVMARK CPLYCD CPLYPOL
  PROCESSINLINELABEL ENCRYPT ANONY DEID PSEUD AUDTR AUDIT CPLYCC CPLYJPP CPLYOPP CPLYOSP 42CFRPart2CD
  HIPAAAuth HIPAAConsentCD RedisclosureProhibitionMark ConfidentialMark
`),
)

const retired: readonly string[] = ['ETH', 'HIV', 'PSY', 'SDV']

export interface Coding {
  system?: string
  code?: string
}

/** The sensitivity label that a coding stands for, if it is one. */
export const labelOf = ({ system: from, code }: Coding): string | undefined => {
  if (code === undefined) return undefined
  if (from === system.actCode) return notSensitivity.has(code) ? undefined : code
  if (from === system.sensitivity) return code
  if (from === system.confidentiality) return retired.includes(code) ? code : undefined
  return undefined
}

export const levelOf = ({ system: from, code }: Coding): Level | undefined =>
  from === system.confidentiality && code !== undefined && isLevel(code) ? code : undefined

export const codingOf = (label: string): { system: string; code: string } => ({
  system: local.includes(label) ? system.sensitivity : system.actCode,
  code: label,
})

const rank = (level: Level): number => levels.indexOf(level)

const higher = (one: Level, other: Level): Level => (rank(one) >= rank(other) ? one : other)

/** LABELS.md: exactly one level: what the labels make of it, or what a sender raised it to. */
export const levelFor = (labels: Iterable<string>, asserted: Level | undefined): Level => {
  let level: Level = 'N'
  for (const label of labels) level = higher(level, label === 'SDV' || label === 'VIO' ? 'V' : 'R')
  return asserted === undefined ? level : higher(level, asserted)
}

/** Section 3: that level or lower in a permit, that level or higher in a deny. */
export const levelMatches = (named: Level, actual: Level, mode: 'permit' | 'deny'): boolean =>
  mode === 'permit' ? rank(actual) <= rank(named) : rank(actual) >= rank(named)

/** What a label names beyond itself, in a permit (section 3: narrow). */
const narrow: Readonly<Record<string, readonly string[]>> = {
  SUD: ['ETH', 'ETHUD', 'OPIOIDUD'],
  ETH: ['SUD', 'ETHUD', 'OPIOIDUD'],
  MH: ['PSY'],
  PSY: ['MH'],
  BH: ['MH', 'PSY'],
}

const behavioral = ['MH', 'PSY', 'SUD', 'ETH', 'ETHUD', 'OPIOIDUD', 'COGN', 'DVD', 'EMOTDIS']

/** The same in a deny (wide). Choice: with the code system's own children, and BH reaches what SUD names. */
const wide: Readonly<Record<string, readonly string[]>> = {
  ...narrow,
  BH: behavioral,
  SPI: ['BH', 'PSYTHPN', ...behavioral],
}

export const covers = (named: string, label: string, mode: 'permit' | 'deny'): boolean =>
  named === label || ((mode === 'permit' ? narrow : wide)[named]?.includes(label) ?? false)
