import { type Param, type SQL, sql } from 'drizzle-orm'
import type { Access, Grant } from '../authorize/grant.ts'
import { isRepresentative } from './asked.ts'
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
  /** Names all that the text of its SQL about rows of a type depends on; `given` has every parameter in it (`Shaped`). */
  shapeFor(type: string): string
  readonly given: readonly Param[]
  /** What holds a remembered caller to its token. */
  readonly guard: SQL
  /**
   * The same for another kind of access. Whatever is `visible` is reached by a scope for it too (`Grant.reach`): searches,
   * and all that a chain touches, ask for `s`, everything else for `r`, where nothing is said.
   */
  to(access: Access): Permit
  /** The decision alone: what the caller may know of, whether or not a scope reaches it. */
  readonly decision: Permit
  /** The labels that the caller may have on the row under `alias`. */
  allowed(alias: string): SQL
  /** Whether the row under `alias` is the cut that the caller gets. Deleted rows are for the query to leave out;
   * a type that is known spares it the question that only Patients need. */
  visible(alias: string, type?: string): SQL
  /** The labels of the row that go to the caller without a consent. */
  ordinary(alias: string): SQL
  /** Whether a row that is visible could cite one that is not; false spares it the look at each reference. */
  mayCiteHidden(alias: string): SQL
  /** The same for the alias that a statement is about, with the permit joined once: of those in `among`, where they are known. */
  joined(alias: string, type?: string, among?: SQL): Joined
  /** All permits that the caller has of a person, as a subquery that `joined` takes. */
  permitsOf(person: SQL): SQL
  /** `visible` of the alias that a statement is about, where its rows are many patients'; `hashed` where very many are looked at. */
  visibleOfMany(alias: string, type?: string, hashed?: boolean): SQL
}

/** A permit joined to the rows of one alias. Its condition also holds the caller to a token that is still good. */
export interface Joined {
  readonly join: SQL
  readonly visible: SQL
  readonly ordinary: SQL
  readonly mayCiteHidden: SQL
  /** Names the permit itself, where it has no rules about single records; null where none is needed or more plays a part. */
  readonly stamp: SQL
}

/** Organizations, questionnaires and the like are the same for everybody who is authenticated. */
const anything = every

/** Labels that most permits have. */
const usual = bits('ordinary', 'BH', 'MH', 'PSY')

/** A mask that is the same for everybody is part of the text. */
const whole = (mask: bigint): SQL => sql.raw(`${mask}::bigint`)

/** The Permit of a caller at a moment. */
export const permitFor = (grant: Grant, moment: Date): Permit => permitTo(grant, moment, 'r')

const permitTo = (grant: Grant, moment: Date, access: Access | undefined): Permit => {
  const { caller } = grant
  const reach = access === undefined ? undefined : grant.reach
  const within = (alias: string, type: string | undefined): SQL =>
    reach === undefined || access === undefined ? sql.raw('') : sql` AND ${reach.within(alias, access, type)}`
  const { asked } = caller
  const isSystem = asked.user === undefined && asked.patient === undefined
  const isInside = isSystem && caller.organizationKey === caller.homeKey
  const { token } = caller
  const [audience, home] = [sql.param(caller.audience), sql.param(caller.homeKey)]
  const organization = sql.param(caller.organizationKey)
  const [now, user] = [
    sql.param(moment.toISOString()),
    sql.param(isRepresentative(asked) ? '' : (asked.user ?? '')),
  ]
  const held = [sql.param(token?.hash), sql.param(token?.moment), sql.param(token?.epoch)] as const
  const given: readonly Param[] = [audience, home, organization, now, user, ...held, ...(reach?.given ?? [])]
  const own = isInside ? home : sql.raw('-1')
  const instant = sql`${now}::timestamptz`
  const mine = isInside ? whole(inside) : sql.raw('0::bigint')
  const asker = sql`${audience}::int, ${instant}, ${own}::int, ${organization}::int, ${home}::int, ${sql.raw(String(isSystem))}, ${user}::text,
    ${whole(anything)}, ${mine}, ${whole(inside)}, ${whole(notes)}`

  const matches = (p: SQL, r: SQL): SQL =>
    sql`${p}.audience = ${audience} AND ${p}.person = ${r}.person AND ${p}.custodian = ${r}.custodian AND ${p}.valid @> ${instant}`
  const lookedUp = (r: SQL, wanted: SQL, otherwise: string): SQL =>
    sql`coalesce((SELECT ${wanted} FROM permit p WHERE ${matches(sql.raw('p'), r)}), ${sql.raw(otherwise)})`

  const allowed = (alias: string): SQL =>
    sql`allowed_on(${asker}, ${columns(alias, 'type id open held person others custodian submitter author codes refs')}, ${clinical(alias)})`
  /** A rule about single records may tell of a richer cut what it does not tell of this one, so each is asked by itself. */
  const covered = (alias: string): SQL => {
    const r = sql.raw(alias)
    return sql`CASE WHEN ${r}.richer IS NOT NULL AND EXISTS (SELECT FROM permit p WHERE ${matches(sql.raw('p'), r)} AND p.specific OFFSET 0)
      THEN part_shown(${asker}, ${columns(alias, 'type id mask richer')}, ${allowed(alias)})
      ELSE visible_on(${columns(alias, 'mask richer')}, ${allowed(alias)}) END`
  }
  /**
   * Whether a Patient is released by another record. What could be visible at all is told first by the sets of labels that
   * the custodian's records have: one that is hidden then takes no longer than one that does not exist.
   */
  const released = (alias: string): SQL => {
    const r = sql.raw(alias)
    const most = asked.user === undefined ? sql`p.allowed` : sql`(p.allowed | ${whole(notes)})`
    const received = isSystem
      ? sql` OR EXISTS (SELECT FROM resource o WHERE o.person = ${r}.person AND o.custodian = ${r}.custodian AND o.held OFFSET 0)`
      : sql``
    const reaches = sql`(${r}.custodian = ${own} OR EXISTS (SELECT FROM permit p JOIN chart_mask c ON c.person = p.person AND c.custodian = p.custodian
        WHERE ${matches(sql.raw('p'), r)} AND (p.specific OR (c.mask & ~${most}) = 0) OFFSET 0)${received})`
    return sql`CASE WHEN ${r}.type = 'Patient' AND (${r}.mask & ${whole(bits('unsettled', 'unknown-label', 'due'))}) = 0 AND ${reaches}
      THEN released_on(${asker}, ${r}.mask, ${allowed(alias)}, ${columns(alias, 'id person custodian author codes refs')}, ${clinical(alias)}) ELSE false END`
  }
  const orReleased = (alias: string, type: string | undefined, visible: SQL): SQL =>
    (type ?? 'Patient') === 'Patient' ? sql`(${visible} OR ${released(alias)})` : visible
  /**
   * The common row: one cut of one patient, under a permit that has the labels that are rarely withheld. It says nothing
   * that `visible_on` would not say; it only comes first, since it costs one look into an index. Where all that match
   * are counted the permits of the audience are hashed; elsewhere `OFFSET 0` keeps the planner from reading them all.
   */
  const common = (alias: string, hashed = false): SQL => {
    const r = sql.raw(alias)
    const isUsual = sql`NOT p.specific AND (${whole(usual)} & ~p.allowed) = 0`
    const covers = hashed
      ? sql`((${r}.person, ${r}.custodian) IN (SELECT p.person, p.custodian FROM permit p
          WHERE p.audience = ${audience} AND p.valid @> ${instant} AND ${isUsual})) IS TRUE`
      : sql`EXISTS (SELECT FROM permit p WHERE ${matches(sql.raw('p'), r)} AND ${isUsual} OFFSET 0)`
    return sql`(${r}.mask & ~${whole(usual)}) = 0 AND ${r}.richer IS NULL AND ${r}.others IS NULL AND ${covers}`
  }
  /** With the permit joined, a row that nothing else could open or close is decided by one comparison of bits. */
  const coveredIn = (alias: string, p: SQL): SQL => {
    const r = sql.raw(alias)
    const plain = (allowed: SQL): SQL => sql`(${r}.mask & ~${allowed}) = 0`
    return sql`CASE WHEN ${r}.richer IS NOT NULL OR ${r}.others IS NOT NULL OR ${r}.held THEN ${covered(alias)}
      WHEN ${r}.open THEN ${plain(whole(anything))}
      WHEN ${r}.custodian = ${own} THEN ${plain(mine)}
      WHEN ${r}.person IS NULL OR ${p}.specific${byAuthor(r)} THEN ${covered(alias)}
      ELSE ${plain(sql`coalesce(${p}.allowed, 0)`)} END`
  }
  /** Only a user can be an author, whose own notes are shown. */
  const byAuthor = (r: SQL): SQL => (asked.user === undefined ? sql.raw('') : sql` OR ${r}.author = ${user}`)
  const visible = (alias: string, type: string | undefined, hashed = false): SQL => {
    const decided = orReleased(alias, type, sql`(${common(alias, hashed)} OR ${covered(alias)})`)
    return reach === undefined ? decided : sql`(${decided}${within(alias, type)})`
  }
  const unasked = (r: SQL): SQL => sql`${r}.open OR ${r}.custodian = ${own} OR ${r}.person IS NULL`
  /** Notes are open to the author of the row, who need not be that of the notes it cites (45 CFR 164.508(a)(2)(i)(A)). */
  const ownNotes = (r: SQL): SQL =>
    asked.user === undefined
      ? sql.raw('')
      : sql` OR ${r}.author = ${user} AND (${r}.mask & ${whole(notes)}) <> 0`
  /** The labels of what a row cites are in its cut, so only another custodian's, a holder's, an author's or a single rule can hide it. */
  const citing = (r: SQL, restricted: SQL): SQL =>
    sql`(${r}.crossing OR ${r}.held OR NOT ${r}.open AND ${r}.custodian <> ${own} AND ${restricted}${ownNotes(r)})`
  const restricts = (p: SQL): SQL => sql`${p}.specific OR (${p}.allowed & 1) = 0`

  /** A caller that was remembered is one only while its token and the registry stand as they did (RFC 7009 section 2). */
  const [hash, real, epoch] = held
  const guard =
    token === undefined
      ? sql.raw('')
      : sql` AND EXISTS (SELECT FROM access_token t, registry g WHERE t.hash = ${hash} AND t.expires > ${real}::text::timestamptz AND g.epoch = ${epoch})`

  const permit: Permit = {
    audience: caller.audience,
    moment,
    shapeFor: (type) =>
      [
        type === 'Patient',
        isSystem,
        isInside,
        asked.user === undefined,
        token === undefined,
        ...(reach === undefined ? [] : [type, access, reach.shape]),
      ].join(' '),
    given,
    guard,
    allowed,
    ordinary: (alias) => {
      const r = sql.raw(alias)
      return sql`CASE WHEN ${unasked(r)} THEN ${whole(anything)} ELSE ${lookedUp(r, sql.raw('p.ordinary'), '0')} END`
    },
    mayCiteHidden: (alias) => {
      const r = sql.raw(alias)
      return citing(r, lookedUp(r, restricts(sql.raw('p')), 'true'))
    },
    visible: (alias, type) => visible(alias, type),
    visibleOfMany: (alias, type, hashed) => sql`${visible(alias, type, hashed)}${guard}`,
    permitsOf: (person) =>
      sql`SELECT p.custodian, p.allowed, p.ordinary, p.specific, p.xmin::text || p.ctid::text AS name FROM permit p
        WHERE p.audience = ${audience} AND p.person = ${person} AND p.valid @> ${instant}`,
    joined: (alias, type, among) => {
      const [r, p] = [sql.raw(alias), sql.raw(`${alias}_permit`)]
      const name = among === undefined ? sql`${p}.xmin::text || ${p}.ctid::text` : sql`${p}.name`
      return {
        join:
          among === undefined
            ? sql`LEFT JOIN permit ${p} ON ${matches(p, r)}`
            : sql`LEFT JOIN ${among} ${p} ON ${p}.custodian = ${r}.custodian`,
        visible: sql`${orReleased(alias, type, coveredIn(alias, p))}${within(alias, type)}${guard}`,
        ordinary: sql`CASE WHEN ${unasked(r)} THEN ${whole(anything)} ELSE coalesce(${p}.ordinary, 0) END`,
        mayCiteHidden: citing(r, sql`coalesce(${restricts(p)}, true)`),
        stamp: sql`CASE WHEN ${p}.specific IS FALSE AND NOT ${r}.held AND ${r}.others IS NULL AND (${r}.mask & ~${p}.ordinary) <> 0 THEN ${name} END`,
      }
    },
    to: (other) => (grant.reach === undefined || other === access ? permit : permitTo(grant, moment, other)),
    get decision() {
      return reach === undefined ? permit : permitTo(grant, moment, undefined)
    },
  } satisfies Omit<Permit, typeof permitted> as Permit
  return permit
}

const columns = (alias: string, names: string): SQL =>
  sql.raw(
    names
      .split(' ')
      .map((name) => `${alias}.${name}`)
      .join(', '),
  )

/** When a record is dated, and how confidential it is. */
const clinical = (alias: string): SQL =>
  sql.raw(
    `coalesce(${alias}.low, ${alias}.updated), coalesce(${alias}.high, ${alias}.updated), ${alias}.confidentiality`,
  )
