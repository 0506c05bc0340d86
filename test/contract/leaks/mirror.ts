import type { Extension, FhirResource } from 'fhir/r4'
import type { Kind } from '../databases.ts'
import { headersOf } from '../outcome.ts'
import { openWorld, type Reply, type Who, type World } from '../world.ts'
import type { Held } from './household.ts'

/** Who asks, in whichever world. */
export type Asker = (world: World) => Promise<Who>

/** A world, and the same as one caller may know it: what is hidden from the caller was never there. */
export interface Mirror {
  readonly whole: World
  readonly seen: World
  /** `Type/id` of what the caller reads. */
  readonly visible: readonly string[]
  close(): Promise<void>
}

const owed = /\/(?:redisclosure-notice|disclosed-under)$/

/** A resource without what goes along by law with a disclosure. */
const withoutObligations = <T extends FhirResource>(resource: T): T => {
  const { extension = [], ...meta } = resource.meta ?? {}
  const kept = extension.filter(({ url }: Extension) => !owed.test(url))
  return { ...resource, meta: { ...meta, ...(kept.length === 0 ? {} : { extension: kept }) } }
}

/** Stores what there is, then makes known who is known. */
export type Prepare = (world: World, visible: (key: string) => boolean) => Promise<unknown>

/**
 * Opens a world and reads from it, one by one, all that the caller gets; a second world holds just that, under the same
 * custodians, versions and dates.
 */
export const openMirror = async (
  kind: Kind,
  held: readonly Held[],
  asker: Asker,
  prepare: Prepare,
): Promise<Mirror> => {
  const [whole, seen] = [await openWorld(kind), await openWorld(kind)]
  for (const { custodian, resources } of held) await whole.load(custodian, resources)
  await prepare(whole, () => true)
  const visible: string[] = []
  for (const { custodian, resources } of held) {
    const read: FhirResource[] = []
    for (const { resourceType, id } of resources) {
      const reply = await whole.get(await asker(whole), `${resourceType}/${id ?? ''}`)
      if (reply.status !== 200) continue
      visible.push(`${resourceType}/${id ?? ''}`)
      read.push(withoutObligations(reply.as<FhirResource>()))
    }
    await seen.load(custodian, read)
  }
  await prepare(seen, (key) => visible.includes(key))
  return {
    whole,
    seen,
    visible,
    close: async () => {
      await whole.close()
      await seen.close()
    },
  }
}

/** One request, as it is sent in both worlds. */
export interface Question {
  readonly method: string
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

export const get = (path: string): Question => ({ method: 'GET', path })

/** All of an answer but what no two runs have alike: ids and versions that the server made, and the bytes of cursors. */
export const plain = (reply: Reply): object => ({
  status: reply.status,
  headers: headersOf(reply).map(neutral),
  body: reply.text.startsWith('{') ? withoutOwed(JSON.parse(neutral(reply.text))) : neutral(reply.text),
})

const neutral = (text: string): string =>
  text
    .replaceAll(/_cursor=([^"&]*)/g, (_all, cursor: string) => `_cursor=${String(cursor.length)}`)
    .replaceAll(/\b(v|made|request)-\d{6}\b/g, '$1')

const withoutOwed = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(withoutOwed)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, child]) => {
      if (name !== 'extension' || !Array.isArray(child)) return [[name, withoutOwed(child)]]
      const kept = (child as Extension[]).filter(({ url }) => !owed.test(url))
      return kept.length === 0 ? [] : [[name, withoutOwed(kept)]]
    }),
  )
}

/** Questions that the two worlds answer differently, with both answers. */
export const differences = async (
  { whole, seen }: Mirror,
  asker: Asker,
  questions: readonly Question[],
): Promise<object[]> => {
  const told: object[] = []
  for (const { method, path, ...sending } of questions) {
    const [one, other] = [
      plain(await whole.send(await asker(whole), method, path, sending)),
      plain(await seen.send(await asker(seen), method, path, sending)),
    ]
    if (JSON.stringify(one) !== JSON.stringify(other)) told.push({ method, path, whole: one, seen: other })
  }
  return told
}
