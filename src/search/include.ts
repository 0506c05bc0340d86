import { sql } from 'drizzle-orm'
import type { Resource } from 'fhir/r4'
import type { Grant } from '../authorize/grant.ts'
import type { Permit } from '../consent/permit.ts'
import { valuesAt } from '../fhir/path.ts'
import { invalid, refuse } from '../problem.ts'
import { type Connection, list } from '../store/database.ts'
import { pruned } from '../redact/pruned.ts'
import { findByKeys, foundColumns, type FoundRow, type Stored, withHidden } from './find.ts'
import type { Served } from './parameters.ts'
import type { Include } from './read-include.ts'
import { isEnclosed, shownOf } from './shown.ts'
import { citing, formsOf } from './tokens.ts'

interface Including {
  readonly connection: Connection
  readonly grant: Grant
  readonly permit: Permit
  readonly base: string
  readonly parameters: (type: string) => ReadonlyMap<string, Served>
}

/** So many resources may come with one page; a page that would bring more is refused, never cut in silence. */
const mostIncluded = 5000

/** How far `:iterate` follows. */
const mostRounds = 12

/**
 * What comes with a page through `_include` and `_revinclude` (FHIR R4 search 3.1.1.5.2 and 3.1.1.5.3): under the same
 * permit as everything else, and only types that the token may read.
 */
export const findIncluded = async (
  includes: readonly Include[],
  matches: readonly FoundRow[],
  including: Including,
): Promise<FoundRow[]> => {
  if (includes.length === 0) return []
  for (const include of includes) requireScope(include, including)
  const known = new Set(matches.map(keyOf))
  const found: FoundRow[] = []
  let fresh = matches
  let active = includes
  for (let round = 0; round < mostRounds && fresh.length > 0 && active.length > 0; round++) {
    const rows = [
      ...(await follow(active, fresh, known, including)),
      ...(await comeBack(active, fresh, including)),
    ]
    fresh = [...new Map(rows.map((row) => [keyOf(row), row])).values()].filter(
      (row) => !known.has(keyOf(row)),
    )
    for (const row of fresh) known.add(keyOf(row))
    found.push(...fresh)
    active = includes.filter(({ iterate }) => iterate)
    if (found.length > mostIncluded)
      invalid(
        `the includes bring more than ${mostIncluded} resources with one page; ask for a smaller \`_count\``,
        '_count',
        'too-costly',
      )
  }
  return found
}

const keyOf = ({ type, id }: FoundRow): string => `${type}/${id}`

/** An include needs a scope for some type that it can bring; what the token may not read stays out. */
const requireScope = ({ reverse, type, name, target }: Include, { grant, parameters }: Including): void => {
  const named = reverse
    ? [type]
    : target === undefined
      ? (parameters(type).get(name)?.targets ?? [])
      : [target]
  const wanted = named.filter((one) => one !== '*')
  if (wanted.length > 0 && !wanted.some((one) => grant.allows(one, 'r')))
    refuse({
      kind: 'forbidden',
      text: `the token may not read ${wanted.join(' or ')}, which the include asks for`,
    })
}

/** What the rows point to. */
const follow = async (
  includes: readonly Include[],
  rows: readonly FoundRow[],
  known: ReadonlySet<string>,
  { connection, grant, permit, base, parameters }: Including,
): Promise<FoundRow[]> => {
  const forward = includes.filter(({ reverse }) => !reverse)
  if (forward.length === 0) return []
  const cited = rows.flatMap((row) => {
    const wanted = forward.filter(({ type }) => type === '*' || type === row.type)
    if (wanted.length === 0) return []
    const resource = pruned(JSON.parse(row.content) as Resource, row.hidden, base)
    return wanted.flatMap(({ name, target }) =>
      references(parameters(row.type), name)
        .flatMap((parameter) => referencesOf(resource, parameter, base))
        .filter((reference) => target === undefined || reference.startsWith(`${target}/`)),
    )
  })
  const keys = [...new Set(cited)].filter(
    (reference) => !known.has(reference) && grant.allows(reference.split('/')[0] ?? '', 'r'),
  )
  return [
    ...(await findByKeys(connection, permit, keys)),
    ...(await findByCanonical(connection, grant, permit, keys)),
  ]
}

const references = (parameters: ReadonlyMap<string, Served>, name: string): Served[] =>
  name === '*'
    ? [...parameters.values()].filter(({ kind }) => kind === 'reference')
    : [parameters.get(name)].filter((parameter) => parameter !== undefined)

const referencesOf = (resource: Resource, { paths }: Served, base: string): string[] =>
  paths.flatMap((branch) => valuesAt(resource, branch).flatMap((value) => formsOf(branch.type, value, base)))

/** What a resource is cited by: type and id, and its canonical URL, with its version or with none. */
const namesOf = (row: FoundRow, parameters: readonly Served[]): string[] => {
  if (parameters.every(({ paths }) => paths.every(({ type }) => type !== 'canonical'))) return [keyOf(row)]
  const { url, version } = JSON.parse(row.content) as { url?: unknown; version?: unknown }
  if (typeof url !== 'string') return [keyOf(row)]
  return [keyOf(row), `${url}|`, ...(typeof version === 'string' ? [`${url}|${version}`] : [])]
}

/** What is cited by its canonical URL, not by type and id: of the version that is named, or of any. */
const findByCanonical = async (
  connection: Connection,
  grant: Grant,
  permit: Permit,
  keys: readonly string[],
): Promise<FoundRow[]> => {
  const named = keys.flatMap((key) => {
    const [url = '', version] = key.split('|')
    return version === undefined ? [] : [{ url: `url=${url}`, version: `version=${version}` }]
  })
  if (named.length === 0) return []
  const [urls, versions] = [named.map(({ url }) => url), named.map(({ version }) => version)]
  const rows = await connection.query<Stored>(sql`SELECT ${foundColumns('r', permit)} FROM resource r
    WHERE r.tokens && ${list(urls, 'text')} AND NOT r.deleted AND ${permit.visible('r')}
      AND EXISTS (SELECT FROM unnest(${list(urls, 'text')}, ${list(versions, 'text')}) cited(url, version)
        WHERE cited.url = ANY(r.tokens) AND (cited.version = 'version=' OR cited.version = ANY(r.tokens)))
    ORDER BY r.type, r.id`)
  return withHidden(
    connection,
    permit,
    rows.filter(({ type }) => grant.allows(type, 'r')),
  )
}

/** What points to the rows. */
const comeBack = async (
  includes: readonly Include[],
  rows: readonly FoundRow[],
  { connection, grant, permit, parameters }: Including,
): Promise<FoundRow[]> => {
  const backward = includes.filter(({ reverse }) => reverse)
  const found: FoundRow[] = []
  for (const { type, name, target } of backward) {
    const ends = rows.filter((row) => target === undefined || row.type === target)
    const followed = type === '*' ? [] : references(parameters(type), name)
    const tokens = ends.flatMap((end) =>
      type === '*'
        ? [citing(keyOf(end))]
        : namesOf(end, followed).flatMap((own) => followed.map((parameter) => `${parameter.name}=${own}`)),
    )
    if (tokens.length === 0 || (type !== '*' && !grant.allows(type, 'r'))) continue
    const typed = type === '*' ? sql`` : sql`r.type = ${type} AND `
    const beside =
      type === '*' || followed.some(isEnclosed)
        ? sql` AND (NOT ${permit.mayCiteHidden('r')} OR ${shownOf('r', permit).tokens} && ${list(tokens, 'text')})`
        : sql``
    const pointing = await connection.query<Stored>(sql`SELECT ${foundColumns('r', permit)} FROM resource r
      WHERE ${typed}r.tokens && ${list(tokens, 'text')}${beside} AND NOT r.deleted AND ${permit.visible('r', type === '*' ? undefined : type)}
      ORDER BY r.type, r.id LIMIT ${mostIncluded + 1}::int`)
    found.push(
      ...(await withHidden(
        connection,
        permit,
        pointing.filter((row) => grant.allows(row.type, 'r')),
      )),
    )
  }
  return found
}
