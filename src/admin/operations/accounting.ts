import { sql } from 'drizzle-orm'
import * as z from 'zod'
import { operation } from '../operation.ts'
import { demandPerson } from '../organizations.ts'

const input = z.object({ patient: z.string().optional(), since: z.string().optional() })

/** An exception that a disclosure went under, with what was stated for it (42 CFR 2.51(c)). */
export interface Under {
  readonly id: string
  readonly kind: string
  readonly citation: string
  readonly form: unknown
}

/** By which row of a state's a representative read. */
export interface Represented {
  readonly representative: string
  readonly citation: string
}

/**
 * One accounted disclosure (45 CFR 164.528(b)(2)): when, to whom, for what, under which consents, exceptions or rows
 * for representatives, and what.
 */
export interface Disclosure {
  readonly date: string
  readonly patient: string | null
  readonly custodian: string | null
  readonly recipient: string
  readonly name: string | null
  readonly purpose: string
  readonly consents: readonly string[]
  readonly exceptions: readonly Under[]
  readonly representatives: readonly Represented[]
  readonly what: readonly { resource: string; labels: readonly string[] }[]
  readonly notice: string | null
  readonly hash: string
  readonly request: string
}

type Stored = Omit<Disclosure, 'date' | 'consents' | 'representatives' | 'what'> & {
  readonly at: Date | string
  readonly basis: readonly ({ readonly consent?: string } & Partial<Represented>)[]
  readonly description: readonly { resource: string; labels?: readonly string[] }[]
}

/** The accounting of disclosures, oldest first. */
export const readAccounting = operation(
  input,
  async ({ services: { database } }, { patient, since }): Promise<readonly Disclosure[]> => {
    const person = patient === undefined ? undefined : await demandPerson(database, patient)
    const rows =
      await database.query<Stored>(sql`SELECT a.at, a.recipient, a.purpose, a.basis, a.description, a.notice, a.hash, a.request,
        (SELECT 'Patient/' || p.id FROM resource p WHERE p.type = 'Patient' AND p.person = a.person AND p.custodian = a.custodian ORDER BY p.key LIMIT 1) AS patient,
        'Organization/' || c.id AS custodian, r.name,
        (SELECT coalesce(jsonb_agg(jsonb_build_object('id', x.id, 'kind', x.kind, 'citation', b->>'citation', 'form', x.form) ORDER BY x.key), '[]')
          FROM jsonb_array_elements(a.basis) b JOIN exception x ON x.id = b->>'exception') AS exceptions
      FROM accounting a LEFT JOIN organization c ON c.key = a.custodian LEFT JOIN organization r ON 'Organization/' || r.id = a.recipient
      WHERE ${person === undefined ? sql`true` : sql`a.person = ${person}`} AND ${since === undefined ? sql`true` : sql`a.at >= ${since}::text::timestamptz`}
      ORDER BY a.at, a.key`)
    return rows.map(({ at, basis, description, ...row }) => ({
      date: new Date(at).toISOString(),
      ...row,
      consents: [...new Set(basis.flatMap(({ consent }) => consent ?? []))],
      representatives: basis.flatMap(({ representative, citation }) =>
        representative === undefined || citation === undefined ? [] : [{ representative, citation }],
      ),
      what: description.map(({ resource, labels = [] }) => ({ resource, labels })),
    }))
  },
)
