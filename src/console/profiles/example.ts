import { html } from 'hono/html'
import examples from '../../../profiles/examples/all.json' with { type: 'json' }
import type { Markup } from '../page.ts'

/** An example of a profile; what is missing from it, if it is one that does not conform. */
interface Example {
  readonly name: string
  readonly missing: string | null
  readonly resource: object
}

const all: Readonly<Record<string, readonly Example[]>> = examples

/** The examples of a profile, each behind its name. */
export const examplesSection = (profile: string): Markup =>
  html`<section aria-labelledby="examples">
    <h2 id="examples">Examples</h2>
    ${(all[profile] ?? []).map(example)}
  </section>`

const example = ({ name, missing, resource }: Example): Markup =>
  html`<details>
    <summary>
      <code>${name}</code>
      ${missing === null ? html`<span class="good">conforms</span>` : html`<span class="bad">refused</span> it lacks ${missing}`}
    </summary>
    <pre tabindex="0" aria-label="${name}: JSON"><code>${JSON.stringify(resource, null, 2)}</code></pre>
  </details>`
