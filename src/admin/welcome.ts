import { sql } from 'drizzle-orm'
import type { Administered } from './administered.ts'
import { demoPassword, users } from '../demo/users.ts'
import { readFact } from './facts.ts'

/** What the gateway says when it is ready: where it is, who may come, what to try. */
export const welcome = async ({ services, settings, clock }: Administered): Promise<string> => {
  const { database } = services
  const { publicUrl, mllpPort, host, dataDir } = settings
  const moved = Math.abs(clock.offset()) > 1000
  const lines = [
    'Sluice is ready',
    `  page       ${publicUrl}/`,
    `  FHIR base  ${publicUrl}/fhir`,
    `  HL7 v2     ${publicUrl}/exchange/hl7v2${mllpPort === 0 ? '' : ` and mllp://${host}:${mllpPort}`}`,
    `  database   ${database.kind === 'pglite' ? `PGlite in ${dataDir}` : 'PostgreSQL'}`,
    ...(moved ? [`  data clock ${clock.now().toISOString()}`] : []),
  ]
  const seeded = !settings.production && (await readFact(database, 'seed')) !== undefined
  return [...lines, ...(seeded ? await invitation(services.database, publicUrl) : [])].join('\n')
}

const invitation = async (
  database: Administered['services']['database'],
  publicUrl: string,
): Promise<string[]> => {
  const clients = await database.query<{ id: string }>(sql`SELECT id FROM client ORDER BY id`)
  return [
    `  clients    ${clients.map(({ id }) => id).join(', ')}`,
    `  users      ${users.map(({ id }) => id).join(', ')}, at ${publicUrl}/account, password \`${demoPassword}\``,
    'Try',
    '  TOKEN=$(npm run --silent gateway -- token --client mercy-general)',
    `  curl -H "Authorization: Bearer $TOKEN" ${publicUrl}/fhir/Patient`,
    '  npm run tour',
    `  npm run example, then ${publicUrl}/launcher`,
  ]
}
