import { sql } from 'drizzle-orm'
import type { Identifier, ParametersParameter, Questionnaire } from 'fhir/r4'
import type { Grant } from '../../authorize/grant.ts'
import type { Permit } from '../../consent/permit.ts'
import { localReference } from '../../fhir/references.ts'
import { invalid, refuse } from '../../problem.ts'
import { questionnaireOf } from '../../questionnaire/library.ts'
import { findByKeys, findOne, type FoundRow } from '../../search/find.ts'
import { findQuestionnaire } from '../../search/questionnaires.ts'
import { tokensOf } from '../../search/tokens.ts'
import type { Connection } from '../../store/database.ts'
import { list } from '../../store/database.ts'

/** The Questionnaire that an operation is about: given with it or shipped, or a row that is to be disclosed. */
export type AskedQuestionnaire = { readonly row: FoundRow } | { readonly questionnaire: Questionnaire }

/** Where it is looked for. */
export interface Looking {
  readonly connection: Connection
  readonly grant: Grant
  readonly permit: Permit
  readonly base: string
}

/** A Questionnaire by its id; 404 where it does not exist or may not be seen. */
export const byId = async ({ connection, permit }: Looking, id: string): Promise<AskedQuestionnaire> => {
  const row = await findOne(connection, permit, 'Questionnaire', id)
  return row === undefined || row.deleted ? refuse({ kind: 'not-found' }) : { row }
}

/** A Questionnaire by its canonical URL, as answers to it are held against it; undefined where it is not known. */
export const byCanonical = async (
  { connection, grant, permit }: Looking,
  canonical: string,
  since?: Date,
): Promise<AskedQuestionnaire | undefined> => {
  const shipped = questionnaireOf(canonical)
  if (shipped !== undefined) return { questionnaire: shipped }
  const found = await findQuestionnaire(connection, permit, { canonical, own: grant.caller.homeKey, since })
  if (found.kind === 'several')
    return invalid(
      'several Questionnaires have this canonical URL; name its version, or the Questionnaire by its id',
      'questionnaire',
      'multiple-matches',
    )
  return found.kind === 'one' ? { row: found.row } : undefined
}

/** The one Questionnaire that parameters name (SDC 4.0, `Questionnaire/$populate`). */
export const byParameters = async (
  looking: Looking,
  given: readonly ParametersParameter[],
): Promise<AskedQuestionnaire> => {
  const [named, ...others] = given.filter(({ name }) => names.has(name))
  if (named === undefined || others.length > 0)
    return invalid(
      'name one Questionnaire: by `questionnaire`, `canonical`, `questionnaireRef` or `identifier`',
      'Parameters.parameter',
      'required',
    )
  const { resource } = named
  if (resource?.resourceType === 'Questionnaire') return { questionnaire: resource as Questionnaire }
  const found = await byValue(looking, named)
  return found ?? refuse({ kind: 'not-found' })
}

const names = new Set(['questionnaire', 'canonical', 'questionnaireRef', 'identifier'])

const byValue = async (
  looking: Looking,
  named: ParametersParameter,
): Promise<AskedQuestionnaire | undefined> => {
  const canonical = named.valueCanonical ?? named.valueUri ?? named.valueString
  if (canonical !== undefined) return byCanonical(looking, canonical)
  if (named.valueIdentifier !== undefined) return byIdentifier(looking, named.valueIdentifier)
  const [type, id] = localReference(named.valueReference?.reference, looking.base)?.split('/') ?? []
  if (type === 'Questionnaire' && id !== undefined) return byId(looking, id)
  return invalid(
    'a Questionnaire is given as a resource, or named by canonical URL, reference or identifier',
    'Parameters.parameter',
    'value',
  )
}

const byIdentifier = async (
  looking: Looking,
  identifier: Identifier,
): Promise<AskedQuestionnaire | undefined> => {
  const { connection, permit, base } = looking
  const { system, value } = identifier
  if (value === undefined) return invalid('`identifier` needs a value', 'Parameters.parameter', 'required')
  const [token] = tokensOf(
    'identifier',
    'Identifier',
    { ...(system === undefined ? {} : { system }), value },
    base,
  )
  const rows = await connection.query<{ id: string }>(
    sql`SELECT DISTINCT r.id FROM resource r WHERE r.type = 'Questionnaire' AND NOT r.deleted AND r.tokens @> ${list([token ?? ''], 'text')}
      AND ${permit.visible('r', 'Questionnaire')} LIMIT 2`,
  )
  if (rows.length > 1)
    return invalid(
      'several Questionnaires have this identifier; name it by its id',
      'Parameters.parameter',
      'multiple-matches',
    )
  const [row] =
    rows.length === 0 ? [] : await findByKeys(connection, permit, [`Questionnaire/${rows[0]?.id ?? ''}`])
  return row === undefined ? undefined : { row }
}
