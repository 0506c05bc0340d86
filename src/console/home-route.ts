import { sql } from 'drizzle-orm'
import { stories } from '../demo/county.ts'
import { users } from '../demo/users.ts'
import type { Services } from '../services.ts'
import { homePage } from './home.ts'
import { pagePolicy } from './page.ts'

/** The page at `/`: what this is, where things are, and what to try. It tells of no record but the demo's own. */
export const homeRoute = async ({ database, settings }: Services): Promise<Response> => {
  const [seed] = await database.query(sql`SELECT name FROM fact WHERE name = 'seed'`)
  const demo = seed !== undefined && !settings.production
  const clients = demo ? await database.query<{ id: string }>(sql`SELECT id FROM client ORDER BY id`) : []
  const body = homePage({
    publicUrl: settings.publicUrl,
    database: database.kind,
    demo,
    stories: demo ? [...stories] : [],
    clients: clients.map(({ id }) => id),
    mllpPort: settings.mllpPort,
    users: demo ? users : [],
  })
  return new Response(body, {
    headers: { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': pagePolicy },
  })
}
