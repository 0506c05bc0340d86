import { system } from '../fhir/names.ts'

/** Parents in v3-ActReason, as far as purposes of use go. */
const parents: Readonly<Record<string, string>> = {
  COC: 'TREAT',
  ETREAT: 'TREAT',
  BTG: 'ETREAT',
  ERTREAT: 'ETREAT',
  CLINTRL: 'TREAT',
  CAREMGT: 'HOPERAT',
  HLEGAL: 'HOPERAT',
  HCOMPL: 'HOPERAT',
  HDIRECT: 'HOPERAT',
  HMARKT: 'PurposeOfUse',
  COVERAGE: 'HPAYMT',
  CLMATTCH: 'HPAYMT',
  COVAUTH: 'HPAYMT',
  ELIGDTRM: 'HPAYMT',
  REMITADV: 'HPAYMT',
  CLINTRCH: 'HRESCH',
  FAMRQT: 'PATRQT',
  PWATRNY: 'PATRQT',
  SUPNWK: 'PATRQT',
  PATADMIN: 'HOPERAT',
  PATSFTY: 'HOPERAT',
  PERFMSR: 'HOPERAT',
  RECORDMGT: 'HOPERAT',
  SYSDEV: 'HOPERAT',
  HTEST: 'HOPERAT',
  TRAIN: 'HOPERAT',
  HACCRED: 'HOPERAT',
  HQUALIMP: 'HOPERAT',
  DISASTER: 'PUBHLTH',
  THREAT: 'PUBHLTH',
  TREATDS: 'TREAT',
}

const roots = ['TREAT', 'HPAYMT', 'HOPERAT', 'PUBHLTH', 'HRESCH', 'PATRQT', 'HMARKT', 'PurposeOfUse']

/** Whether a code is a purpose that the gateway can reason about. */
export const isPurpose = (code: string): boolean => code in parents || roots.includes(code)

/** A purpose with all that it is a kind of, itself first. */
export const kinds = (purpose: string): string[] => {
  const parent = parents[purpose]
  return parent === undefined ? [purpose] : [purpose, ...kinds(parent)]
}

/**
 * Whether a provision for `stated` covers a request for `asked`. By subsumption, except that nothing but ETREAT or
 * BTG itself grants those: in the code system they lie below TREAT. So it is with HLEGAL below HOPERAT: a consent for
 * legal proceedings stands alone (42 CFR 2.31(d)).
 */
export const covers = (stated: string, asked: string, effect: 'permit' | 'deny'): boolean => {
  if (effect === 'permit' && kinds(asked).some((kind) => kind === 'ETREAT' || kind === 'HLEGAL'))
    return stated === asked
  return kinds(asked).includes(stated)
}

/** Reads `urn:oid:2.16.840.1.113883.5.8#TREAT`, `url|TREAT` or `TREAT`; undefined for an unknown purpose. */
export const readPurpose = (text: string): string | undefined => {
  const match = /^(?:(?<from>.+)[#|])?(?<code>[A-Za-z]+)$/.exec(text)
  const { from, code } = match?.groups ?? {}
  const known = from === undefined || from === system.actReason || from === 'urn:oid:2.16.840.1.113883.5.8'
  return known && code !== undefined && isPurpose(code) ? code : undefined
}
