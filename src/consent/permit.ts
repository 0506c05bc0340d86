import { type SQL, sql } from 'drizzle-orm'
import type { Grant } from '../authorize/grant.ts'
import { bits, every, notes } from './labels.ts'
import { inside } from './defaults.ts'

declare const permitted: unique symbol

/**
 * A decision as SQL: the same answer that `decide` gives, as a predicate that stands under every alias of `resource`
 * in every query. Nothing else can make one, and no query runs without it.
 */
export interface Permit {
  readonly [permitted]: true
  readonly audience: number
  readonly moment: Date
  /** The labels that the caller may have on the row under `alias`. */
  allowed(alias: string): SQL
  /** Whether the row under `alias` is the cut that the caller gets. Deleted rows are for the query to leave out;
   * a type that is known spares it the question that only Patients need. */
  visible(alias: string, type?: string): SQL
  /** The labels of the row that go to the caller without a consent. */
  ordinary(alias: string): SQL
  /** Whether a row that is visible could cite one that is not; false spares it the look at each reference. */
  mayCiteHidden(alias: string): SQL
}

/** Organizations, questionnaires and the like are the same for everybody who is authenticated. */
const anything = every

/** Labels that most permits have. */
const usual = bits('ordinary', 'BH', 'MH', 'PSY')

/** A mask that is the same for everybody is part of the text. */
const whole = (mask: bigint): SQL => sql.raw(`${mask}::bigint`)

/** The Permit of a caller at a moment. */
export const permitFor = (grant: Grant, moment: Date): Permit => {
  const { caller } = grant
  const asked = caller.asked
  const isSystem = sql.raw(String(asked.user === undefined && asked.patient === undefined))
  const [audience, home, organization] = [caller.audience, caller.homeKey, caller.organizationKey].map(
    (key) => sql.param(key),
  )
  const isInside =
    asked.user === undefined && asked.patient === undefined && caller.organizationKey === caller.homeKey
  const own = isInside ? home : sql.raw('-1')
  const at = sql.param(moment.toISOString())
  const instant = sql`${at}::timestamptz`
  const author = sql.param(asked.user ?? '')

  const permit = (r: SQL, wanted: SQL) => sql`coalesce((SELECT ${wanted} FROM permit p
    WHERE p.audience = ${audience} AND p.person = ${r}.person AND p.custodian = ${r}.custodian AND p.valid @> ${instant}), 0)`
  const words = (
    r: SQL,
    place: 1 | 2,
  ) => sql`(words_on(${audience}, ${r}.person, ${r}.custodian, ${instant}, p.ordinary, ${r}.type, ${r}.id,
    ${r}.codes, ${r}.refs, ${r}.author, coalesce(${r}.low, ${r}.updated), coalesce(${r}.high, ${r}.updated), ${r}.confidentiality))[${sql.raw(String(place))}]`
  const consented = (r: SQL) => permit(r, sql`CASE WHEN p.specific THEN ${words(r, 1)} ELSE p.allowed END`)
  const vetoed = (r: SQL) => permit(r, sql`CASE WHEN p.specific THEN ${words(r, 2)} ELSE p.vetoed END`)
  const received = (
    r: SQL,
  ) => sql`CASE WHEN ${r}.held AND ${isSystem} THEN coalesce((SELECT h.allowed FROM holding h
    WHERE h.type = ${r}.type AND h.id = ${r}.id AND h.organization = ${organization} LIMIT 1), 0) ELSE 0 END`
  const others = (
    r: SQL,
  ) => sql`CASE WHEN ${r}.others IS NULL THEN -1 ELSE (SELECT coalesce(bit_and(coalesce((SELECT p.allowed FROM permit p
    WHERE p.audience = ${audience} AND p.person = o AND p.custodian = ${r}.custodian AND p.valid @> ${instant} AND NOT p.specific), 0)), 0)
    FROM unnest(${r}.others) o) END`
  const authored = (r: SQL) => sql`CASE WHEN ${r}.author = ${author} THEN ${whole(notes)} ELSE 0 END`
  const mine = isInside ? whole(inside) : sql.raw('0')

  const allowed = (alias: string): SQL => {
    const r = sql.raw(alias)
    return sql`CASE WHEN ${r}.open THEN ${whole(anything)}
      WHEN ${r}.custodian = ${own} THEN ${mine}
      WHEN ${r}.person IS NULL THEN CASE WHEN ${r}.submitter = ${organization} AND ${isSystem} THEN ${whole(inside)} ELSE 0 END
      ELSE ${consented(r)} & ${others(r)} | ${received(r)} | (CASE WHEN ${r}.custodian = ${home} THEN ${authored(r)} ELSE 0 END) END`
  }
  /**
   * The common row: one cut of one patient, with labels that are rarely withheld, under a permit that has them all. It
   * says nothing that `covers` would not say; it only comes first, since the planner can hash it.
   */
  const common = (alias: string): SQL => {
    const r = sql.raw(alias)
    return sql`(${r}.mask & ~${whole(usual)}) = 0 AND ${r}.richer IS NULL AND ${r}.others IS NULL AND EXISTS (SELECT FROM permit p
      WHERE p.audience = ${audience} AND p.person = ${r}.person AND p.custodian = ${r}.custodian AND p.valid @> ${instant} AND NOT p.specific AND (${whole(usual)} & ~p.allowed) = 0)`
  }
  const covered = (alias: string): SQL =>
    sql`(${common(alias)} OR covers(${sql.raw(alias)}.mask, ${sql.raw(alias)}.richer, ${allowed(alias)}))`

  /** A permit that reaches any record of a custodian also releases that custodian's Patient, unless one vetoes it. */
  const released = (alias: string): SQL => {
    const r = sql.raw(alias)
    const other = `${alias}_any`
    const o = sql.raw(other)
    return sql`(${r}.type = 'Patient' AND (${r}.mask & ${whole(bits('unsettled', 'unknown-label'))}) = 0 AND (${r}.mask & ~${allowed(alias)}) <> 0 AND (${r}.mask & ${vetoed(r)}) = 0
      AND NOT EXISTS (SELECT FROM resource q WHERE q.type = 'Patient' AND q.id = ${r}.id AND q.mask <> ${r}.mask AND (q.mask & ~${r}.mask) = 0)
      AND EXISTS (SELECT FROM resource ${o} WHERE ${o}.person = ${r}.person AND ${o}.custodian = ${r}.custodian
        AND ${o}.type <> 'Patient' AND NOT ${o}.deleted AND ${covered(other)}))`
  }

  const ordinary = (alias: string): SQL => {
    const r = sql.raw(alias)
    return sql`CASE WHEN ${r}.open OR ${r}.custodian = ${own} OR ${r}.person IS NULL THEN ${whole(anything)} ELSE ${permit(r, sql`p.ordinary`)} END`
  }
  /** The labels of what a row cites are in its cut, so only another custodian's, a holder's or a single rule can hide it. */
  const mayCiteHidden = (alias: string): SQL => {
    const r = sql.raw(alias)
    return sql`(${r}.crossing OR ${r}.held OR NOT ${r}.open AND ${r}.custodian <> ${own} AND coalesce((SELECT p.specific OR (p.allowed & 1) = 0 FROM permit p
      WHERE p.audience = ${audience} AND p.person = ${r}.person AND p.custodian = ${r}.custodian AND p.valid @> ${instant}), true))`
  }

  return {
    audience: caller.audience,
    moment,
    allowed,
    ordinary,
    mayCiteHidden,
    visible: (alias, type = 'Patient') =>
      type === 'Patient' ? sql`(${covered(alias)} OR ${released(alias)})` : covered(alias),
  } satisfies Omit<Permit, typeof permitted> as Permit
}
