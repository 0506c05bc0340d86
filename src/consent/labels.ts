import { canonical, system } from '../fhir/names.ts'

/** A set of labels as bits; the bit of a label is its place in `labels`. */
export type Mask = bigint

/**
 * The labels that decide. New ones are appended, never moved: stored masks depend on the order.
 * ActCode's sensitivity codes by their own code; the last group is the gateway's own.
 */
export const labels = [
  'ordinary',
  '42CFRPart2',
  'SUD',
  'ETH',
  'ETHUD',
  'OPIOIDUD',
  'counseling-notes',
  'PSYTHPN',
  'HIV',
  'STD',
  'SDV',
  'VIO',
  'SEX',
  'GDIS',
  'BH',
  'MH',
  'PSY',
  'ADOL',
  'COGN',
  'DVD',
  'EMOTDIS',
  'MST',
  'SCA',
  'TBOO',
  'SPI',
  'SICKLE',
  'DEMO',
  'DOB',
  'GENDER',
  'LIVARG',
  'MARST',
  'RACE',
  'REL',
  'B',
  'EMPL',
  'LOCIS',
  'SSP',
  'CEL',
  'DIA',
  'DRGIS',
  'EMP',
  'PDS',
  'PHY',
  'PRS',
  'VIP',
  'COMPT',
  'HIPAASelfPay',
  'Title38Section7332',
  'ferpa',
  'unknown-label',
  'unsettled',
  'stored-consent',
  'program-status',
  'due',
  'mandated-report',
  'patient-untold',
  'NODSCLCD',
  'NODSCLCDS',
  'not-conforming',
] as const

export type Label = (typeof labels)[number]

const places: ReadonlyMap<string, bigint> = new Map(
  labels.map((label, place) => [label, 1n << BigInt(place)]),
)

/** The bit of a label. */
export const bit = (label: Label): Mask => places.get(label) ?? 0n

/** The bits of several labels. */
export const bits = (...names: readonly Label[]): Mask => names.reduce((mask, name) => mask | bit(name), 0n)

/** The labels of a mask, in the order of the table. Halves of 32 bits are numbers, which are far cheaper than bigints. */
export const named = (mask: Mask): Label[] => {
  const halves = [Number(BigInt.asUintN(32, mask)), Number(BigInt.asUintN(32, mask >> 32n))] as const
  return labels.filter((_, place) => ((halves[place < 32 ? 0 : 1] >>> (place % 32)) & 1) === 1)
}

/** Every bit there is. */
export const every: Mask = (1n << BigInt(labels.length)) - 1n

/** No directive, table row or basis but its own can open these. */
export const reserved: Mask = bits(
  'unknown-label',
  'unsettled',
  'stored-consent',
  'program-status',
  'due',
  'mandated-report',
  'patient-untold',
  'not-conforming',
)

/**
 * Of a record whose labels are to be worked out anew, and may rise: it is held from everybody but its custodian until
 * they are (CONSENT rules, section 6). Nobody's word and no basis; it is on the row alone, and goes with the next labelling.
 */
export const due: Mask = bit('due')

/**
 * Of what a partner sent that is R4 but not what a profile asks for, where the partner's policy is to hold it: only its
 * custodian and the patient have it until a version conforms or an officer accepts it.
 */
export const unaccepted: Mask = bit('not-conforming')

/** What the one patient whom a mandated report is about does not read (45 CFR 164.512(c)(2), 164.524(a)(3)). */
export const untold: Mask = bit('patient-untold')

/** What kind of record it is, by who made it: no version says so, and no labelling takes it off. */
export const marks: Mask = bits('mandated-report', 'patient-untold')

/**
 * What asks for a consent directive, and is content with any that covers the record: no table lets it go, and a permit need
 * not name it (v3-ActCode NODSCLCD).
 */
export const needsDirective: Mask = bits('NODSCLCD', 'NODSCLCDS')

/** Notes that only their author reads (45 CFR 164.501; 42 CFR 2.11, SUD counseling notes). */
export const notes: Mask = bits('PSYTHPN', 'counseling-notes')

/**
 * Containment, as data: the code system's own tree does not serve (there ETH is no kind of SUD). Narrow in permits,
 * wide in denies (CONSENT: reading one Consent).
 */
const contained: Readonly<Partial<Record<Label, { permit: readonly Label[]; deny: readonly Label[] }>>> = {
  SUD: { permit: ['ETH', 'ETHUD', 'OPIOIDUD'], deny: ['ETH', 'ETHUD', 'OPIOIDUD'] },
  ETH: { permit: ['SUD', 'ETHUD', 'OPIOIDUD'], deny: ['SUD', 'ETHUD', 'OPIOIDUD'] },
  MH: { permit: ['PSY'], deny: ['PSY'] },
  PSY: { permit: ['MH'], deny: ['MH'] },
  BH: { permit: ['MH', 'PSY'], deny: ['MH', 'PSY', 'SUD', 'ETH', 'ETHUD', 'OPIOIDUD'] },
}

/** What a provision that names a label speaks of. */
export const closure = (label: Label, effect: 'permit' | 'deny'): Mask =>
  bits(label, ...(contained[label]?.[effect] ?? []))

const aliases: Readonly<Record<string, Label>> = { HIPAAPsyNotes: 'PSYTHPN', OPIOUD: 'OPIOIDUD' }

/** ActCode codes that are policies, refrains, obligations or roles: no sensitivity, so no bit of their own. */
const silent = new Set([
  'NORDSCLCD', 'NOAUTH', 'NOREUSE', 'NOPERSISTP', 'NOPAT', 'NOCOLLECT', 'NOINTEGRATE', 'NOLIST', 'NOMOU',
  'NOORGPOL', 'NOVIP', 'ORCON', 'REDACT', 'MASK', 'MINEC', 'PERSISTLABEL', 'PRIVMARK', 'CPLYCD', 'CPLYPOL', 'CPLYCC', 'ANONY', 'AOD',
  'AUDIT', 'AUDTR', 'CPLYCUI', 'DECLASSIFYLABEL', 'DEID', 'DELAU', 'DOWNGRDLABEL', 'DRIVLABEL', 'ENCRYPT', 'HUAPRV', 'PSEUD', 'UPGRDLABEL',
  'DOWNGRDLABEL', 'HIPAAConsentCD', '42CFRPart2CD', 'PROCESSINLINELABEL', 'SUBSETTED', 'REDACTED', 'TAINTED',
]) // prettier-ignore

/** The system and code under which a label stands in `meta.security`; the gateway's own bits have none. */
export const coding = (label: Label): { system: string; code: string; display?: string } | undefined => {
  if ((bit(label) & (reserved | bit('ordinary'))) !== 0n) return undefined
  if (label === 'counseling-notes' || label === 'ferpa') return { system: sensitivitySystem, code: label }
  return { system: system.actCode, code: label }
}

/** The gateway's own sensitivity codes, for what HL7 lacks. */
export const sensitivitySystem = `${canonical}/CodeSystem/sensitivity`

/**
 * The bit that a security label stands for. A confidentiality code or an obligation has none (0n); a label that is
 * not known is held back like a sensitive one.
 */
export const bitOf = (label: { system?: string | undefined; code?: string | undefined }): Mask => {
  const { system: from, code } = label
  if (from === system.confidentiality || code === undefined) return 0n
  if (from === sensitivitySystem) {
    const mine = places.get(code) ?? 0n
    return (mine & ~(reserved | bit('ordinary'))) === 0n ? bit('unknown-label') : mine
  }
  if (from !== system.actCode)
    return from?.startsWith('http://terminology.hl7.org/') === true ? 0n : bit('unknown-label')
  const own = bits('ordinary', 'counseling-notes', 'ferpa') | reserved
  const known = places.get(aliases[code] ?? code)
  if (known !== undefined && (known & own) === 0n) return known
  return silent.has(code) ? 0n : bit('unknown-label')
}

/** Confidentiality in rising order (v3-Confidentiality). */
export const confidentialities = ['U', 'L', 'M', 'N', 'R', 'V'] as const

/** The rank of a confidentiality code, 0 to 5; undefined for another code. */
export const rank = (code: string | undefined): number | undefined => {
  const place = confidentialities.findIndex((known) => known === code)
  return place < 0 ? undefined : place
}
