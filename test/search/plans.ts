import { sql } from 'drizzle-orm'
import type { Connection, Prepared } from '../../src/store/database.ts'

/** One step of a plan, as `EXPLAIN (FORMAT JSON)` tells it. */
interface Step {
  readonly 'Node Type': string
  readonly 'Relation Name'?: string
  readonly 'Index Cond'?: string
  readonly 'Index Name'?: string
  readonly Plans?: readonly Step[]
}

/** Tables that grow with the records. */
const large: ReadonlySet<string> = new Set(['resource', 'words', 'dates', 'amounts', 'history', 'permit'])

/** What is wrong with the plans of statements: large tables read from end to end, an index that none of them goes by. */
export const complaintsOf = async (
  connection: Connection,
  statements: readonly Prepared[],
  index: string,
): Promise<string[]> => {
  const steps: Step[] = []
  for (const statement of statements) steps.push(...(await stepsOf(connection, statement)))
  const goesBy = steps.some((step) => step['Index Name'] === index && step['Index Cond'] !== undefined)
  return [...steps.filter(isWhole).map(described), ...(goesBy ? [] : [`nothing goes by ${index}`])]
}

/** Without a condition an index is no help: all of it is read. */
const isWhole = (step: Step): boolean =>
  large.has(step['Relation Name'] ?? '') &&
  (step['Node Type'] === 'Seq Scan' ||
    (/^Index (Only )?Scan$/.test(step['Node Type']) && step['Index Cond'] === undefined))

const described = (step: Step): string =>
  [step['Node Type'], step['Relation Name'], step['Index Name']]
    .filter((part) => part !== undefined)
    .join(' ')

/** The steps of the generic plan: the parameters are not known when it is made. */
const stepsOf = async (connection: Connection, { text, params }: Prepared): Promise<Step[]> => {
  await connection.query(sql.raw(`PREPARE explained AS ${text}`))
  const values = params.length === 0 ? '' : `(${params.map(literal).join(', ')})`
  const [row] = await connection.query<{ 'QUERY PLAN': readonly { readonly Plan: Step }[] }>(
    sql.raw(`EXPLAIN (FORMAT JSON) EXECUTE explained${values}`),
  )
  await connection.query(sql.raw('DEALLOCATE explained'))
  return (row?.['QUERY PLAN'] ?? []).flatMap(({ Plan }) => withBelow(Plan))
}

/** How many blocks a statement touches, run as it is kept for a prepared statement, with all that its functions do. */
export const blocksOf = async (connection: Connection, { text, params }: Prepared): Promise<number> => {
  await connection.query(sql.raw(`PREPARE counted AS ${text}`))
  const values = params.length === 0 ? '' : `(${params.map(literal).join(', ')})`
  const count = async (): Promise<number> => {
    const [row] = await connection.query<{
      'QUERY PLAN': readonly { readonly Plan: { readonly 'Shared Hit Blocks': number } }[]
    }>(sql.raw(`EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) EXECUTE counted${values}`))
    return row?.['QUERY PLAN'][0]?.Plan['Shared Hit Blocks'] ?? Number.NaN
  }
  // What a session looks up once is looked up the first time.
  await count()
  const blocks = await count()
  await connection.query(sql.raw('DEALLOCATE counted'))
  return blocks
}

const withBelow = (step: Step): Step[] => [step, ...(step.Plans ?? []).flatMap(withBelow)]

/** A parameter as it stands in a statement: text, number, truth, a moment, or nothing. */
const literal = (value: unknown): string => {
  if (value === null || value === undefined) return 'NULL'
  const text =
    value instanceof Date ? value.toISOString() : typeof value === 'bigint' ? `${value}` : plain(value)
  return `'${text.replaceAll("'", "''")}'`
}

const plain = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))
