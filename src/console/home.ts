import { html } from 'hono/html'
import { launcherPath } from '../smart/addresses.ts'
import { demoPassword } from '../demo/users.ts'
import type { DemoUser, Story } from '../demo/types.ts'
import { flow } from './flow.ts'
import { style } from './home-style.ts'
import { type Markup, page } from './page.ts'

/** What the page at `/` tells: addresses and names only, nothing that opens a door. */
export type Home = {
  readonly publicUrl: string
  readonly database: string
  /** The database holds the demo county. */
  readonly demo: boolean
  readonly stories: readonly Story[]
  readonly clients: readonly string[]
  /** Who can sign in, in the demo. */
  readonly users: readonly DemoUser[]
  /** 0 when MLLP is switched off. */
  readonly mllpPort: number
}

/** The page at `/`: what this is, where it listens, and the commands to begin with. */
export const homePage = (input: Home): string =>
  page({ title: 'Sluice: a consent-enforcing FHIR gateway', style, body: body(input) })

const body = (input: Home): Markup =>
  html`<header>
      <p class="name">Sluice</p>
      <h1>Each recipient gets what the patient allows</h1>
      <p class="lead">
        Sluice is a FHIR R4 gateway for behavioral health. What leaves is what the patient’s consent and the
        law let that recipient have, and every release can be explained.
      </p>
    </header>
    <main>
      ${flow()} ${addresses(input)} ${commands(input)} ${users(input)}
      ${input.demo ? stories(input.stories) : ''}
    </main>
    <footer><p>Database: ${input.database}.</p></footer>`

const addresses = ({ publicUrl, mllpPort }: Home): Markup => {
  const base = publicUrl.replace(/\/+$/, '')
  const mllp = `mllp://${hostOf(base)}:${mllpPort}`
  return html`<section aria-labelledby="addresses">
    <h2 id="addresses">Addresses</h2>
    <dl>
      ${address('FHIR base', html`<code>${base}/fhir</code>`, 'with a bearer token')}
      ${address('Capabilities', link(`${base}/fhir/metadata`), 'open: types, searches, operations')}
      ${address('Profiles', link(`${base}/profiles`), 'open: what records look like, with examples')}
      ${address('Readiness', link(`${base}/readyz`), 'open: says when it can serve')}
      ${address('Your account', link(`${base}/account`), 'how you sign in, and where you are signed in')}
      ${address('HL7 v2 over HTTP', html`<code>${base}/exchange/hl7v2</code>`, 'POST as application/hl7-v2, answered by an ACK')}
      ${address('HL7 v2 over MLLP', mllpPort === 0 ? html`switched off` : html`<code>${mllp}</code>`, mllpPort === 0 ? 'MLLP_PORT is 0' : 'answered once the message is stored')}
    </dl>
  </section>`
}

const address = (term: string, where: Markup, note: string): Markup =>
  html`<div>
    <dt>${term}</dt>
    <dd>${where} <small>${note}</small></dd>
  </div>`

const link = (url: string): Markup => html`<a href="${url}"><code>${url}</code></a>`

const hostOf = (url: string): string => (URL.canParse(url) ? new URL(url).hostname : 'localhost')

const commands = ({ publicUrl, demo, clients, stories }: Home): Markup => {
  const base = publicUrl.replace(/\/+$/, '')
  const client = clients.includes('mercy-general') || demo ? 'mercy-general' : (clients[0] ?? 'your-client')
  const patient = demo ? (stories[0]?.patient ?? 'Patient') : 'Patient?_count=1'
  return html`<section aria-labelledby="begin">
    <h2 id="begin">Begin here</h2>
    <ol>
      ${command('Get a token', `TOKEN=$(npm run --silent gateway -- token --client ${client})`)}
      ${command('Read a patient', `curl -H "Authorization: Bearer $TOKEN" "${base}/fhir/${patient}"`)}
      ${demo ? command('Play every story', 'npm run tour') : ''}
    </ol>
    ${clients.length === 0 ? '' : html`<p>Clients: ${clients.map((id) => html`<code>${id}</code> `)}</p>`}
  </section>`
}

const command = (label: string, line: string): Markup =>
  html`<li>
    <p>${label}</p>
    <pre tabindex="0" aria-label="${label}: command"><code>${line}</code></pre>
  </li>`

const users = ({ publicUrl, users: people }: Home): Markup | '' =>
  people.length === 0
    ? ''
    : html`<section aria-labelledby="users">
        <h2 id="users">Sign in</h2>
        <p>
          ${link(`${publicUrl.replace(/\/+$/, '')}/account`)} as one of these, with the password
          <code>${demoPassword}</code>, which is good in this demo alone.
        </p>
        <dl>${people.map(({ id, about }) => address(id, html`${about}`, ''))}</dl>
        <p>
          Then ${link(`${publicUrl.replace(/\/+$/, '')}${launcherPath}`)} starts the sample app beside a
          record, once <code>npm run example</code> serves it.
        </p>
      </section>`

/** Roles are said again because a table laid out as blocks on a phone loses them in some browsers. */
const stories = (rows: readonly Story[]): Markup =>
  html`<section aria-labelledby="stories">
    <h2 id="stories">The demo county</h2>
    <p>${rows.length} people, each in a different consent situation. Names and records are made up.</p>
    <table role="table" aria-labelledby="stories">
      <thead role="rowgroup">
        <tr role="row">
          <th scope="col" role="columnheader">Patient</th>
          <th scope="col" role="columnheader">Situation</th>
          <th scope="col" role="columnheader">Try it</th>
        </tr>
      </thead>
      <tbody role="rowgroup">
        ${rows.map(story)}
      </tbody>
    </table>
  </section>`

const story = ({ patient, name, situation, tryIt }: Story): Markup =>
  html`<tr role="row">
    <th scope="row" role="rowheader">${name} <code>${patient}</code></th>
    <td role="cell">${situation}</td>
    <td role="cell">${tryIt}</td>
  </tr> `
