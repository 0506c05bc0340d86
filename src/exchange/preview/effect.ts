import { sql } from 'drizzle-orm'
import type { Consent } from 'fhir/r4'
import { applying } from '../applying.ts'
import type { Asked } from '../../consent/asked.ts'
import { provisionsOf } from '../../consent/provisions.ts'
import { apply } from '../../store/apply.ts'
import type { Connection } from '../../store/database.ts'
import { rehearse } from '../../store/rehearse.ts'
import { type Item, type Looking, type Preview, previewFor } from './preview.ts'

/** What a consent would change for one recipient and purpose, and what nothing can change any more. */
export interface Effect {
  readonly asked: Asked
  readonly before: readonly Item[]
  readonly after: readonly Item[]
  /** Disclosures that are accounted to it under this consent: they cannot be called back. */
  readonly accounted: number
  /** Records that it holds a copy of, from a push. */
  readonly held: number
}

/**
 * What a consent would change, before it is signed or revoked: the live path twice, without it and with it, in one
 * transaction that is undone.
 */
export const effectOf = (
  looking: Looking,
  consent: Consent,
  custodian: number,
  asked: readonly Asked[],
): Promise<Effect[]> =>
  rehearse(looking.services.database, async (connection) => {
    const before = await all(connection, looking, asked)
    await apply(
      connection,
      [
        {
          action: 'update',
          resource: consent,
          custodian,
          submitter: custodian,
          effective: true,
          keep: false,
        },
      ],
      applying(looking.services),
    )
    const after = await all(connection, looking, asked)
    const effects: Effect[] = []
    for (const [place, one] of before.entries())
      effects.push({
        asked: one.asked,
        before: one.items,
        after: after[place]?.items ?? [],
        ...(await alreadyWith(connection, one.asked, consent, looking)),
      })
    return effects
  })

const all = async (connection: Connection, looking: Looking, asked: readonly Asked[]): Promise<Preview[]> => {
  const previews: Preview[] = []
  for (const one of asked) {
    const preview = await previewFor(connection, looking, one)
    if (preview !== undefined) previews.push(preview)
  }
  return previews
}

const alreadyWith = async (
  connection: Connection,
  { organization, patient }: Asked,
  { id = '' }: Consent,
  { own }: Looking,
): Promise<Pick<Effect, 'accounted' | 'held'>> => {
  const [person = -1] = own.flatMap((row) => row.person ?? [])
  const [row] = await connection.query<{ accounted: number; held: number }>(
    sql`SELECT (SELECT count(*)::int FROM accounting WHERE person = ${person} AND recipient = ${patient ?? organization}
        AND basis @> ${JSON.stringify([{ consent: `Consent/${id}` }])}::text::jsonb) AS accounted,
      (SELECT count(*)::int FROM holding h JOIN organization o ON o.key = h.organization JOIN resource r ON r.type = h.type AND r.id = h.id AND r.richer IS NULL
        WHERE o.id = ${organization.slice('Organization/'.length)} AND r.person = ${person}) AS held`,
  )
  return row ?? { accounted: 0, held: 0 }
}

/** Organizations that a consent names as recipients, and the purposes that it is for. */
export const namedBy = (consent: Consent): { recipients: string[]; purposes: string[] } => {
  const provisions = provisionsOf(consent.provision)
  const recipients = provisions
    .flatMap(({ actor }) => actor ?? [])
    .filter(({ role }) => role.coding?.some(({ code }) => code === 'IRCP' || code === 'PRCP') === true)
    .flatMap(({ reference }) => reference.reference ?? [])
    .filter((reference) => reference.startsWith('Organization/'))
  const purposes = provisions.flatMap(({ purpose }) => (purpose ?? []).flatMap(({ code }) => code ?? []))
  return { recipients: [...new Set(recipients)], purposes: [...new Set(purposes)] }
}
