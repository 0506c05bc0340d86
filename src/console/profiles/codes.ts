import type { ValueSet, ValueSetComposeInclude } from 'fhir/r4'
import { html } from 'hono/html'
import { codeSystems, ownValueSets } from '../../validate/profiles.ts'
import type { Markup } from '../page.ts'

interface Code {
  readonly system: string
  readonly code: string
  readonly display: string
  readonly definition: string
}

/** The gateway's own value set with this canonical. */
export const ownSet = (url: string): ValueSet | undefined => ownValueSets.find((set) => set.url === url)

/** The codes of each value set that a profile is bound to, as far as they are the gateway's to list. */
export const codesSection = (urls: readonly string[]): Markup | string => {
  const sets = [...new Set(urls)].flatMap((url) => ownSet(url) ?? [])
  return sets.length === 0
    ? ''
    : html`<section aria-labelledby="codes">
        <h2 id="codes">Codes</h2>
        ${sets.map(valueSet)}
      </section>`
}

const valueSet = (set: ValueSet): Markup =>
  html`<details id="set-${set.id}">
    <summary>${set.title} <code>${set.id}</code></summary>
    <p>${set.description}</p>
    <table role="table" aria-label="${set.title}">
      <thead role="rowgroup">
        <tr role="row">
          <th scope="col" role="columnheader">Code</th>
          <th scope="col" role="columnheader">Name</th>
          <th scope="col" role="columnheader">Meaning</th>
        </tr>
      </thead>
      <tbody role="rowgroup">
        ${(set.compose?.include ?? []).flatMap(codesOf).map(row)}
      </tbody>
    </table>
    ${set.copyright === undefined ? '' : html`<p><small>${set.copyright}</small></p>`}
  </details>`

const codesOf = ({ system = '', concept }: ValueSetComposeInclude): readonly Code[] => {
  const known = codeSystems.find(({ url }) => url === system)?.concept ?? []
  return (concept ?? known).map(({ code, display = '' }) => ({
    system,
    code,
    display,
    definition: known.find((it) => it.code === code)?.definition ?? '',
  }))
}

const row = ({ system, code, display, definition }: Code): Markup =>
  html`<tr role="row">
    <th scope="row" role="rowheader">${code} <code>${system}</code></th>
    <td role="cell">${display}</td>
    <td role="cell">${definition}</td>
  </tr> `
