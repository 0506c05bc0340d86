import { html } from 'hono/html'
import type { Markup } from './page.ts'

/** The gateway in one picture: what comes in, what decides, what leaves, and what stays written down. */
export const flow = (): Markup =>
  html`<svg class="flow" viewBox="0 0 640 306" role="img" aria-labelledby="flow-title flow-text">
    <title id="flow-title">How a record travels</title>
    <desc id="flow-text">
      A hospital sends a record to Sluice. Sluice asks the patient's consent what each recipient may have,
      sends that to a clinic, a school or an app, and writes every release to the trail.
    </desc>
    <defs>
      <marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">
        <path d="M0 0 8 4 0 8z" />
      </marker>
    </defs>
    <g class="lines">
      <path d="M142 98H232" />
      <path d="M400 98C444 98 438 32 484 32" />
      <path d="M400 98H484" />
      <path d="M400 98C444 98 438 164 484 164" />
      <path d="M255 218V148" />
      <path d="M383 140V212" />
    </g>
    ${box(4, 72, 138, 52, 'Hospital')} ${box(490, 6, 142, 52, 'Clinic')} ${box(490, 72, 142, 52, 'School')}
    ${box(490, 138, 142, 52, 'App')}
    <g class="gate">
      <rect x="238" y="56" width="162" height="84" rx="12" />
      <text x="319" y="106">Sluice</text>
    </g>
    <g class="store">
      <rect x="197" y="218" width="116" height="50" rx="10" />
      <text x="255" y="249">Consent</text>
    </g>
    <g class="store">
      <rect x="325" y="218" width="116" height="50" rx="10" />
      <text x="383" y="249">Trail</text>
    </g>
    <text class="aside" x="255" y="292">decides</text>
    <text class="aside" x="383" y="292">accounts</text>
  </svg>`

const box = (x: number, y: number, width: number, height: number, label: string): Markup =>
  html`<g class="box"
    ><rect x="${x}" y="${y}" width="${width}" height="${height}" rx="10" /><text
      x="${x + width / 2}"
      y="${y + height / 2 + 6}"
      >${label}</text
    ></g
  >`
