import { sql } from 'drizzle-orm'
import type { Questionnaire } from 'fhir/r4'
import type { Permit } from '../consent/permit.ts'
import { type Connection, list } from '../store/database.ts'
import type { FoundRow } from './find.ts'
import { findAllVersions } from './versions.ts'

/** Questionnaires under one canonical, and versions of them, that are looked at. */
const mostIds = 20
const mostVersions = 500

/** What is asked for: a canonical; whose own comes first; and, of a response that is stored, since when. */
export interface Wanted {
  readonly canonical: string
  readonly own: number
  readonly since?: Date | undefined
}

/** A stored Questionnaire. `changed`: it is another one now under the same version. */
export type FoundQuestionnaire =
  | {
      readonly kind: 'one'
      readonly row: FoundRow
      readonly questionnaire: Questionnaire
      readonly changed: boolean
    }
  | { readonly kind: 'several' }
  | { readonly kind: 'none' }

type Version = { readonly row: FoundRow; readonly questionnaire: Questionnaire }

/**
 * The stored Questionnaire that a canonical names, as far as the caller may see it: with `|version` that very version,
 * be it superseded by now. A response stays with the content that there was when it was first stored. An organization's
 * own comes before those of others, so that nobody else changes what its answers are held against.
 */
export const findQuestionnaire = async (
  connection: Connection,
  permit: Permit,
  { canonical, own, since }: Wanted,
): Promise<FoundQuestionnaire> => {
  const [url = '', version] = canonical.split('|')
  const ids = url === '' ? [] : await findIds(connection, permit, url)
  if (ids.length === 0) return { kind: 'none' }
  const rows = await findAllVersions(connection, permit, 'Questionnaire', ids, mostVersions)
  const all = rows
    .map((row): Version => ({ row, questionnaire: JSON.parse(row.content) as Questionnaire }))
    .filter(
      ({ questionnaire }) =>
        questionnaire.url === url && (version === undefined || questionnaire.version === version),
    )
  const ours = all.filter(({ row }) => row.custodian === own)
  const candidates = ours.length > 0 ? ours : all
  if (new Set(candidates.map(({ row }) => row.id)).size > 1) return { kind: 'several' }
  return chosen(candidates, since)
}

const findIds = async (connection: Connection, permit: Permit, url: string): Promise<string[]> => {
  const rows = await connection.query<{ id: string }>(
    sql`SELECT DISTINCT r.id FROM resource r WHERE r.type = 'Questionnaire' AND NOT r.deleted AND r.tokens @> ${list([`url=${url}`], 'text')}
      AND ${permit.visible('r', 'Questionnaire')} ORDER BY r.id LIMIT ${mostIds}`,
  )
  return rows.map(({ id }) => id)
}

/** Of versions, the newest first: the one of that time, else the oldest; without a time the newest. */
const chosen = (versions: readonly Version[], since: Date | undefined): FoundQuestionnaire => {
  const [newest] = versions
  const found =
    since === undefined
      ? newest
      : (versions.find(({ row }) => row.updated.getTime() <= since.getTime()) ?? versions.at(-1))
  if (found === undefined) return { kind: 'none' }
  const latest = versions.find(({ questionnaire }) => questionnaire.version === found.questionnaire.version)
  return { kind: 'one', ...found, changed: latest !== undefined && latest.row.version !== found.row.version }
}
