import type { Coding, Extension, Resource } from 'fhir/r4'
import { inlineLabelUrl as url } from '../fhir/names.ts'
import type { Path } from '../fhir/references.ts'
import { codingsIn, labelledPlaces } from './inline.ts'
import { bitOf, type Mask } from './labels.ts'

/**
 * A resource with the inline labels that it had in the version before, but for those that were lowered on purpose: an
 * element keeps its label at its place, whatever it says now, and wherever else it went unchanged. Whoever leaves a label out
 * has not taken it away (CONSENT rules, section 2: a sender may raise labels, never lower them).
 */
export const withKeptLabels = <T extends Resource>(now: T, before: Resource, lowered: Mask): T => {
  const places = labelledPlaces(before)
    .map(({ path, codings }) => ({ path, codings: codings.filter((own) => (bitOf(own) & ~lowered) !== 0n) }))
    .filter(({ codings }) => codings.length > 0)
  if (places.length === 0) return now
  const kept = structuredClone(now)
  const all = pathsOf(kept)
  for (const { path, codings } of places) {
    const value = plain(at(before, statedPath(path)))
    const same = all.filter(
      (other) => kindOf(other) === kindOf(statedPath(path)) && plain(at(kept, other)) === value,
    )
    const isThere = at(kept, statedPath(path)) !== undefined
    for (const target of [...(isThere ? [path] : []), ...same.map((other) => like(other, path))])
      addLabels(kept, target, codings)
  }
  return kept
}

/** A primitive's extensions stand in its twin (FHIR R4 json 2.6.2.2). */
const statedPath = (path: Path): Path =>
  path.map((name) => (typeof name === 'string' ? name.replace(/^_/, '') : name))

/** A path of an element, with the twin where the other has it. */
const like = (path: Path, other: Path): Path =>
  path.map((name, place) => (typeof name === 'string' ? (other[place] ?? name) : name))

const kindOf = (path: Path): string => path.filter((name) => typeof name === 'string').join('/')

const at = (value: unknown, path: Path): unknown =>
  path.reduce<unknown>(
    (inner, name) =>
      inner === null || typeof inner !== 'object'
        ? undefined
        : (inner as Record<string | number, unknown>)[name],
    value,
  )

const pathsOf = (value: unknown, path: Path = []): Path[] => {
  if (value === null || typeof value !== 'object') return [path]
  const children = Array.isArray(value)
    ? value.map((child, place) => [place, child] as const)
    : Object.entries(value)
  return [path, ...children.flatMap(([name, child]) => pathsOf(child, [...path, name]))]
}

/** An element as text, without the labels on it. */
const plain = (value: unknown): string | undefined =>
  JSON.stringify(value, (name, child: unknown) => {
    if (name !== 'extension' || !Array.isArray(child)) return child
    const others = (child as Extension[]).filter((one) => codingsIn([one]).length === 0)
    return others.length === 0 ? undefined : others
  })

const addLabels = (resource: Resource, path: Path, codings: readonly Coding[]): void => {
  let here = resource as unknown as Record<string | number, unknown>
  path.forEach((name, place) => {
    here[name] ??= typeof path[place + 1] === 'number' ? [] : {}
    here = here[name] as Record<string | number, unknown>
  })
  const extensions = (here.extension ?? []) as Extension[]
  const stated = codingsIn(extensions)
  const missing = codings.filter(
    (own) => !stated.some((one) => one.system === own.system && one.code === own.code),
  )
  if (missing.length > 0)
    here.extension = [...extensions, ...missing.map((valueCoding) => ({ url, valueCoding }))]
}
