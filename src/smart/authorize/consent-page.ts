import { html } from 'hono/html'
import type { Markup } from '../../console/page.ts'
import { token } from '../../sign-in/pages/fields.ts'
import type { Visit } from '../../sign-in/visit.ts'
import { textsFor } from './answer.ts'
import type { Choice } from './choices.ts'
import { wordsOf } from './scope-words.ts'
import type { AuthorizeTexts } from './texts-en.ts'

/** What a user is asked to allow. */
export interface ConsentPage {
  readonly app: string
  readonly organization: string
  readonly user: string
  readonly scopes: readonly string[]
  readonly contextual: readonly string[]
  readonly patient: Choice | undefined
  /** Whether the user may choose another patient. */
  readonly mayChange: boolean
  readonly purpose: string
  readonly redirect: string
  /** Names whom and what it is about (`aboutOf`). */
  readonly context: string
}

/** The page on which a user allows an app what it asks for, or less (SMART App Launch 2.2: granted may be narrower than asked). */
export const consentPage = (visit: Visit, shown: ConsentPage): Markup => {
  const texts = textsFor(visit)
  return html`<h1>${texts.wants(shown.app)}</h1>
    <p class="about">${texts.from(shown.organization)}</p>
    <form method="post" class="about">
      ${token(visit)}<input type="hidden" name="action" value="other-user" />${texts.as(shown.user)}
      <button type="submit" class="link">${texts.notYou}</button>
    </form>
    ${shown.patient === undefined ? '' : about(visit, shown, shown.patient)}
    <form method="post">
      ${token(visit)}<input type="hidden" name="about" value="${shown.context}" />
      <section class="card" aria-labelledby="scopes">
        <h2 id="scopes">${texts.willSee}</h2>
        <p class="hint">${texts.narrow}</p>
        <ul class="scopes">
          ${shown.scopes.map((scope) => scopeItem(visit, scope))} ${lasting(visit, shown)}
        </ul>
        <p class="hint">${closing(visit, shown)}</p>
        <div class="actions">
          <button type="submit" name="action" value="allow">${texts.allow}</button>
          <button type="submit" name="action" value="deny" class="plain">${texts.deny}</button>
        </div>
      </section>
    </form>`
}

const about = (visit: Visit, { mayChange }: ConsentPage, patient: Choice): Markup => {
  const texts = textsFor(visit)
  return html`<form method="post" class="about">
    ${token(visit)}<input type="hidden" name="action" value="other-patient" />
    <strong
      >${texts.about(patient.detail === '' ? patient.name : `${patient.name} (${patient.detail})`)}</strong
    >
    ${mayChange ? html`<button type="submit" class="link">${texts.other}</button>` : ''}
  </form>`
}

const scopeItem = (visit: Visit, scope: string): Markup => {
  const { what, whose } = wordsOf(scope, textsFor(visit), visit.language)
  return html`<li>
    <label
      ><input type="checkbox" name="scope" value="${scope}" checked /><span
        >${what}<small>${whose}</small></span
      ></label
    >
  </li>`
}

const lasting = (visit: Visit, { contextual }: ConsentPage): Markup | '' =>
  contextual.includes('offline_access')
    ? html`<li>
        <label
          ><input type="checkbox" name="scope" value="offline_access" checked /><span
            >${textsFor(visit).offline}</span
          ></label
        >
      </li>`
    : ''

const purposeIn = ({ purposes, otherPurpose }: AuthorizeTexts, code: string): string => {
  const named: Readonly<Record<string, string>> = purposes
  return named[code] ?? otherPurpose(code)
}

const closing = (visit: Visit, { contextual, purpose, redirect }: ConsentPage): string => {
  const texts = textsFor(visit)
  const learns = contextual.some((one) => ['openid', 'fhirUser', 'profile'].includes(one))
  return [
    ...(learns ? [`${texts.alsoGets} ${texts.identity}.`] : []),
    ...(contextual.includes('online_access') ? [texts.online] : []),
    ...(contextual.some((one) => one.endsWith('_access')) ? [] : [texts.anHour]),
    texts.purpose(purposeIn(texts, purpose)),
    texts.end,
    texts.leads(new URL(redirect).host || new URL(redirect).protocol.replace(':', '')),
  ].join(' ')
}
