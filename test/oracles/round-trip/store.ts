import { readText, type Resource } from '../official.ts'
import type { Gateway } from './gateway.ts'

/** How one example got in, or why it did not. */
export interface Entry {
  readonly file: string
  readonly type: string
  readonly id: string
  readonly door: 'PUT' | 'import' | 'none'
  readonly refused: readonly string[]
}

interface Outcome {
  readonly issue: readonly { readonly code: string; readonly details?: { readonly text?: string } }[]
}

/**
 * Stores examples as a site does that moves in: each by PUT under its own id, in rounds, since a record may cite only
 * what is there (round by round, what is cited comes first). What is left then cites what no example is, or itself in
 * a circle, or is larger than a request may be: that comes by the import, which takes records as they were.
 */
export const storeAll = async (
  gateway: Gateway,
  files: readonly string[],
  told: (done: number) => void,
): Promise<readonly Entry[]> => {
  const stored: Entry[] = []
  let left = files
  for (let before = Infinity; left.length < before;) {
    before = left.length
    const tried = await inTurns(left, async (file) => {
      const entry = await put(gateway, file)
      if (entry.door === 'PUT') told(stored.push(entry))
      return entry
    })
    left = tried.filter(({ door }) => door === 'none').map(({ file }) => file)
  }
  const loaded = await inTurns(left, (file) => load(gateway, file))
  told(stored.length + loaded.filter(({ door }) => door === 'import').length)
  return [...stored, ...loaded]
}

/** Several at a time, so that the gateway writes its trail for them together. */
export const inTurns = async <In, Out>(
  items: readonly In[],
  work: (item: In) => Promise<Out>,
): Promise<Out[]> => {
  const done: Out[] = []
  const rest = items.entries()
  const turn = async (): Promise<void> => {
    for (const [place, item] of rest) done[place] = await work(item)
  }
  await Promise.all(Array.from({ length: 8 }, turn))
  return done
}

const put = async (gateway: Gateway, file: string): Promise<Entry> => {
  const text = readText(file)
  const { resourceType: type, id } = JSON.parse(text) as Resource
  const { status, text: answer } = await gateway.put(id, `${type}/${id}`, text)
  return { file, type, id, ...(status === 201 ? accepted('PUT') : refused(textsOf(answer))) }
}

const load = async (gateway: Gateway, file: string): Promise<Entry> => {
  const resource = JSON.parse(readText(file)) as Resource
  const { resourceType: type, id } = resource
  const faults = type === 'AuditEvent' ? await put(gateway, file) : { refused: await gateway.load(resource) }
  return { file, type, id, ...(faults.refused.length === 0 ? accepted('import') : refused(faults.refused)) }
}

const accepted = (door: Entry['door']) => ({ door, refused: [] })

const refused = (texts: readonly string[]) => ({ door: 'none' as const, refused: texts })

const textsOf = (answer: string): string[] =>
  (JSON.parse(answer) as Outcome).issue.map(({ code, details }) => details?.text ?? code)
