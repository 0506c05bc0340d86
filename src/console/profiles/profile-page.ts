import type { ElementDefinitionConstraint, StructureDefinition } from 'fhir/r4'
import { html } from 'hono/html'
import { structure as ownStructure } from '../../fhir/names.ts'
import { type Markup, page } from '../page.ts'
import { codesSection, ownSet } from './codes.ts'
import { examplesSection } from './example.ts'
import { type Row, rowsOf } from './rows.ts'
import { style } from './style.ts'

/** The page of one profile, rendered from its StructureDefinition and the tables of R4. */
export const profilePage = (profile: StructureDefinition): string =>
  page({ title: `${profile.title ?? profile.name}: Sluice`, style, body: body(profile) })

const body = (profile: StructureDefinition): Markup => {
  const rows = rowsOf(profile)
  return html`<nav aria-label="Way back"><a href="/">Sluice</a> › <a href="/profiles">Profiles</a></nav>
    <header>
      <p class="name">${profile.kind === 'resource' ? profile.type : 'Extension'}</p>
      <h1>${profile.title}</h1>
      <p class="lead">${profile.description}</p>
    </header>
    <main>
      ${facts(profile)} ${elementsSection(rows)} ${constraintsSection(profile)}
      ${codesSection(rows.flatMap(({ binding }) => binding?.valueSet ?? []))}
      ${examplesSection(profile.id ?? '')}
    </main>
    <footer>
      ${profile.copyright === undefined ? '' : html`<p><small>${profile.copyright}</small></p>`}
    </footer>`
}

const facts = (profile: StructureDefinition): Markup => {
  const imposed = (profile.extension ?? []).flatMap(({ url, valueCanonical }) =>
    url.endsWith('/structuredefinition-imposeProfile') ? (valueCanonical ?? []) : [],
  )
  const context = (profile.context ?? []).map(({ expression }) => expression)
  return html`<section aria-labelledby="facts">
    <h2 id="facts">In short</h2>
    <dl>
      ${fact('Canonical', html`<code>${profile.url}</code>`)}
      ${fact('Version', html`${profile.version}, ${profile.status}, of ${profile.date}`)}
      ${context.length === 0 ? '' : fact('Stands on', html`${context.join(', ')}`)} ${imposed.map(usCore)}
      ${profile.kind === 'resource' ? fact('Check a resource', html`<code>POST /fhir/${profile.type}/$validate?profile=${profile.url}</code>`) : ''}
      ${fact('As JSON', html`<a href="/profiles/${profile.id}.json">${profile.id}.json</a>`)}
    </dl>
  </section>`
}

/** Words in which code stands between backticks. */
const prose = (text: string): (Markup | string)[] =>
  text.split('`').map((part, place) => (place % 2 === 0 ? part : html`<code>${part}</code>`))

const fact = (term: string, value: Markup): Markup =>
  html`<div>
    <dt>${term}</dt>
    <dd>${value}</dd>
  </div> `

/** The page of a US Core profile, in the release that it is meant in. */
const usCore = (canonical: string): Markup => {
  const [url = '', version] = canonical.split('|')
  const name = url.slice(url.lastIndexOf('/') + 1)
  return fact(
    'Satisfies',
    html`<a href="http://hl7.org/fhir/us/core/STU6.1/StructureDefinition-${name}.html"
        ><code>${name}</code></a
      >
      <small
        >US Core ${version}: what it asks for stands here too, so what conforms here conforms there, as far as
        the records that it cites do</small
      >`,
  )
}

const elementsSection = (rows: readonly Row[]): Markup =>
  html`<section aria-labelledby="elements">
    <h2 id="elements">Elements</h2>
    <p>
      <small
        >What the profile says, over FHIR R4; all else is as R4 has it, and grey is what R4 asks for by
        itself. <span class="must">must</span> is what whoever supports the profile must be able to send or
        read.</small
      >
    </p>
    <table class="elements" role="table" aria-labelledby="elements">
      <thead role="rowgroup">
        <tr role="row">
          <th scope="col" role="columnheader">Element</th>
          <th scope="col" role="columnheader">Card.</th>
          <th scope="col" role="columnheader">Type and values</th>
          <th scope="col" role="columnheader">What it means</th>
        </tr>
      </thead>
      <tbody role="rowgroup">
        ${rows.map(row)}
      </tbody>
    </table>
  </section>`

const row = (it: Row): Markup =>
  html`<tr role="row" class="depth-${Math.min(it.depth, 3)}${it.plain ? ' plain' : ''}">
    <th scope="row" role="rowheader">
      <code>${it.name}</code>${it.slice === undefined ? '' : html`<span class="slice"> ${it.slice}</span>`}
      ${it.supported ? html`<span class="must">must</span>` : ''}
    </th>
    <td role="cell">${it.max === '0' ? 'none' : `${it.min}..${it.max}`}</td>
    <td role="cell">${values(it)}</td>
    <td role="cell">
      ${it.short === undefined ? '' : html`<p>${prose(it.short)}</p>`}
      ${it.more.map((text) => html`<p><small>${prose(text)}</small></p>`)}
      ${it.slicing === undefined ? '' : html`<p><small>In slices: ${it.slicing}</small></p>`}
    </td>
  </tr> `

const values = ({ types, profiles, value, binding }: Row): Markup =>
  html`${types.length === 0 ? '' : html`<p>${types.join(' or ')}</p>`}
  ${profiles.map((url) => html`<p><a href="/profiles/${url.replace(ownStructure(''), '')}">${url.replace(ownStructure(''), '')}</a></p>`)}
  ${value === undefined ? '' : html`<p>${value.exact ? 'exactly' : 'with'} <code>${value.text}</code></p>`}
  ${binding === undefined ? '' : html`<p>${binding.strength}: ${setLink(binding.valueSet)}</p>`}`

const setLink = (url: string): Markup => {
  const own = ownSet(url)
  return own === undefined
    ? html`<a href="${url}">${url.slice(url.lastIndexOf('/') + 1)}</a>`
    : html`<a href="#set-${own.id}">${own.id}</a>`
}

type Placed = ElementDefinitionConstraint & { readonly at: string }

const constraintsSection = ({ differential }: StructureDefinition): Markup | string => {
  const all = (differential?.element ?? []).flatMap(({ id, path, constraint = [] }) =>
    constraint.map((it): Placed => ({ ...it, at: id ?? path })),
  )
  return all.length === 0
    ? ''
    : html`<section aria-labelledby="constraints">
        <h2 id="constraints">Constraints</h2>
        ${all.map(constraint)}
      </section>`
}

const constraint = ({ key, severity, human, expression, at }: Placed): Markup =>
  html`<details>
    <summary><code>${key}</code> ${prose(human)}</summary>
    <p>
      <small>${severity === 'error' ? 'An error' : 'A warning'} on <code>${at}</code></small>
    </p>
    <pre tabindex="0" aria-label="${key}: FHIRPath"><code>${expression ?? ''}</code></pre>
  </details>`
