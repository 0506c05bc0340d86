import type { Resource } from 'fhir/r4'
import { enclosingElement, openTypes } from '../consent/label.ts'
import { type Path, referencesIn, without } from '../fhir/references.ts'
import type { IndexRows } from './index-rows.ts'

/** An element that goes as a whole where a record is hidden that it cites, with all of these records. */
interface Part {
  readonly path: Path
  readonly cited: readonly string[]
}

type Rows = Pick<IndexRows, 'tokens' | 'words' | 'dates'>

/**
 * Index rows that say what goes together: a value that stands beside a reference is no value where that reference is
 * pruned (CONSENT rules, section 6). `~2@Observation/1` is what the second part cites, `~2|code=x` what stands in it,
 * `~|code=x` that it also stands outside of all parts. Words and dates stand once more under such a name.
 */
export const tiedRows = (
  resource: Resource,
  base: string,
  all: Rows,
  index: (part: Resource) => Rows,
): Rows => {
  const parts = partsOf(resource, base)
  if (parts.length === 0) return none
  const inside = parts.map((part) => ({ part, rows: index(only(resource, part.path)) }))
  const known = new Set(all.tokens)
  const tied = new Set(
    inside.flatMap(({ part: { cited }, rows }) =>
      rows.tokens.filter((token) => known.has(token) && !isItself(token, cited)),
    ),
  )
  const params = new Set(
    inside.flatMap(({ rows }) => [...rows.words, ...rows.dates].map(({ param }) => param)),
  )
  if (tied.size + params.size === 0) return none
  const outside = {
    part: { cited: [] },
    rows: index(
      without(
        resource,
        parts.map(({ path }) => path),
      ),
    ),
  }
  const each = [outside, ...inside].map(({ part, rows }, place) =>
    namedRows(place, part.cited, rows, tied, params),
  )
  return {
    tokens: each.flatMap(({ tokens }) => tokens),
    words: each.flatMap(({ words }) => words),
    dates: each.flatMap(({ dates }) => dates),
  }
}

const none: Rows = { tokens: [], words: [], dates: [] }

const namedRows = (
  place: number,
  cited: readonly string[],
  { tokens, words, dates }: Rows,
  tied: ReadonlySet<string>,
  params: ReadonlySet<string>,
): Rows => {
  const part = `~${place === 0 ? '' : String(place)}`
  const within = (param: string): string => `${part}|%${param}`
  const [own, named] = [
    [words, dates].flatMap((rows) => rows.map(({ param }) => param)).filter((param) => params.has(param)),
    tokens.filter((token) => tied.has(token)),
  ]
  const entries = [...named.map((token) => `${part}|${token}`), ...new Set(own.map(within))]
  return {
    tokens: entries.length === 0 ? [] : [...cited.map((reference) => `${part}@${reference}`), ...entries],
    words: words
      .filter(({ param }) => params.has(param))
      .map((word) => ({ ...word, param: within(word.param) })),
    dates: dates
      .filter(({ param }) => params.has(param))
      .map((date) => ({ ...date, param: within(date.param) })),
  }
}

/** Parts that hold more than a reference: what is open is never hidden. */
const partsOf = (resource: Resource, base: string): Part[] => {
  const found = referencesIn(resource, base).filter(
    ({ reference }) => !openTypes.has(reference.split('/')[0] ?? ''),
  )
  const elements = Map.groupBy(
    found.map(({ path, reference }) => ({ path: enclosingElement(path), bare: path, reference })),
    ({ path }) => path.join('/'),
  )
  return [...elements.values()].flatMap((each) => {
    const [{ path, bare } = { path: [], bare: [] }] = each
    const holdsMore = path.length < bare.length || hasIdentifier(at(resource, path))
    return holdsMore ? [{ path, cited: [...new Set(each.map(({ reference }) => reference))] }] : []
  })
}

/** Whether an entry says no more than the one reference of its part: a search for that asks for it anyway. */
const isItself = (token: string, [only = '', ...others]: readonly string[]): boolean =>
  others.length === 0 && (token === `@${only}` || (token.endsWith(`=${only}`) && !token.includes('$')))

const hasIdentifier = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && 'identifier' in value

const at = (value: unknown, path: Path): unknown =>
  path.reduce<unknown>((held, name) => (held as Record<string | number, unknown> | undefined)?.[name], value)

/** A resource of the same type with one element alone. */
const only = (resource: Resource, path: Path): Resource => {
  const pick = (value: unknown, [name, ...rest]: Path): unknown => {
    if (name === undefined) return value
    const own = pick((value as Record<string | number, unknown>)[name], rest)
    return typeof name === 'number' ? [own] : { [name]: own }
  }
  return { resourceType: resource.resourceType, ...(pick(resource, path) as object) }
}
