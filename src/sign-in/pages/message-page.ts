import { html } from 'hono/html'
import type { Markup } from '../../console/page.ts'

export interface Message {
  readonly title: string
  readonly text: string
  readonly link?: { readonly href: string; readonly label: string } | undefined
}

/** A page that says one thing. */
export const messagePage = ({ title, text, link }: Message): Markup =>
  html`<h1>${title}</h1>
    <p class="lead">${text}</p>
    ${link === undefined ? '' : html`<p><a class="button" id="onward" href="${link.href}">${link.label}</a></p>`}`
