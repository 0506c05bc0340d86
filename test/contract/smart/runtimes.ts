import { sql } from 'drizzle-orm'
import { inject } from 'vitest'
import { startWorker } from '../../worker/start.ts'
import { openWorld, type World } from '../world.ts'

/** Where the authorization server runs: in this process over PGlite, and in workerd over PostgreSQL. */
export const runtimes = ['pglite', 'workerd'] as const

/** A world whose app runs there. */
export const openOn = async (runtime: (typeof runtimes)[number]): Promise<World> => {
  if (runtime !== 'workerd') return openWorld(runtime)
  const started: Awaited<ReturnType<typeof startWorker>>[] = []
  const world = await openWorld('postgres', {
    serve: async (database) => {
      const [row] = await database.query<{ name: string }>(sql`SELECT current_database() AS name`)
      const url = Object.assign(new URL(inject('databases').url), { pathname: `/${row?.name ?? ''}` }).href
      const worker = await startWorker(url)
      started.push(worker)
      return {
        request: async (input, init) =>
          (await worker.fetch(input instanceof Request ? input.url : input.toString(), {
            redirect: 'manual',
            ...init,
          } as never)) as unknown as Response,
      }
    },
  })
  return {
    ...world,
    close: async () => {
      for (const worker of started) await worker.dispose()
      await world.close()
    },
  }
}
