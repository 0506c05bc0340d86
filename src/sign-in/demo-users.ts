import { sql } from 'drizzle-orm'
import type { DemoUser } from '../demo/types.ts'
import { demoPassword, users } from '../demo/users.ts'
import type { Services } from '../services.ts'

/** Who can try the demo, where its county is planted and this is not production. */
export const demoUsersOf = async ({
  database,
  settings,
}: Pick<Services, 'database' | 'settings'>): Promise<
  { users: readonly DemoUser[]; password: string } | undefined
> => {
  if (settings.production) return undefined
  const [seed] = await database.query(sql`SELECT name FROM fact WHERE name = 'seed'`)
  return seed === undefined ? undefined : { users, password: demoPassword }
}
