import { sql } from 'drizzle-orm'
import type { Services } from './services.ts'

/** The process lives. */
export const livez = (): Response => new Response('ok\n')

/** The gateway can answer: its database can, and here is which it is. */
export const readyz = async ({ database }: Services): Promise<Response> => {
  try {
    const [row] = await database.query<{ version: string }>(
      sql`SELECT current_setting('server_version') AS version, (SELECT count(*) FROM migration) AS migrations`,
    )
    return Response.json({ ready: true, database: database.kind, version: row?.version ?? '' })
  } catch {
    return Response.json({ ready: false, database: database.kind }, { status: 503 })
  }
}

/** Counts by outcome in the text format of Prometheus; no label tells of a patient. */
export const metrics = async ({ database }: Services): Promise<Response> => {
  const rows = await database.query<{ outcome: string; interaction: string; count: number }>(
    sql`SELECT outcome, interaction, count(*)::int AS count FROM audit GROUP BY outcome, interaction`,
  )
  const lines = rows.map(
    ({ outcome, interaction, count }) =>
      `sluice_requests_total{outcome="${outcome}",interaction="${interaction}"} ${count}`,
  )
  const text = [
    '# HELP sluice_requests_total Requests in the trail, by outcome and interaction.',
    '# TYPE sluice_requests_total counter',
    ...lines,
    '',
  ].join('\n')
  return new Response(text, { headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' } })
}
