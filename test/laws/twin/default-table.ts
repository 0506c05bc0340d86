/**
 * The default table (CONSENT.md section 4.4): what holds where consents are silent.
 * Choices: rows of the custodian's state go before rows of no state, and among rows that fit the strictest wins;
 * purpose and class are compared for equality; an effect that nobody knows is consent; no row opens Part 2 data
 * or notes, whose consent federal law demands (42 CFR 2.31, 45 CFR 164.508), nor what asks for a consent directive.
 */
import { directiveAsked, notes, part2, psychotherapy } from './labels.ts'
import type { TwinAsker, TwinOrganization, TwinRecord, TwinRow, TwinWorld } from './world.ts'
import { words } from './json.ts'
import { idOf, organizationOf } from './world.ts'

export type Effect = 'permit' | 'ordinary' | 'consent' | 'deny'

const strictness: readonly Effect[] = ['permit', 'ordinary', 'consent', 'deny']

const effectOf = (row: TwinRow): Effect => strictness.find((effect) => effect === row.effect) ?? 'consent'

const fits = (row: TwinRow, label: string, recipientClass: string | undefined, purpose: string): boolean =>
  (row.label === null || row.label === label) &&
  (row.class === null || row.class === recipientClass) &&
  (row.purpose === null || row.purpose === purpose)

const look = (
  world: TwinWorld,
  label: string,
  recipientClass: string | undefined,
  purpose: string,
  record: TwinRecord,
): Effect => {
  const state = organizationOf(world, record.custodian)?.state
  const fitting = world.table.filter((row) => fits(row, label, recipientClass, purpose))
  const ofState = fitting.filter((row) => row.state !== null && row.state === state)
  const rows = ofState.length > 0 ? ofState : fitting.filter((row) => row.state === null)
  let strictest: Effect | undefined
  for (const row of rows) {
    const effect = effectOf(row)
    if (strictest === undefined || strictness.indexOf(effect) > strictness.indexOf(strictest))
      strictest = effect
  }
  return strictest ?? 'consent'
}

/** What the table says of a sensitivity label. */
export const labelDefault = (
  world: TwinWorld,
  asker: TwinAsker,
  record: TwinRecord,
  label: string,
): Effect => {
  const effect = look(world, label, organizationOf(world, asker.organization)?.class, asker.purpose, record)
  const demanded = label === part2 || notes.includes(label) || directiveAsked.includes(label)
  return demanded && effect !== 'deny' ? 'consent' : effect
}

/** Section 4.4: a representative by the state table, without a row nothing; never what is a minor's own, nor psychotherapy notes. */
export const representativeDefault = (
  world: TwinWorld,
  asker: TwinAsker,
  record: TwinRecord,
  label: string,
): Effect => {
  const rows = world.table.filter((row) => row.class === 'representative' && row.state !== null)
  return label === psychotherapy || directiveAsked.includes(label)
    ? 'consent'
    : look({ ...world, table: rows }, label, 'representative', asker.purpose, record)
}

/** Ordinary records: a business associate works as its principal. */
export const workingAs = (world: TwinWorld, asker: TwinAsker): TwinOrganization | undefined => {
  const own = organizationOf(world, asker.organization)
  if (own?.class !== 'business-associate') return own
  return own.principal === undefined ? undefined : organizationOf(world, idOf(own.principal))
}

/** A business associate works with the ordinary records of its principal, for treatment, payment and operations. */
export const isForPrincipal = (world: TwinWorld, asker: TwinAsker, record: TwinRecord): boolean => {
  const own = organizationOf(world, asker.organization)
  if (own?.class !== 'business-associate' || own.principal === undefined) return false
  return idOf(own.principal) === idOf(record.custodian) && tpo.includes(asker.purpose)
}

/** Treatment, payment and operations, with the purposes below them in v3-ActReason. */
const tpo = words(`
  TREAT COC ETREAT BTG ERTREAT CLINTRL TREATDS HPAYMT COVERAGE CLMATTCH COVAUTH ELIGDTRM REMITADV HOPERAT CAREMGT
  HLEGAL HCOMPL HDIRECT PATADMIN PATSFTY PERFMSR RECORDMGT SYSDEV HTEST TRAIN HACCRED HQUALIMP
`)

/** What the table says of an ordinary record. */
export const ordinaryDefault = (world: TwinWorld, asker: TwinAsker, record: TwinRecord): Effect =>
  look(world, 'ordinary', workingAs(world, asker)?.class, asker.purpose, record)
