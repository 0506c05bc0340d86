import { system } from '../fhir/names.ts'
import { highWater } from '../redact/redact.ts'
import type { ReleasedResource } from '../redact/released.ts'

/** A link of a Bundle (FHIR R4 http 3.1.0.4, paging). */
export interface Link {
  readonly relation: string
  readonly url: string
}

/** One resource in a searchset, and why it is there (FHIR R4 search 3.1.1.5.7). */
export interface SearchEntry {
  readonly own: ReleasedResource
  readonly mode: 'match' | 'include'
  /** JSON of the resource, where it is a part of what was released. */
  readonly text?: string
  /** JSON of further members of `Bundle.entry.search`, with the comma before them. */
  readonly said?: string
}

/** The Bundle of a search or of an operation that answers like one, marked with the confidentiality of all that is in it. */
export const searchset = (
  base: string,
  total: number | undefined,
  links: readonly Link[],
  entries: readonly SearchEntry[],
): string => {
  const level = highWater(entries.map(({ own }) => own))
  const security = `"meta":{"security":[{"system":"${system.confidentiality}","code":"${level}"}]},`
  const counted = total === undefined ? '' : `,"total":${total}`
  const linked = links.length === 0 ? '' : `,"link":${JSON.stringify(links)}`
  const body =
    entries.length === 0 ? '' : `,"entry":[${entries.map((entry) => entryOf(base, entry)).join(',')}]`
  return `{"resourceType":"Bundle",${entries.length === 0 ? '' : security}"type":"searchset"${counted}${linked}${body}}`
}

const entryOf = (base: string, { own, mode, text = own.text, said = '' }: SearchEntry): string =>
  `{"fullUrl":${JSON.stringify(`${base}/${own.type}/${own.id}`)},"resource":${text},"search":{"mode":"${mode}"${said}}}`
