import { codesOf } from '../consent/codes.ts'
import { type SQL, sql } from 'drizzle-orm'
import type { FhirResource, Resource } from 'fhir/r4'
import type { Cut } from '../consent/cuts.ts'
import { openTypes } from '../consent/label.ts'
import { type Mask, named, rank } from '../consent/labels.ts'
import { instantText } from '../fhir/dates.ts'
import { referencesIn } from '../fhir/references.ts'
import type { Amount } from '../search/amounts.ts'
import { authorOf, indexRows } from '../search/index-rows.ts'
import type { Served } from '../search/parameters.ts'
import type { ToBase } from '../search/units.ts'
import type { CurrentRow, Prepared, Written } from './change.ts'
import { besideMeta, bodyOf, contentOf, dateOf, saysTheSame, stamped } from './content.ts'
import { isProgress } from './current.ts'
import { arrayLiteral, type Connection, list } from './database.ts'
import { leaving, staysGone, tombstone } from './tombstones.ts'

/** What writing needs of the gateway. */
export interface Writing {
  readonly base: string
  readonly now: Date
  readonly newVersion: () => string
  readonly parameters: (type: string) => ReadonlyMap<string, Served>
  readonly toBase: ToBase
}

/** Writes prepared changes: current rows, their index rows, and what they supersede into the history. */
export const write = async (
  connection: Connection,
  prepared: readonly Prepared[],
  writing: Writing,
): Promise<Written[]> => {
  const rows = prepared.flatMap((one) => rowsOf(one, writing))
  const kept = new Set(rows.flatMap(({ unchanged }) => unchanged ?? []))
  const superseded = prepared.flatMap(leaving)
  const written = prepared.flatMap((one) => (one.change.action === 'relabel' ? [] : leaving(one)))
  for (const { parted } of rows)
    if (parted !== undefined && kept.has(nameOf(parted))) await keepParted(connection, parted)
  if (superseded.length > 0)
    await archive(
      connection,
      superseded.map(({ key }) => key),
      written.filter((row) => !kept.has(nameOf(row))).map(({ key }) => key),
    )
  await insert(connection, rows)
  return prepared.map(({ type, id, prior, mask, change, person }) => ({
    type,
    id,
    created: change.action !== 'delete' && prior.every(({ deleted }) => deleted),
    labels: named(mask),
    person,
    custodian: change.custodian,
  }))
}

interface Row {
  readonly columns: Readonly<Record<string, unknown>>
  readonly words: readonly Readonly<Record<string, unknown>>[]
  readonly dates: readonly Readonly<Record<string, unknown>>[]
  readonly amounts: readonly Readonly<Record<string, unknown>>[]
  /** The name of the version that the cut already had, where its content did not change. */
  readonly unchanged: string | undefined
  /** The earlier cut that its readers saw, where theirs is now another. */
  readonly parted: Parted | undefined
}

type Parted = Pick<CurrentRow, 'key' | 'type' | 'id' | 'version' | 'mask'> & {
  /** Of those who get a richer cut from now on, each has a past of its own. */
  readonly richer: readonly Mask[]
}

/** A version by its full name: an import may give the same id to versions of many resources. */
const nameOf = ({ type, id, version }: Pick<CurrentRow, 'type' | 'id' | 'version'>): string =>
  `${type}/${id}/${version}`

const rowsOf = (prepared: Prepared, writing: Writing): Row[] => {
  const gone = (row: CurrentRow, cut: Pick<Cut, 'mask' | 'richer'>): Row => ({
    unchanged: row.deleted ? nameOf(row) : undefined,
    parted: undefined,
    words: [],
    dates: [],
    amounts: [],
    columns: tombstone(shared(prepared), row, cut, writing),
  })
  if (prepared.change.action === 'delete')
    return leaving(prepared).map((row) =>
      gone(row, { mask: BigInt(row.mask), richer: (row.richer ?? []).map(BigInt) }),
    )
  return prepared.cuts.map((cut) => {
    const before = previous(prepared, cut)
    return staysGone(prepared, before) ? gone(before, cut) : rowOf(prepared, cut, writing)
  })
}

const rowOf = (prepared: Prepared, cut: Cut, writing: Writing): Row => {
  const { change, type, id } = prepared
  const written = contentOf(cut.resource)
  const before = previous(prepared, cut)
  const same = before !== undefined && !before.deleted && saysTheSame(bodyOf(before.content), written)
  const resource = same ? (JSON.parse(before.content) as FhirResource) : cut.resource
  const body = same ? bodyOf(before.content) : written
  const kept = change.keep ? cut.resource.meta : undefined
  const stays = same || (change.action === 'relabel' && before !== undefined)
  const version = stays ? before.version : (kept?.versionId ?? writing.newVersion())
  const updated = stays ? dateOf(before) : (kept?.lastUpdated ?? writing.now.toISOString())
  const references = [...new Set(referencesIn(resource, writing.base).map(({ reference }) => reference))]
  const found = indexRows(resource, writing.parameters(type), references, writing)
  const identity = { type, id, mask: String(cut.mask) }
  return {
    unchanged: stays ? nameOf(before) : undefined,
    parted:
      stays || before === undefined || before.mask === cut.mask
        ? undefined
        : { ...before, mask: cut.mask, richer: cut.richer },
    columns: {
      ...identity,
      ...shared(prepared),
      version,
      updated,
      low: found.clinical && instantText(found.clinical.low),
      high: found.clinical && instantText(found.clinical.high),
      confidentiality: rank(resource.meta?.security?.[0]?.code) ?? 4,
      deleted: false,
      richer: cut.richer.length === 0 ? null : cut.richer.map(String),
      author: authorOf(resource) ?? null,
      tokens: found.tokens,
      refs: references,
      codes: codesOf(resource),
      content: stamped(body, type, id, version, updated),
    },
    words: found.words.map((word) => ({ ...identity, ...word })),
    dates: found.dates.map(({ param, span }) => ({
      ...identity,
      param,
      low: instantText(span.low),
      high: instantText(span.high),
    })),
    amounts: found.amounts.map(({ param, amount }) => ({ ...identity, param, ...stored(amount) })),
  }
}

/** JSON has no infinity; PostgreSQL reads it as text. */
const stored = ({ low, high, baseLow, baseHigh, ...unit }: Amount) => ({
  ...unit,
  low: String(low),
  high: String(high),
  ...(baseLow === undefined ? {} : { base_low: String(baseLow) }),
  ...(baseHigh === undefined ? {} : { base_high: String(baseHigh) }),
})

const shared = ({ change, person, others, crossing, bases, stated, prior, type }: Prepared) => ({
  person: person ?? null,
  others: others.length === 0 ? null : others,
  custodian: change.custodian,
  submitter: change.submitter,
  stated,
  open: openTypes.has(type),
  held: prior.some(({ held }) => held),
  effective: change.effective,
  crossing,
  labels: bases,
})

/**
 * What whoever gets this cut saw before: the richest of the earlier cuts that its labels cover. Labels that change make no
 * version: then it is the one with the same content, and where there is none, as a new cut has less, that of the record.
 */
const previous = ({ prior, change }: Prepared, { mask, resource }: Cut): CurrentRow | undefined => {
  if (change.action !== 'relabel') return prior.findLast((row) => (row.mask & ~mask) === 0n)
  const gone = prior.findLast((row) => row.deleted && (row.mask & ~mask) === 0n)
  const isGone = gone !== undefined && prior.every((row) => row.deleted || (row.mask & ~mask) !== 0n)
  if (isGone) return gone
  const rows = prior.filter((row) => !row.deleted && isProgress(row) === isProgress({ mask }))
  const same = rows.filter((row) => besideMeta(JSON.parse(row.content) as Resource) === besideMeta(resource))
  return (
    same.find((row) => row.mask === mask) ??
    same.at(-1) ??
    rows.findLast((row) => (row.mask & ~mask) === 0n) ??
    rows[0]
  )
}

const columns = sql.raw(
  'mask, updated, low, high, person, custodian, submitter, confidentiality, stated, open, held, deleted, effective, crossing, richer, type, id, version, author, others, tokens, refs, codes, labels, content',
)

/** All rows in one statement, with those of their index rows that there are: one round trip, however many. */
const insert = async (connection: Connection, rows: readonly Row[]): Promise<void> => {
  const found = [
    indexed(
      'words',
      'value text, stated text',
      rows.flatMap(({ words }) => words),
    ),
    indexed(
      'dates',
      'low timestamptz, high timestamptz',
      rows.flatMap(({ dates }) => dates),
    ),
    indexed(
      'amounts',
      'low float8, high float8, base_low float8, base_high float8, system text, code text, unit text, base text',
      rows.flatMap(({ amounts }) => amounts),
    ),
  ].filter((part) => part !== undefined)
  await connection.query(sql`WITH made AS (
    INSERT INTO resource (${columns}) SELECT ${columns} FROM json_to_recordset(${JSON.stringify(rows.map((row) => row.columns))}::text::json) AS given(
      mask bigint, updated timestamptz, low timestamptz, high timestamptz, person int, custodian int, submitter int, confidentiality smallint, stated smallint,
      open bool, held bool, deleted bool, effective bool, crossing bool, richer bigint[], type text, id text, version text, author text,
      others int[], tokens text[], refs text[], codes text[], labels jsonb, content text)
    RETURNING key, type, id, mask, person, custodian, open),
    masks AS (INSERT INTO chart_mask (person, custodian, mask) SELECT DISTINCT person, custodian, mask FROM made
      WHERE person IS NOT NULL AND type <> 'Patient' AND NOT open ON CONFLICT DO NOTHING)${sql.join(found, sql``)} SELECT count(*) FROM made`)
}

/** The rows of one index table, for resources that the statement makes. */
const indexed = (
  table: string,
  typed: string,
  rows: readonly Readonly<Record<string, unknown>>[],
): SQL | undefined => {
  if (rows.length === 0) return undefined
  const names = typed.split(', ').map((column) => column.split(' ')[0] ?? '')
  return sql
    .raw(`, ${table}_made AS (INSERT INTO ${table} (resource, type, param, ${names.join(', ')})
    SELECT made.key, made.type, given.param, ${names.map((name) => `given.${name}`).join(', ')} FROM json_to_recordset(`)
    .append(sql`${JSON.stringify(rows)}`)
    .append(
      sql.raw(`::text::json) AS given(type text, id text, mask bigint, param text, ${typed})
    JOIN made ON made.type = given.type AND made.id = given.id AND made.mask = given.mask)`),
    )
}

const past = sql.raw(
  'mask, updated, person, custodian, submitter, confidentiality, open, held, deleted, richer, type, id, version, author, others, tokens, refs, codes, low, high, labels, content',
)

/** A version that stays current for poorer readers is past for those who get a richer cut from now on. */
const keepParted = async (connection: Connection, { key, mask, richer }: Parted): Promise<void> => {
  const same = sql.raw(
    'updated, low, high, person, custodian, submitter, confidentiality, open, held, deleted, type, id, version, author, others, tokens, refs, codes, labels, content',
  )
  await connection.query(
    sql`INSERT INTO history (mask, richer, ${same}) SELECT ${String(mask)}::bigint, ${richer.length === 0 ? null : arrayLiteral(richer)}::text::bigint[], ${same} FROM resource
      WHERE key = ${String(key)}::text::bigint`,
  )
}

/** Takes current rows out, and keeps those that a new version supersedes. */
const archive = async (
  connection: Connection,
  gone: readonly bigint[],
  superseded: readonly bigint[],
): Promise<void> => {
  await connection.query(sql`WITH gone AS (DELETE FROM resource WHERE key = ANY(${list(gone, 'bigint')}) RETURNING *),
    unspelled AS (DELETE FROM words WHERE resource = ANY(${list(gone, 'bigint')})),
    undated AS (DELETE FROM dates WHERE resource = ANY(${list(gone, 'bigint')})),
    unmeasured AS (DELETE FROM amounts WHERE resource = ANY(${list(gone, 'bigint')}))
    INSERT INTO history (${past}) SELECT ${past} FROM gone WHERE key = ANY(${list(superseded, 'bigint')})`)
}

/** Marks what was received in a push, so that decisions look for its holders. */
export const markHeld = (connection: Connection, keys: readonly string[]): Promise<object[]> =>
  connection.query(sql`UPDATE resource SET held = true WHERE (type, id) IN
    (SELECT split_part(k, '/', 1), split_part(k, '/', 2) FROM unnest(${list(keys, 'text')}) k)`)
