import { html } from 'hono/html'
import { type Markup, page } from '../../console/page.ts'
import type { SchoolAuthor, SchoolDocument, SchoolSummary } from './schema.ts'
import { longDate, stretch } from './when.ts'

/**
 * The school summary as a letter for the file: one page in print, readable on a phone. It takes a checked summary and
 * so can say no more than that. The notice stands above the content (34 CFR 99.33(d), 42 CFR 2.32(a)).
 */
export const letter = (summary: SchoolSummary): string =>
  page({ title: `Letter to ${summary.school.name}`, style, body: body(summary) })

const body = ({ student, school, documents, consent, notice, retrieved }: SchoolSummary): Markup =>
  html`<main>
    <header>
      <p class="to">To ${school.name}</p>
      <h1>School letter</h1>
      <dl class="student">
        <div>
          <dt>Student</dt>
          <dd>${student.name}</dd>
        </div>
        ${
          student.birthDate === undefined
            ? ''
            : html`<div>
                <dt>Date of birth</dt>
                <dd>${longDate(student.birthDate)}</dd>
              </div>`
        }
        <div>
          <dt>Student number</dt>
          <dd>${student.localId}</dd>
        </div>
      </dl>
    </header>
    <aside aria-labelledby="notice">
      <h2 id="notice">Please keep this private</h2>
      <p>${notice}</p>
    </aside>
    ${documents.map(section)}
    <footer>
      <p>
        Released under
        ${consent.reference}${consent.expires === undefined ? '' : `, which ends ${longDate(consent.expires)}`}.
        Retrieved ${longDate(retrieved)}.
      </p>
      ${consent.scope === undefined ? '' : html`<p>What the consent covers, in its own words: “${consent.scope}”</p>`}
    </footer>
  </main>`

const headings = {
  excuse: 'Excuse for an absence',
  'return-to-school': 'Return to school',
  'accommodation-letter': 'Accommodations',
  'safety-plan-school-part': 'Safety plan: what the school does',
  'medication-administration': 'Order to give medication at school',
} as const satisfies Record<SchoolDocument['type'], string>

const section = (document: SchoolDocument): Markup =>
  html`<section>
    <h2>${headings[document.type]}</h2>
    ${content(document)}
    <p class="from">Written ${longDate(document.date)}${by(document.authors)}.</p>
  </section>`

const content = (document: SchoolDocument): Markup => {
  if ('accommodations' in document) return accommodations(document)
  if (document.type === 'excuse') return excuse(document.timeInCare)
  return html`<p>${words[document.type]}</p>`
}

const words = {
  'return-to-school':
    'The student may return to school. Please ask the author about the day and any conditions.',
  'medication-administration': 'For the school nurse only. Please ask the author for the order itself.',
} as const

const excuse = (care: { start?: string | undefined; end?: string | undefined } | undefined): Markup => {
  const time = stretch(care?.start, care?.end)
  return time === undefined
    ? html`<p>Please excuse the absence. The student was in care.</p>`
    : html`<p>Please excuse the absence. The student was in care ${time}.</p>`
}

type Plan = Extract<SchoolDocument, { accommodations: unknown }>

const accommodations = ({ accommodations: listed, effective }: Plan): Markup => {
  const time = stretch(effective?.from, effective?.until)
  if (listed.length === 0) return html`<p>No accommodation is listed. Please ask the author.</p>`
  return html`<p>Please make these accommodations${time === undefined ? '' : ` ${time}`}:</p>
    <ul>
      ${listed.map(({ display }) => html`<li>${display}</li>`)}
    </ul>`
}

const by = (authors: readonly SchoolAuthor[]): Markup | string =>
  authors.length === 0 ? '' : html` by ${authors.map(author)}`

const author = ({ name, contact }: SchoolAuthor, index: number): Markup =>
  html`${index === 0 ? '' : '; '}${name ?? 'the care team'}${contact.map(({ value }) => html`, <span class="contact">${value}</span>`)}`

const style = `
main{max-width:44rem;margin:2rem auto;padding:2.5rem;background:var(--paper);border:1px solid var(--line);border-radius:.5rem}
.to{margin:0;color:var(--soft)}
h1{margin:.2rem 0 1rem;font-size:1.9rem}
.student{display:flex;flex-wrap:wrap;gap:.75rem 2.5rem}
dt{color:var(--soft);font-size:.875rem}
dd{font-weight:600}
aside{margin:1.5rem 0;padding:.9rem 1.1rem;border:2px solid var(--ink);border-radius:.25rem}
aside h2{margin:0 0 .3rem;font-size:1rem}
aside p{margin:0}
section{padding:1.1rem 0;border-top:1px solid var(--line);break-inside:avoid}
section h2{margin:0 0 .4rem;font-size:1.2rem}
section p{margin:.4rem 0}
ul{margin:.4rem 0;padding-left:1.3rem}
.contact{display:inline-block}
.from,footer{color:var(--soft);font-size:.9rem}
footer{padding-top:1rem;border-top:1px solid var(--line)}
footer p{margin:.3rem 0}
@media (max-width:40rem){main{margin:0;padding:1.25rem;border:0;border-radius:0}}
@page{size:letter;margin:.75in}
@media print{
main{max-width:none;margin:0;padding:0;border:0}
body{font-size:10.5pt;line-height:1.4}
h1{font-size:17pt;margin:0 0 8pt}
section h2{font-size:12.5pt}
aside{margin:10pt 0;padding:7pt 9pt;break-inside:avoid}
section{padding:8pt 0}
}
`
