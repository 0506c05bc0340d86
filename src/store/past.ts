import { type SQL, sql } from 'drizzle-orm'
import type { FhirResource } from 'fhir/r4'
import { cutsOf } from '../consent/cuts.ts'
import { wholeOf } from '../consent/label.ts'
import { bit, coding, due, type Mask, named, rank } from '../consent/labels.ts'
import { referencesIn } from '../fhir/references.ts'
import { authorOf, codesOf } from '../search/index-rows.ts'
import type { PastRow, Prepared } from './change.ts'
import { readPast } from './current.ts'
import { type Connection, json, list } from './database.ts'
import { confidentialityFor, tagged } from './tags.ts'

/** A row of a past version as it is to be; what is not named stays as it is. */
interface Renewed {
  readonly key: string
  readonly mask: string
  readonly richer: readonly string[] | null
  /** What follows from its content, where it has one. */
  readonly kept?: {
    readonly confidentiality: number
    readonly content: string
    readonly refs: readonly string[]
    readonly codes: readonly string[]
    readonly author: string | null
  }
}

/**
 * Labels reach back over all versions of a record (CONSENT rules, section 3): superseded versions, and what is left of a
 * deleted record, carry the labels that it has as a whole, and are cut by those of their own elements. Versions and dates
 * stay as they are. Returns how many records had a version that changed.
 */
export const renewPast = async (
  connection: Connection,
  prepared: readonly Prepared[],
  base: string,
): Promise<number> => {
  const past = await readPast(
    connection,
    prepared.map(({ type, id }) => `${type}/${id}`),
  )
  let changed = 0
  for (const own of prepared) {
    const rows = past.get(`${own.type}/${own.id}`) ?? []
    const renew = renewing(own, rows, base)
    const superseded = rows.map((row) => ({ row, made: renew(row) }))
    const tombs = isGone(own) ? own.prior.map((row) => ({ row, made: renew(row) })) : []
    const isOther = ({ row, made }: { row: PastRow; made: readonly Renewed[] }): boolean =>
      isRenewed(row, made, own.mask)
    const isMoved = superseded.some(isOther)
    const isBuried = tombs.some((tomb) => tomb.row.due || isOther(tomb))
    if (isMoved) await replace(connection, own, superseded.flatMap(({ made }) => made)) // prettier-ignore
    if (isBuried) await renewTombs(connection, own, tombs.flatMap(({ made }) => made)) // prettier-ignore
    if (isMoved || isBuried) changed += 1
  }
  return changed
}

/** Whether a record is deleted: what stands for it keeps its labels and has no content. */
export const isGone = ({ prior }: Pick<Prepared, 'prior'>): boolean =>
  prior.length > 0 && prior.every(({ deleted }) => deleted)

/** How the rows of one record are renewed. */
const renewing = (
  { mask: whole, cuts, elementsOf, prior, bases, stated }: Prepared,
  rows: readonly PastRow[],
  base: string,
): ((row: PastRow) => readonly Renewed[]) => {
  const read = new Map(rows.map((row) => [row, row.deleted ? undefined : contentOf(row)]))
  const elements = new Map(
    rows.map((row) => {
      const content = read.get(row)
      return [row, content === undefined ? [] : elementsOf(content)]
    }),
  )
  const carried = [...elements.values()].flat().reduce((sum, { mask }) => sum | mask, 0n)
  const every = cuts.reduce((sum, cut) => sum | cut.mask, carried | whole | bit('program-status'))
  const said = new Set(bases.flatMap(({ label, basis }) => (basis === 'sender' ? [label] : [])))
  return (row) => {
    const was = wholeOf(row.labels)
    const bare = row.mask & ~due
    // A version that was kept for those who may have an element of the record stays theirs while any version has it.
    const own = whole | (bare & ~was & every)
    const above = (row.richer ?? []).map((mask) => whole | (mask & ~due & ~was & every))
    const content = read.get(row)
    const key = String(row.key)
    // What no label tells apart any more from a richer version of the same is nobody's.
    const isNobodys = (mask: Mask): boolean => above.some((rich) => (rich & ~mask) === 0n)
    if (content === undefined)
      return isNobodys(own) ? [] : [{ key, mask: String(own), richer: masksOf(above) }]
    const given = named(bare).flatMap((label) => (said.has(label) ? [] : (coding(label) ?? [])))
    const sent = (content.meta?.security ?? []).filter(
      (one) => !given.some(({ system, code }) => system === one.system && code === one.code),
    )
    const plain = { ...content, meta: { ...content.meta, security: sent } }
    const mine = elements.get(row) ?? []
    const inside = whole | mine.reduce((sum, { mask }) => sum | mask, 0n)
    const level = statedOf(row, bare, stated ?? prior[0]?.stated ?? null)
    const mineAlone = cutsOf(plain, own, mine).filter(({ mask }) => !isNobodys(mask))
    return mineAlone.map((cut) => {
      const { resource } = tagged({ ...cut, mask: cut.mask & inside }, level)
      return {
        key,
        mask: String(cut.mask),
        richer: masksOf([...cut.richer, ...above]),
        kept: {
          confidentiality: rank(resource.meta?.security?.[0]?.code) ?? 4,
          content: JSON.stringify(resource),
          refs: [...new Set(referencesIn(resource, base).map(({ reference }) => reference))],
          codes: codesOf(resource),
          author: authorOf(resource) ?? null,
        },
      }
    })
  }
}

const contentOf = ({ content }: PastRow): FhirResource => JSON.parse(content) as FhirResource

const masksOf = (masks: readonly Mask[]): readonly string[] | null =>
  masks.length === 0 ? null : masks.map(String)

/** What was more than its labels asked for had been stated, and so is what is stated now. */
const statedOf = ({ confidentiality }: PastRow, mask: Mask, stated: number | null): number | null =>
  confidentiality > confidentialityFor(mask) ? Math.max(confidentiality, stated ?? 0) : stated

const isRenewed = (row: PastRow, made: readonly Renewed[], whole: Mask): boolean =>
  made.length !== 1 ||
  made[0]?.mask !== String(row.mask) ||
  (made[0].richer ?? []).join(' ') !== (row.richer ?? []).map(String).join(' ') ||
  wholeOf(row.labels) !== whole

const given = sql.raw(
  `AS given(place int, key bigint, mask bigint, richer bigint[], confidentiality smallint, content text, refs text[], codes text[], author text)`,
)

const stays = sql.raw(
  'updated, low, high, person, custodian, submitter, open, held, deleted, type, id, version, others',
)

const listed = (made: readonly Renewed[]): SQL =>
  sql`${JSON.stringify(made.map(({ kept, ...row }, place) => ({ place, ...row, ...kept })))}::text::json`

/** All past rows of a record in one go, in the order they were in: their keys tell which came first. */
const replace = async (
  connection: Connection,
  { type, id, bases }: Prepared,
  made: readonly Renewed[],
): Promise<void> => {
  await connection.query(sql`WITH old AS (DELETE FROM history WHERE type = ${type} AND id = ${id} RETURNING *)
    INSERT INTO history (${stays}, mask, richer, labels, confidentiality, content, refs, codes, author)
    SELECT ${sql.raw('old.updated, old.low, old.high, old.person, old.custodian, old.submitter, old.open, old.held, old.deleted, old.type, old.id, old.version, old.others')},
      given.mask, given.richer, ${json(bases)}, coalesce(given.confidentiality, old.confidentiality), coalesce(given.content, old.content),
      coalesce(given.refs, old.refs), coalesce(given.codes, old.codes), CASE WHEN given.content IS NULL THEN old.author ELSE given.author END
    FROM json_to_recordset(${listed(made)}) ${given} JOIN old ON old.key = given.key ORDER BY given.place`)
}

const renewTombs = async (
  connection: Connection,
  { prior, bases }: Prepared,
  made: readonly Renewed[],
): Promise<void> => {
  const last = new Map(made.map((row) => [row.mask, row]))
  const kept = new Set([...last.values()].map(({ key }) => key))
  const gone = prior.map(({ key }) => String(key)).filter((key) => !kept.has(key))
  await connection.query(sql`DELETE FROM resource WHERE key = ANY(${list(gone, 'bigint')})`)
  await connection.query(sql`UPDATE resource SET mask = given.mask, richer = given.richer, labels = ${json(bases)}
    FROM json_to_recordset(${listed([...last.values()])}) ${given} WHERE resource.key = given.key`)
}
