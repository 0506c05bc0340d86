import { html } from 'hono/html'
import type { Context, Hono } from 'hono'
import type { Markup } from '../console/page.ts'
import type { Services } from '../services.ts'
import { linkTo, signInAddress } from '../sign-in/addresses.ts'
import { day, token } from '../sign-in/pages/fields.ts'
import type { Session } from '../sign-in/session.ts'
import { PageFault, readForm, type Visit, visitOf } from '../sign-in/visit.ts'
import { managePath } from './addresses.ts'
import { answerFault, answerPage, sendOn, textsFor } from './authorize/answer.ts'
import { wordsOf } from './authorize/scope-words.ts'
import { findGrantsOf, revokeGrant } from './grants/grant.ts'

/** The apps that a user let in, as a part of the page of the account. */
export const appsSection = async (visit: Visit, session: Session): Promise<Markup> =>
  html`<section class="card" aria-labelledby="apps">
    <h2 id="apps">${textsFor(visit).apps}</h2>
    ${await appsList(visit, session)}
  </section>`

const appsList = async (visit: Visit, { member }: Session): Promise<Markup> => {
  const { database, clock, settings } = visit.services
  const grants = await findGrantsOf(database, member.id, clock.real())
  const texts = textsFor(visit)
  return html`${grants.length === 0 ? html`<p>${texts.noApps}</p>` : ''}
    <ul class="rows">
      ${grants.map(
        ({ key, client, name, scope, created }) =>
          html`<li>
            <span
              ><strong>${name ?? client}</strong
              ><small>${texts.appSince(day(visit, created))} ${described(visit, scope)}</small></span
            >
            <form method="post" action="${linkTo(settings.publicUrl, managePath)}">
              ${token(visit)}<input type="hidden" name="grant" value="${key}" />
              <button type="submit" class="plain small" aria-label="${texts.endApp(name ?? client)}">
                ${texts.endIt}
              </button>
            </form>
          </li>`,
      )}
    </ul>`
}

const described = (visit: Visit, scope: string): string =>
  scope
    .split(' ')
    .filter((one) => one.includes('/') && !one.startsWith('launch/'))
    .map((one) => {
      const { what, whose } = wordsOf(one, textsFor(visit), visit.language)
      return `${what} ${whose}`
    })
    .join('; ')

/**
 * Where users see the apps that they let in, and end what those may do (SMART App Launch 2.2, `management_endpoint`). What is
 * ended here is refused on its next request.
 */
export const appsRoutes = (app: Hono, servicesOf: (context: Context) => Services): void => {
  app.on(['GET', 'POST'], managePath, async (context) => {
    const visit = await visitOf(servicesOf(context), context)
    const { session, services } = visit
    const { publicUrl } = services.settings
    if (session === undefined) return sendOn(visit, signInAddress(publicUrl, managePath))
    if (context.req.method === 'POST') return end(visit, session)
    const { apps } = textsFor(visit)
    return answerPage(visit, {
      title: apps,
      body: html`<h1>${apps}</h1>
        <div class="card">${await appsList(visit, session)}</div>`,
    })
  })
}

const end = async (visit: Visit, { member }: Session): Promise<Response> => {
  const { database, settings } = visit.services
  try {
    const form = await readForm(visit)
    const key = /^\d{1,9}$/.exec(form.get('grant') ?? '')?.[0]
    if (key !== undefined) await revokeGrant(database, Number(key), member.id)
    return sendOn(visit, `${settings.publicUrl}${managePath}`)
  } catch (fault) {
    if (fault instanceof PageFault) return answerFault(visit, 'expired')
    throw fault
  }
}
