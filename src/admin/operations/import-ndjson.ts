import * as z from 'zod'
import { beginImport, endImport, type ImportState, moveImport } from '../../store/imports.ts'
import { fail } from '../fault.ts'
import { operation } from '../operation.ts'
import { storeAll, withIds } from './import.ts'

const place = z.object({
  round: z.number().int().min(0),
  file: z.number().int().min(0),
  position: z.number().int().min(0),
  line: z.number().int().min(1),
})

const whose = { custodian: z.string(), trusted: z.boolean() }

const input = z.discriminatedUnion('step', [
  z.object({
    step: z.literal('begin'),
    ...whose,
    files: z.array(z.object({ name: z.string(), size: z.number().int().min(0), head: z.string() })).min(1),
  }),
  z.object({
    step: z.literal('add'),
    ...whose,
    key: z.number().int(),
    from: place,
    to: place,
    resources: withIds,
  }),
  z.object({ step: z.literal('end'), key: z.number().int() }),
])

interface Answer {
  /** How the import stands, when it begins. */
  readonly state?: ImportState
  /** Why nothing of these resources was stored. */
  readonly problems: readonly string[]
}

/** One step in the import of NDJSON: what was said of the last one is stored when it answers. */
export const importNdjson = operation(input, async ({ services }, given): Promise<Answer> => {
  const { database, clock } = services
  switch (given.step) {
    case 'begin':
      return { state: await beginImport(database, given, clock.real()), problems: [] }
    case 'add': {
      const { key, from, to, ...records } = given
      const { problems } = await storeAll(services, {
        ...records,
        alongside: async (connection) => {
          if (!(await moveImport(connection, key, from, to, given.resources.length))) fail(overtaken)
        },
      })
      return { problems }
    }
    case 'end':
      await endImport(database, given.key)
      return { problems: [] }
  }
})

const overtaken = 'another import of the same files goes on at the same time; wait for it, or start again'
