import { sql } from 'drizzle-orm'
import type {
  CareTeam,
  FhirResource,
  Patient,
  Questionnaire,
  QuestionnaireResponse,
  Reference,
} from 'fhir/r4'
import type { Services } from '../services.ts'
import type { Change } from '../store/change.ts'
import { type Connection, list } from '../store/database.ts'
import { flagTask } from './flag-task.ts'
import { questionnaireOf } from './library.ts'
import { score } from './score.ts'

/** All changes with what follows from answers, and how the outcomes of those that ask for a clinician at once are marked. */
export interface Derived {
  readonly changes: readonly Change[]
  flagging<Of extends { readonly type: string; readonly id: string }>(
    outcomes: readonly Of[],
  ): readonly (Of & { readonly flagged?: true })[]
}

/**
 * What answers bring with them, in the same transaction: the score as an Observation, and, where an answer asks for a
 * clinician whatever the total, a Task at once. Both are held by whoever holds the answers.
 */
export const derive = async (
  connection: Connection,
  services: Services,
  changes: readonly Change[],
): Promise<Derived> => {
  const derived: Change[] = []
  const flagged = new Set<string>()
  for (const change of changes) {
    if (change.action !== 'create' || change.resource.resourceType !== 'QuestionnaireResponse') continue
    for (const resource of await derivedFrom(connection, services, change.resource, change.custodian)) {
      // What is held for not conforming holds what comes of it by citation (CONSENT rules, section 6).
      const { marks = [], ...own } = change
      const kept = marks.filter((mark) => mark !== 'not-conforming')
      derived.push({
        ...own,
        resource: { ...resource, id: services.ids.resource() },
        effective: false,
        ...(kept.length > 0 ? { marks: kept } : {}),
      })
      if (resource.resourceType === 'Task') flagged.add(`QuestionnaireResponse/${change.resource.id ?? ''}`)
    }
  }
  return {
    changes: [...changes, ...derived],
    flagging: (outcomes) =>
      outcomes.map((own) => (flagged.has(`${own.type}/${own.id}`) ? { ...own, flagged: true } : own)),
  }
}

const derivedFrom = async (
  connection: Connection,
  services: Services,
  response: QuestionnaireResponse,
  custodian: number,
): Promise<FhirResource[]> => {
  const { questionnaire: canonical } = response
  const questionnaire =
    questionnaireOf(canonical) ?? (await ownQuestionnaire(connection, canonical ?? '', custodian))
  const now = services.clock.now()
  const gender = await genderOf(connection, response, custodian)
  const scored = questionnaire === undefined ? undefined : score(questionnaire, response, gender)
  if (scored === undefined) return []
  const task = scored.flagged
    ? [
        flagTask({
          response: { ...response, id: response.id ?? '' },
          owner: await clinicianFor(connection, response, custodian),
          authoredOn: now.toISOString(),
          due: new Date(now.getTime() + acknowledgedWithin(services) * 60_000).toISOString(),
          flags: scored.flags,
        }),
      ]
    : []
  return scored.complete ? [scored.observation, ...task] : task
}

/**
 * The custodian's own Questionnaire that a canonical names: that of an instrument whose text the site brought. It decides
 * about scores and flags, so one that nobody has accepted counts for nothing (CONSENT rules, section 2).
 */
const ownQuestionnaire = async (
  connection: Connection,
  canonical: string,
  custodian: number,
): Promise<Questionnaire | undefined> => {
  const [url = '', version] = canonical.split('|')
  const rows =
    url === ''
      ? []
      : await connection.query<{ content: string }>(
          sql`SELECT content FROM resource WHERE type = 'Questionnaire' AND tokens @> ${list([`url=${url}`], 'text')}
            AND custodian = ${custodian} AND effective AND NOT deleted AND richer IS NULL ORDER BY updated DESC, key DESC`,
        )
  return rows
    .map(({ content }) => JSON.parse(content) as Questionnaire)
    .find((own) => version === undefined || own.version === version)
}

/** In minutes. */
const acknowledgedWithin = ({ settings }: Services): number => settings.acknowledgeMinutes ?? 60

/** The gender that the custodian's own Patient has: some cut-offs differ by it. */
const genderOf = async (
  connection: Connection,
  { subject }: QuestionnaireResponse,
  custodian: number,
): Promise<string | undefined> => {
  const [row] = await connection.query<{ gender: string | null }>(
    sql`SELECT content::json->>'gender' AS gender FROM resource
      WHERE type = 'Patient' AND id = ${subject?.reference?.split('/')[1] ?? ''} AND custodian = ${custodian} AND NOT deleted AND richer IS NULL`,
  )
  return row?.gender ?? undefined
}

/** Who acts on a flag: a practitioner of the patient's care team, else the general practitioner, else the custodian. */
const clinicianFor = async (
  connection: Connection,
  { subject }: QuestionnaireResponse,
  custodian: number,
): Promise<Reference> => {
  const id = subject?.reference?.split('/')[1] ?? ''
  const rows = await connection.query<{
    type: string
    content: string
  }>(sql`SELECT r.type, r.content FROM resource p JOIN resource r ON r.person = p.person AND r.custodian = ${custodian}
    WHERE p.type = 'Patient' AND p.id = ${id} AND r.type IN ('CareTeam', 'Patient') AND NOT r.deleted AND r.richer IS NULL ORDER BY r.type, r.key`)
  const members = rows.flatMap(({ type, content }) =>
    type === 'CareTeam'
      ? ((JSON.parse(content) as CareTeam).participant ?? []).map(({ member }) => member)
      : ((JSON.parse(content) as Patient).generalPractitioner ?? []),
  )
  const practitioner = members.find((member) => member?.reference?.startsWith('Practitioner/') === true)
  if (practitioner !== undefined) return practitioner
  const [organization] = await connection.query<{ id: string; name: string }>(
    sql`SELECT id, name FROM organization WHERE key = ${custodian}`,
  )
  return {
    reference: `Organization/${organization?.id ?? ''}`,
    ...(organization === undefined ? {} : { display: organization.name }),
  }
}
