import * as z from 'zod'
import {
  addBatch,
  beginRelease,
  finishRelease,
  type ReleaseState,
  sweepReleases,
  tidyReleases,
  type Unfinished,
} from '../../store/releases.ts'
import { releaseFormats } from '../../terminology/releases/release-formats.ts'
import { fail } from '../fault.ts'
import { operation } from '../operation.ts'

const place = z.object({ position: z.number().int().min(0), line: z.number().int().min(1) })

const statement = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('concept'),
    code: z.string(),
    display: z.string().exactOptional(),
    active: z.boolean(),
    properties: z.record(z.string(), z.union([z.string(), z.boolean()])).exactOptional(),
    weak: z.literal(true).exactOptional(),
  }),
  z.object({ kind: z.literal('term'), code: z.string(), term: z.string(), isDisplay: z.boolean() }),
  z.object({ kind: z.literal('parent'), child: z.string(), parent: z.string() }),
])

const input = z.discriminatedUnion('step', [
  z.object({
    step: z.literal('begin'),
    system: z.enum([...releaseFormats.keys()]),
    version: z.string().min(1),
    files: z.array(z.object({ name: z.string(), size: z.number().int().min(0) })).min(1),
  }),
  z.object({
    step: z.literal('add'),
    key: z.number().int(),
    file: z.number().int().min(0),
    batch: z.object({
      from: place,
      to: place,
      isLast: z.boolean(),
      statements: z.array(statement),
      unread: z.array(z.object({ line: z.number().int(), reason: z.string() })),
    }),
  }),
  z.object({ step: z.literal('finish'), key: z.number().int(), system: z.enum([...releaseFormats.keys()]) }),
  z.object({ step: z.literal('sweep') }),
])

interface Answer {
  /** How the import stands; the sweep has none. */
  readonly state?: ReleaseState
  /** Whether there may be more to sweep. */
  readonly more: boolean
}

/** Who reads a release when it is retired has that long to be done with it, in milliseconds. */
export const grace = 2000

/** One step in the import of a code system: what was said of the last one is stored when it answers. */
export const importTerminology = operation(input, async ({ services }, given): Promise<Answer> => {
  const { database, clock } = services
  const now = clock.real()
  switch (given.step) {
    case 'begin': {
      const { url = '', title = '' } = releaseFormats.get(given.system) ?? {}
      const { version, files } = given
      return {
        state: await beginRelease(database, { system: url, name: title, version, files }, now),
        more: true,
      }
    }
    case 'add':
      return {
        state: (await addBatch(database, given.key, given.file, given.batch)) ?? fail(overtaken),
        more: true,
      }
    case 'finish': {
      const isNested = releaseFormats.get(given.system)?.isNested === true
      const finished = await finishRelease(database, given.key, isNested, now)
      if (typeof finished === 'string') return fail(reasons[finished])
      await tidyReleases(database)
      return { state: finished, more: finished.replaced }
    }
    case 'sweep':
      return { more: await sweepReleases(database, new Date(now.getTime() - grace)) }
  }
})

const overtaken = 'another import of this code system goes on at the same time; wait for it, or start again'

const reasons: Readonly<Record<Unfinished, string>> = {
  'given up': overtaken,
  'files are open': 'not all files have been read; start again, and it goes on from there',
  'nothing was read': 'the files name no concept: nothing was changed',
  'mostly unreadable': 'more lines could not be read than could: nothing was changed',
}
