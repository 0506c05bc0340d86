import { type SQL, sql } from 'drizzle-orm'
import {
  type Exception,
  exceptionKinds,
  type ExceptionKind,
  type ScopeCriterion,
} from '../consent/exceptions.ts'
import { rangeLiteral } from '../consent/intervals.ts'
import { type Connection, json } from './database.ts'

/** What came of what was stated: whether it opened anything, and if not, why. Only the review tells. */
export type Finding = 'opened' | 'no-match' | 'several-matches' | 'no-right'

/** An exception as it is stated, before it has an id. */
export interface Opening extends Pick<Exception, 'kind' | 'start' | 'end' | 'allowed' | 'criteria'> {
  readonly person: number | null
  /** Keys of the organizations. */
  readonly custodian: number | null
  readonly organization: number
  readonly client: string | null
  readonly finding: Finding
  /** What the law asks to be stated, as it was stated. */
  readonly form: unknown
}

/** Keeps an exception. The permits of whom it concerns are the caller's to rebuild, in the same transaction. */
export const insertException = async (connection: Connection, opening: Opening): Promise<string> => {
  const { kind, start, end, finding } = opening
  const valid = finding === 'opened' ? rangeLiteral({ start, end }) : 'empty'
  const [row] = await connection.query<{ id: string }>(sql`INSERT INTO exception
      (kind, person, custodian, organization, client, purpose, opened, valid, allowed, criteria, form, finding)
    VALUES (${kind}, ${opening.person}, ${opening.custodian}, ${opening.organization}, ${opening.client}, ${exceptionKinds[kind].purpose},
      ${new Date(start).toISOString()}::text::timestamptz, ${valid}::text::tstzrange, ${String(opening.allowed)}::text::bigint,
      ${json(opening.criteria)}, ${json(opening.form)}, ${finding}) RETURNING id`)
  if (row === undefined) throw new Error('an insert without a conflict returns its row')
  return row.id
}

/** A row of `exceptionsSql`. */
export interface StoredException {
  readonly person: number
  readonly id: string
  readonly kind: ExceptionKind
  readonly organization: string
  readonly custodian: string | null
  readonly start: string
  readonly end: string
  readonly allowed: string
  readonly criteria: readonly ScopeCriterion[]
}

/** The exceptions that open something of some persons; one of all persons of a custodian is told of each. */
export const exceptionsSql = (persons: SQL): SQL =>
  sql`SELECT w.person, x.id, x.kind, 'Organization/' || o.id AS organization, 'Organization/' || c.id AS custodian,
    lower(x.valid) AS start, upper(x.valid) AS "end", x.allowed::text, x.criteria
  FROM (SELECT person, key FROM exception WHERE person = ANY(${persons})
      UNION ALL SELECT h.person, e.key FROM chart h JOIN exception e ON e.custodian = h.custodian AND e.person IS NULL WHERE h.person = ANY(${persons})) w
    JOIN exception x ON x.key = w.key JOIN organization o ON o.key = x.organization LEFT JOIN organization c ON c.key = x.custodian
  WHERE NOT isempty(x.valid)`

/** A stored exception as decisions see it. */
export const exceptionOf = ({ person: _person, custodian, ...row }: StoredException): Exception => ({
  ...row,
  custodian: custodian ?? undefined,
  start: Date.parse(row.start),
  end: Date.parse(row.end),
  allowed: BigInt(row.allowed),
})
