import { codesOf } from '../consent/codes.ts'
import { type SQL, sql } from 'drizzle-orm'
import type { FhirResource } from 'fhir/r4'
import { type Cut, cutsOf, type LabelledElement } from '../consent/cuts.ts'
import { namesOf, wholeOf } from '../consent/label.ts'
import { bit, coding, due, type Mask, named, rank } from '../consent/labels.ts'
import { referencesIn } from '../fhir/references.ts'
import { authorOf, indexRows } from '../search/index-rows.ts'
import type { PastRow, Prepared } from './change.ts'
import { readPast } from './current.ts'
import { type Connection, json, list } from './database.ts'
import { confidentialityFor, tagged } from './tags.ts'
import type { Writing } from './write.ts'

/** A row of a past version as it is to be; what is not named stays as it is. */
interface Renewed {
  readonly key: string
  readonly mask: string
  readonly richer: readonly string[] | null
  /** What follows from its content, where it has one. */
  readonly kept?: {
    readonly confidentiality: number
    readonly content: string
    readonly tokens: readonly string[]
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
  writing: Writing,
): Promise<number> => {
  const past = await readPast(
    connection,
    prepared.map(({ type, id }) => `${type}/${id}`),
  )
  let changed = 0
  for (const own of prepared) {
    const rows = past.get(`${own.type}/${own.id}`) ?? []
    const renew = renewing(own, rows, writing)
    const superseded = rows.map((row) => ({ row, made: renew(row) }))
    const tombs = isGone(own) ? own.prior.map((row) => ({ row, made: renew(row) })) : []
    const isOther = ({ row, made }: { row: PastRow; made: readonly Renewed[] }): boolean =>
      isRenewed(row, made, own.mask)
    const isMoved = superseded.some(isOther)
    // A tomb says why it has its labels: who stores the record anew takes it at its word.
    const isBuried = tombs.some(
      (tomb) => tomb.row.due || isOther(tomb) || namesOf(tomb.row.labels) !== namesOf(own.bases),
    )
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
const renewing = (record: Prepared, rows: readonly PastRow[], writing: Writing): Renewing => {
  const { mask: whole, cuts, elementsOf } = record
  const read = new Map(
    rows.map((row) => {
      const content = row.deleted ? undefined : (JSON.parse(row.content) as FhirResource)
      return [row, content && { content, elements: elementsOf(content) }]
    }),
  )
  const carried = [...read.values()].flatMap((version) => version?.elements ?? [])
  const every = carried.reduce((sum, { mask }) => sum | mask, maskOf(cuts) | whole | bit('program-status'))
  return (row) => {
    const was = wholeOf(row.labels)
    // A version that was kept for those who may have an element of the record stays theirs while any version has it.
    const still = (mask: Mask): Mask => whole | (mask & ~due & ~was & every)
    const [own, above] = [still(row.mask), (row.richer ?? []).map(still)]
    // What no label tells apart any more from a richer version of the same is nobody's.
    const isSomebodys = (mask: Mask): boolean => above.every((rich) => (rich & ~mask) !== 0n)
    const version = read.get(row)
    const parts =
      version === undefined ? [{ mask: own, richer: [] }] : partsOf(row, version, own, record, writing)
    return parts
      .filter(({ mask }) => isSomebodys(mask))
      .map(({ mask, richer, ...kept }) => ({
        ...kept,
        key: String(row.key),
        mask: String(mask),
        richer: richer.length + above.length === 0 ? null : [...richer, ...above].map(String),
      }))
  }
}

type Renewing = (row: PastRow) => readonly Renewed[]

/** A version in parts: each is what is left of it for those who lack some label of its elements, with its own labels on it. */
const partsOf = (
  row: PastRow,
  { content, elements }: { readonly content: FhirResource; readonly elements: readonly LabelledElement[] },
  own: Mask,
  { mask: whole, bases, stated }: Prepared,
  writing: Writing,
): readonly (Pick<Cut, 'mask' | 'richer'> & Pick<Renewed, 'kept'>)[] => {
  const said = new Set(bases.flatMap(({ label, basis }) => (basis === 'sender' ? [label] : [])))
  const given = named(row.mask).flatMap((label) => (said.has(label) ? [] : (coding(label) ?? [])))
  const sent = (content.meta?.security ?? []).filter(
    (one) => !given.some(({ system, code }) => system === one.system && code === one.code),
  )
  const plain = { ...content, meta: { ...content.meta, security: sent } }
  const inside = whole | maskOf(elements)
  return cutsOf(plain, own, elements).map((cut) => {
    const { resource } = tagged({ ...cut, mask: cut.mask & inside }, statedOf(row, stated))
    const refs = [...new Set(referencesIn(resource, writing.base).map(({ reference }) => reference))]
    const kept = {
      confidentiality: rank(resource.meta?.security?.[0]?.code) ?? 4,
      content: JSON.stringify(resource),
      tokens: indexRows(resource, writing.parameters(resource.resourceType), refs, writing).tokens,
      refs,
      codes: codesOf(resource),
      author: authorOf(resource) ?? null,
    }
    return { mask: cut.mask, richer: cut.richer, kept }
  })
}

const maskOf = (parts: readonly { readonly mask: Mask }[]): Mask =>
  parts.reduce((sum, { mask }) => sum | mask, 0n)

/** What was more than its labels asked for had been stated, and so is what is stated now. */
const statedOf = ({ confidentiality, mask }: PastRow, stated: number | null): number | null =>
  confidentiality > confidentialityFor(mask & ~due) ? Math.max(confidentiality, stated ?? 0) : stated

const isRenewed = (row: PastRow, made: readonly Renewed[], whole: Mask): boolean =>
  made.length !== 1 ||
  made[0]?.mask !== String(row.mask) ||
  (made[0].richer ?? []).join(' ') !== (row.richer ?? []).map(String).join(' ') ||
  wholeOf(row.labels) !== whole

const given = sql.raw(
  `AS given(place int, key bigint, mask bigint, richer bigint[], confidentiality smallint, content text, tokens text[], refs text[], codes text[], author text)`,
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
    INSERT INTO history (${stays}, mask, richer, labels, confidentiality, content, tokens, refs, codes, author)
    SELECT ${sql.raw('old.updated, old.low, old.high, old.person, old.custodian, old.submitter, old.open, old.held, old.deleted, old.type, old.id, old.version, old.others')},
      given.mask, given.richer, ${json(bases)}, coalesce(given.confidentiality, old.confidentiality), coalesce(given.content, old.content),
      coalesce(given.tokens, old.tokens), coalesce(given.refs, old.refs), coalesce(given.codes, old.codes), CASE WHEN given.content IS NULL THEN old.author ELSE given.author END
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
