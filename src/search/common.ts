import { sql } from 'drizzle-orm'
import { memoryOf } from '../memory.ts'
import type { Connection } from '../store/database.ts'
import type { Criterion } from './criterion.ts'
import { isSubject } from './conditions/reference.ts'
import { tokensOf } from './conditions/token.ts'

/** What so many rows have that a search for it is better read row by row, in the order that is asked for. */
export interface Common {
  /** Index entries. */
  tokens(connection: Connection): Promise<ReadonlySet<string>>
  /** Rows that are looked at before another way is taken. */
  readonly window: number
  /** So far a search that names no patient is counted, unless `_total=accurate` asks for more; then the total is left out. */
  readonly counted: number
}

/** An entry is common where at least this part of all rows has it. */
const least = 0.01

/** Some 100 ms of PostgreSQL. */
const window = 50_000
const counted = 1000

/** The database's own statistics are read again after so many milliseconds. */
const lifetime = 60_000

/**
 * What is common, by the statistics that PostgreSQL keeps of its tables. They only choose between two ways to the same
 * answer; where there are none, as in a new database, nothing is common.
 */
export const commonTokens = (): Common => {
  const known = memoryOf<{ readonly tokens: ReadonlySet<string>; readonly read: number }>(1)
  const tokens: Common['tokens'] = async (connection) => {
    const now = Date.now()
    const kept = known.get('tokens')
    if (kept !== undefined && now - kept.read < lifetime) return kept.tokens
    const rows = await connection.query<{ token: string }>(sql`SELECT token
      FROM pg_stats, unnest(most_common_elems::text::text[], most_common_elem_freqs) AS held(token, part)
      WHERE schemaname = ANY(current_schemas(false)) AND tablename = 'resource' AND attname = 'tokens' AND token IS NOT NULL AND part >= ${least}::float8`)
    const read = new Set(rows.map(({ token }) => token))
    known.keep('tokens', { tokens: read, read: now })
    return read
  }
  return { tokens, window, counted }
}

/**
 * Whether a page is better looked for row by row, in the order that is asked for: some criterion is met by many rows,
 * and none could be met by so few that an index should lead to them.
 */
export const isCommon = (
  type: string,
  criteria: readonly Criterion[],
  common: ReadonlySet<string>,
): boolean => {
  const each = criteria.map((criterion) => breadthOf(type, criterion, common))
  return each.includes('common') && !each.includes('narrow')
}

type Breadth = 'narrow' | 'open' | 'common'

/** How many rows meet a criterion: `open` where nothing says. */
const breadthOf = (type: string, criterion: Criterion, common: ReadonlySet<string>): Breadth => {
  switch (criterion.kind) {
    case 'value': {
      const { parameter, modifier } = criterion
      if (parameter.among.length > 0) return 'narrow'
      if (modifier === 'missing' || modifier === 'not' || modifier === 'not-in') return 'open'
      if (parameter.kind === 'date') return 'open'
      if (modifier !== undefined || parameter.kind !== 'token' || parameter.name === '_id') return 'narrow'
      return tokensOf(criterion).some((token) => common.has(token)) ? 'common' : 'narrow'
    }
    case 'chain': {
      const { parameter, targets } = criterion
      const [only, ...others] = targets
      if (only?.type !== 'Patient' || others.length > 0 || !isSubject(parameter, type)) return 'narrow'
      return breadthOf('Patient', only.next, common) === 'narrow' ? 'narrow' : 'open'
    }
    case 'has':
      return type === 'Patient' && isSubject(criterion.parameter, criterion.type)
        ? breadthOf(criterion.type, criterion.next, common)
        : 'narrow'
    default:
      return 'narrow'
  }
}
