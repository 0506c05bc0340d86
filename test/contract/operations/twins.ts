import type { FhirResource } from 'fhir/r4'
import type { Kind } from '../databases.ts'
import { headersOf } from '../outcome.ts'
import { openWorld, type Reply, type World } from '../world.ts'

/** A world, and the same without what is hidden there. */
export interface Twins {
  readonly whole: World
  readonly without: World
  close(): Promise<void>
}

/** Two worlds that differ in what the clinic holds beside: records that are hidden from everybody else. */
export const openTwins = async (
  kind: Kind,
  shown: readonly FhirResource[],
  hidden: readonly FhirResource[],
  prepare: (world: World) => Promise<unknown>,
): Promise<Twins> => {
  const [whole, without] = [await openWorld(kind), await openWorld(kind)]
  for (const world of [whole, without]) {
    await world.load('clinic', shown)
    if (world === whole) await world.load('clinic', hidden)
    await prepare(world)
  }
  return {
    whole,
    without,
    close: async () => {
      await whole.close()
      await without.close()
    },
  }
}

/** All of an answer but what no two runs have alike: version ids and the bytes of cursors. */
export const plain = (reply: Reply) => ({
  status: reply.status,
  headers: headersOf(reply),
  text: reply.text
    .replaceAll(/"versionId":"[^"]*"/g, '"versionId":"-"')
    .replaceAll(/_cursor=[^"&]*/g, '_cursor=-'),
})
