import { sql } from 'drizzle-orm'
import type { Asked } from '../../consent/asked.ts'
import type { Basis } from '../../consent/label.ts'
import type { Mask } from '../../consent/labels.ts'
import { memoryOf } from '../../memory.ts'
import { redact, shape } from '../../redact/redact.ts'
import type { Released, ReleasedResource } from '../../redact/released.ts'
import { findByKeys, type FoundRow } from '../../search/find.ts'
import { fhirBase, type Services } from '../../services.ts'
import { type Connection, list } from '../../store/database.ts'
import { explain } from '../../store/explain.ts'
import { type CommonFacts, type PersonState, readPersons } from '../../store/facts.ts'
import { type Kinds, readKinds } from '../../store/named-codes.ts'
import { reasonsFor, type Told } from './reasons.ts'
import { type StandIn, standIn } from './stand-in.ts'

/** One record as a recipient would get it: the very bytes, or none, and why. */
export interface Item {
  readonly type: string
  readonly id: string
  readonly effect: 'shared' | 'redacted' | 'withheld'
  /** JSON as it would go over the wire; undefined where it is withheld. */
  readonly text: string | undefined
  readonly version: string | undefined
  readonly reasons: readonly Told[]
}

/** What one recipient would get of some records, for one purpose. */
export interface Preview {
  readonly asked: Asked
  readonly items: readonly Item[]
}

/** Records as the one who asks sees them, and what is around them. */
export interface Looking {
  readonly services: Services
  readonly moment: Date
  readonly common: CommonFacts
  readonly own: readonly FoundRow[]
}

/**
 * What a recipient would get, found, explained and redacted by the live path: the same permit, the same statements, the
 * same bytes. In a transaction that is undone. Undefined for a recipient that is not known.
 */
export const previewFor = async (
  connection: Connection,
  looking: Looking,
  asked: Asked,
): Promise<Preview | undefined> => {
  const { services, moment, common, own } = looking
  const persons = await readAround(connection, own)
  const recipient = await standIn(connection, asked, persons, moment, common)
  if (recipient === undefined) return undefined
  const rows = await findByKeys(connection, recipient.permit, own.map(keyOf))
  const leaving = await released(connection, services, recipient, rows)
  const states = new Map(
    (await readPersons(connection, common, persons)).map((state) => [state.person, state]),
  )
  const kinds = await readKinds(connection, [...own, ...rows])
  const stored = await readStored(connection, own.map(keyOf))
  const { value: items } = shape(leaving, (resources) =>
    own.map((row) => itemOf(row, rows, resources, { looking, asked, states, kinds, stored })),
  )
  return { asked, items }
}

/** Whose records they are, and whose they cite: a reference goes or stays by the permits of whoever it leads to. */
const readAround = async (connection: Connection, own: readonly FoundRow[]): Promise<number[]> => {
  const keys = [...new Set(own.flatMap((row) => [keyOf(row), ...row.refs]))]
  const rows = await connection.query<{ person: number }>(
    sql`SELECT DISTINCT person FROM (SELECT unnest(person || coalesce(others, '{}')) AS person FROM resource
      WHERE (type, id) IN (SELECT split_part(k, '/', 1), split_part(k, '/', 2) FROM unnest(${list(keys, 'text')}) k)) around WHERE person IS NOT NULL`,
  )
  return rows.map(({ person }) => person)
}

const keyOf = ({ type, id }: Pick<FoundRow, 'type' | 'id'>): string => `${type}/${id}`

const released = async (
  connection: Connection,
  services: Services,
  { caller, grant, permit }: StandIn,
  rows: readonly FoundRow[],
): Promise<Released<readonly ReleasedResource[]>> => {
  // What is remembered names permits that are undone with this transaction.
  const explained = await explain(connection, rows, grant, permit, memoryOf(1000))
  return redact(explained, fhirBase(services), caller.recipientClass)
}

interface Around {
  readonly looking: Looking
  readonly asked: Asked
  readonly states: ReadonlyMap<number, PersonState>
  readonly kinds: Kinds
  readonly stored: ReadonlyMap<string, Stored>
}

const itemOf = (
  own: FoundRow,
  rows: readonly FoundRow[],
  resources: readonly ReleasedResource[],
  { looking, asked, states, kinds, stored }: Around,
): Item => {
  const key = keyOf(own)
  const got = rows.find((row) => keyOf(row) === key)
  const resource = resources.find((one) => keyOf(one) === key)
  const { bases = [], poorest = BigInt(own.mask) } = stored.get(key) ?? {}
  const grounds = {
    asked,
    moment: looking.moment,
    custodian: `Organization/${looking.common.byKey.get(own.custodian)?.id ?? ''}`,
    state: states.get(own.person ?? -1),
    kinds,
    bases,
  }
  const effect = effectOf(own, got)
  const mask: Mask = effect === 'withheld' ? poorest : BigInt(own.mask)
  return {
    type: own.type,
    id: own.id,
    effect,
    text: resource?.text,
    version: resource?.version,
    reasons: reasonsFor(got ?? own, mask, grounds),
  }
}

/** Less than what the one who asks sees is redacted: a poorer cut, or one whose references are pruned. */
const effectOf = (own: FoundRow, got: FoundRow | undefined): Item['effect'] => {
  if (got === undefined) return 'withheld'
  const isLess =
    BigInt(got.mask) !== BigInt(own.mask) || got.hidden.some((reference) => !own.hidden.includes(reference))
  return isLess ? 'redacted' : 'shared'
}

interface Stored {
  readonly bases: readonly Basis[]
  /** The labels that every cut has. */
  readonly poorest: Mask
}

const readStored = async (
  connection: Connection,
  keys: readonly string[],
): Promise<ReadonlyMap<string, Stored>> => {
  const rows = await connection.query<{ key: string; mask: bigint; labels: readonly Basis[] }>(
    sql`SELECT type || '/' || id AS key, bit_and(mask) AS mask, (array_agg(labels))[1] AS labels FROM resource
      WHERE (type, id) IN (SELECT split_part(k, '/', 1), split_part(k, '/', 2) FROM unnest(${list(keys, 'text')}) k) GROUP BY type, id`,
  )
  return new Map(rows.map(({ key, mask, labels }) => [key, { bases: labels, poorest: BigInt(mask) }]))
}
