import type { FhirResource } from 'fhir/r4'
import { expect } from 'vitest'
import type { Play, Scene } from './play.ts'
import { heldFor, keyOf, plainText } from './stand.ts'
import { moreThan, type StoredCut, tellingIn, worldAfter } from './stored.ts'

type Stored = ReadonlyMap<string, readonly StoredCut[]>

/** What was stored before and after steps, and which records differ on either server. */
interface Steps {
  readonly play: Play
  readonly before: Stored
  readonly now: Stored
  readonly changed: readonly string[]
  readonly changedS: readonly string[]
  /** Records that went whole in an earlier step: what is written under their ids afterwards is new. */
  readonly gone: Set<string>
}

/**
 * No blind write changes a hidden byte (CONSENT rules, section 8): what the asker does not see at all has the same rows;
 * what changed here changed on S; and of what is masked, all that was hidden is still in a cut that is there. What is pruned
 * for what it leads to has no cut of its own, and goes with the record.
 */
export const requireKept = ({ play, before, now, changed, changedS, gone }: Steps): void => {
  const { scene, log } = play
  const blind = changed.filter((key) => scene.hidden.includes(key))
  const beyond = changed.filter((key) => before.has(key) && !changedS.includes(key))
  const lost = changed.flatMap((key) => {
    if (!scene.masked.includes(key) || gone.has(key)) return []
    const secret = secretsOf(scene, before, key)
    const rest = (now.get(key) ?? []).filter(({ deleted }) => !deleted)
    if (rest.length === 0 && scene.pruned.includes(key)) {
      gone.add(key)
      return []
    }
    const kept = rest.map(({ content }) => tellingIn(JSON.parse(content) as FhirResource))
    return kept.some((own) => moreThan(secret, own).length === 0) ? [] : [key]
  })
  expect({ blind, beyond, lost }, [JSON.stringify(scene.asked), ...log].join('\n')).toEqual({
    blind: [],
    beyond: [],
    lost: [],
  })
}

/** What of a record was hidden from the asker: references, and a narrative that may tell of them. */
const secretsOf = (scene: Scene, before: Stored, key: string): readonly string[] => {
  const full = before.get(key)?.findLast(({ deleted }) => !deleted)?.content ?? '{}'
  const seen = scene.held.find(({ resource }) => keyOf(resource) === key)?.resource
  return moreThan(tellingIn(JSON.parse(full) as FhirResource), seen === undefined ? [] : tellingIn(seen))
}

/**
 * Whether what the asker sees of everything that no write touched is another than before: labels that rise, and consents
 * that speak of what a record cites, may move it, and S would have to be loaded anew.
 */
export const isMoved = ({ play: { scene }, before, now, changed }: Steps, at: string): boolean => {
  const { twin, asked, held } = scene
  const after = heldFor(worldAfter(twin, changed, now), asked, at)
  const keys = new Set(after.map(({ resource }) => keyOf(resource)))
  const isShown = (key: string) => keys.has(key) || (now.get(key) ?? []).every(({ deleted }) => deleted)
  const untouched = (all: typeof held) =>
    all
      .flatMap(({ resource }) => (changed.includes(keyOf(resource)) ? [] : [keyOf(resource) + plainText(resource)]))
      .join('\n')
  const mine = changed.filter((key) => before.has(key) && !scene.hidden.includes(key))
  return untouched(after) !== untouched(held) || !mine.every(isShown)
} // prettier-ignore
