import type { StructureDefinition } from 'fhir/r4'
import { html } from 'hono/html'
import { type Markup, page } from '../page.ts'
import { style } from './style.ts'

/** The page at `/profiles`: every profile and extension, and whom it is for. */
export const listPage = (profiles: readonly StructureDefinition[]): string =>
  page({ title: 'Profiles: Sluice', style, body: body(profiles) })

const body = (profiles: readonly StructureDefinition[]): Markup => {
  const sorted = profiles.toSorted((one, other) => keyOf(one).localeCompare(keyOf(other)))
  const [resources, extensions] = [true, false].map((is) =>
    sorted.filter(({ kind }) => (kind === 'resource') === is),
  )
  return html`<nav aria-label="Way back"><a href="/">Sluice</a></nav>
    <header>
      <p class="name">FHIR R4</p>
      <h1>Profiles</h1>
      <p class="lead">
        What records of behavioral health look like here, each with examples that conform and examples that do
        not. A record that names a profile in <code>meta.profile</code> is held to it.
      </p>
    </header>
    <main>
      ${table('resources', 'Resources', resources ?? [])}
      ${table('extensions', 'Extensions', extensions ?? [])}
    </main>
    <footer>
      <p>All of it as one Bundle, codes included: <a href="/profiles/all.json">all.json</a></p>
    </footer>`
}

const keyOf = ({ type, title = '' }: StructureDefinition): string => `${type} ${title}`

const table = (id: string, heading: string, profiles: readonly StructureDefinition[]): Markup =>
  html`<section aria-labelledby="${id}">
    <h2 id="${id}">${heading}</h2>
    <table class="list" role="table" aria-labelledby="${id}">
      <thead role="rowgroup">
        <tr role="row">
          <th scope="col" role="columnheader">Profile</th>
          <th scope="col" role="columnheader">Of</th>
          <th scope="col" role="columnheader">What it is for</th>
        </tr>
      </thead>
      <tbody role="rowgroup">
        ${profiles.map(row)}
      </tbody>
    </table>
  </section>`

const row = ({ id, title, type, context = [], description }: StructureDefinition): Markup =>
  html`<tr role="row">
    <th scope="row" role="rowheader"><a href="/profiles/${id}">${title}</a> <code>${id}</code></th>
    <td role="cell">
      ${context.length === 0 ? type : context.map(({ expression }) => expression).join(', ')}
    </td>
    <td role="cell">${description}</td>
  </tr> `
