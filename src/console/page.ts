import { html, raw } from 'hono/html'

/** What `html` gives: text in which every value was escaped. */
export type Markup = ReturnType<typeof html>

export type Page = {
  readonly title: string
  /** Rules of this page alone, after those that all share. No value of a record belongs in them. */
  readonly style?: string
  readonly body: Markup
  /** Language of the texts (BCP 47); English where nothing is said. */
  readonly language?: string
  /** `same-origin` where forms are: with `no-referrer` browsers send them with `Origin: null` (Fetch, 3.1). */
  readonly referrer?: 'no-referrer' | 'same-origin'
  /** What else stands in the head. */
  readonly head?: Markup | undefined
}

/** The Content-Security-Policy of these pages: no script, nothing from elsewhere, in no frame. */
export const pagePolicy =
  "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

/** One whole page: HTML that needs nothing else, in light or dark as the reader has it. */
export const page = ({ title, style, body, language = 'en', referrer = 'no-referrer', head }: Page): string =>
  text(
    html`<!doctype html>
      <html lang="${language}">
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <meta name="color-scheme" content="light dark" />
          <meta name="robots" content="noindex" />
          <meta name="referrer" content="${referrer}" />
          ${head ?? ''}
          <title>${title}</title>
          <style>
            ${raw(shared)}${raw(style ?? '')}
          </style>
        </head>
        <body>
          ${body}
        </body>
      </html> `,
  )

/** No value of these pages is a promise, so neither is their markup. */
const text = (markup: Markup): string => {
  if (markup instanceof Promise) throw new TypeError('a page is built from values that are there')
  return markup.toString()
}

const shared = `
:root{--paper:#fff;--ground:#f4f7f7;--ink:#16292c;--soft:#47595c;--line:#cfdadb;--accent:#0b6670;--tint:#e2f0f0}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);font:1rem/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;overflow-wrap:break-word}
h1,h2{line-height:1.2;text-wrap:balance}
a{color:var(--accent)}
code,pre{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;font-size:.92em}
dl{margin:0}
dd{margin:0}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
@media (prefers-color-scheme:dark){:root{--paper:#142326;--ground:#0c171a;--ink:#e4eeee;--soft:#a9bdbf;--line:#31474b;--accent:#70cdd4;--tint:#18353a}}
@media print{:root{--paper:#fff;--ground:#fff;--ink:#000;--soft:#333;--line:#888;--accent:#000;--tint:#fff}}
`
