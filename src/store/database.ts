import { Param, SQL, sql, StringChunk } from 'drizzle-orm'
import { invalid } from '../problem.ts'

/** A statement whose text is fixed; prepared once by the driver and run with new parameters. */
export interface Prepared {
  readonly text: string
  readonly params: readonly unknown[]
}

/**
 * A statement that differs from others of its shape in its parameters alone: its text is put together once.
 * INVARIANT: the shape names all that the text depends on, and `given` holds every parameter in it.
 */
export interface Shaped {
  readonly shape: string
  readonly given: readonly Param[]
  build(): SQL
}

export type Statement = SQL | Prepared | Shaped

/** Something that runs statements: the database itself or one open transaction. */
export interface Connection {
  /** Rows of one statement. int8 comes back as bigint, timestamptz as Date, jsonb parsed, arrays as arrays. */
  query<Row extends object>(statement: Statement): Promise<Row[]>
}

/** A PostgreSQL, in the process (PGlite) or behind a connection. */
export interface Database extends Connection {
  readonly kind: 'pglite' | 'postgres'
  /** Runs `work` in one transaction: all of it is committed before the promise resolves, or none of it. */
  transaction<T>(work: (connection: Connection) => Promise<T>): Promise<T>
  close(): Promise<void>
}

/** Texts by their shape, and which of the given parameters stand where. A database keeps its own. */
export type Texts = Map<string, { readonly text: string; readonly order: readonly number[] }>

/** Text and parameters of a statement, as a driver takes them. */
export const compiled = (statement: Statement, texts?: Texts): Prepared => {
  const prepared =
    'text' in statement
      ? statement
      : 'shape' in statement
        ? shaped(statement, texts)
        : put(statement, ({ value }) => value)
  if (prepared.params.some((param) => typeof param === 'string' && param.includes('\u0000')))
    invalid('the character U+0000 is in no value that is kept here; leave it out', undefined, 'value')
  return prepared
}

/** Shapes hang on scopes, which clients choose: so many texts are remembered, then they are put together anew. */
const mostTexts = 1000

const shaped = ({ shape, given, build }: Shaped, texts: Texts | undefined): Prepared => {
  const known = texts?.get(shape) ?? ordered(build(), given)
  if (texts !== undefined && texts.size >= mostTexts) texts.clear()
  texts?.set(shape, known)
  return { text: known.text, params: known.order.map((place) => given[place]?.value) }
}

const ordered = (statement: SQL, given: readonly Param[]): { text: string; order: number[] } => {
  const { text, params } = put(statement, (param) => given.indexOf(param))
  const order = params.map((place) => (typeof place === 'number' ? place : -1))
  if (order.includes(-1)) throw new Error('a statement has a parameter that it was not given')
  return { text, order }
}

/**
 * The text, with what `valueOf` says of each parameter. A `sql.param` that stands in several places is one parameter: who
 * asks and when stands under every alias of a search.
 */
const put = (statement: SQL, valueOf: (param: Param) => unknown): Prepared => {
  const places = new Map<Param, string>()
  const params: unknown[] = []
  const place = (value: unknown): string => `$${params.push(value)}`
  const textOf = (chunk: unknown): string => {
    if (chunk instanceof StringChunk) return chunk.value.join('')
    if (chunk instanceof SQL) return chunk.queryChunks.reduce<string>((text, one) => text + textOf(one), '')
    if (!(chunk instanceof Param)) return place(chunk)
    const known = places.get(chunk) ?? place(valueOf(chunk))
    places.set(chunk, known)
    return known
  }
  return { text: textOf(statement), params }
}

/**
 * A list of values as one parameter. Both drivers take the array literal as text, so nothing depends on how they
 * guess the type of an empty list.
 */
export const list = (
  values: readonly (string | number | bigint)[],
  type: 'text' | 'integer' | 'bigint',
): SQL => sql`${arrayLiteral(values)}::text::${sql.raw(type)}[]`

/** A PostgreSQL array literal. */
export const arrayLiteral = (values: readonly (string | number | bigint | null)[]): string =>
  `{${values.map(element).join(',')}}`

const element = (value: string | number | bigint | null): string =>
  value === null ? 'NULL' : `"${String(value).replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`

/** A value stored as jsonb. */
export const json = (value: unknown): SQL => sql`${JSON.stringify(value)}::text::jsonb`
