import { sql } from 'drizzle-orm'
import { type Connection, list } from '../../store/database.ts'
import { releaseFormats } from '../../terminology/releases/release-formats.ts'
import type { Imported } from '../../terminology/selection.ts'

const snomedCt = 'http://snomed.info/sct'
const formats = new Map([...releaseFormats.values()].map((format) => [format.url, format]))

/** Which of some code systems are imported, in which release; a value set may be implied by one, and its URL then begins with it. */
export const readImported = async (
  connection: Connection,
  urls: readonly string[],
): Promise<ReadonlyMap<string, Imported>> => {
  const systems = new Set(urls.flatMap(systemOf))
  if (systems.size === 0) return new Map()
  const rows = await connection.query<
    Omit<Imported, 'properties'>
  >(sql`SELECT e.key, e.system, e.version, e.name,
      EXISTS (SELECT FROM concept_parent p WHERE p.release = e.key) AS "isSubsuming"
    FROM code_release e WHERE e.stage = 'current' AND e.system = ANY(${list([...systems], 'text')})`)
  return new Map(
    rows.map((row) => [row.system, { ...row, properties: formats.get(row.system)?.properties ?? [] }]),
  )
}

const systemOf = (url: string): string[] => {
  if (url.startsWith(`${snomedCt}?`)) return [snomedCt]
  return url === 'http://loinc.org/vs' ? ['http://loinc.org'] : formats.has(url) ? [url] : []
}

/** What must be said wherever codes of some systems go. */
export const copyrightOf = (systems: Iterable<string>): string | undefined => {
  const all = [...new Set(systems)].flatMap((system) => formats.get(system)?.copyright ?? [])
  return all.length === 0 ? undefined : all.join('\n')
}
