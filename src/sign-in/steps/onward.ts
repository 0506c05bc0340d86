import { recordSignIn } from '../../record/sign-in.ts'
import { linkTo, paths } from '../addresses.ts'
import { answerPage } from '../answer.ts'
import { messagePage } from '../pages/message-page.ts'
import { endSession } from '../session.ts'
import { nextOf, readForm, type Visit } from '../visit.ts'

/**
 * `GET /sign-in/continue`: a page between the form and where it leads, that goes on by itself. A redirect would carry the
 * form's `form-action` along, and with it stop an app's redirect_uri (CSP Level 3, 6.4.2.1).
 */
export const onward = async (visit: Visit): Promise<Response> => {
  const { texts, services, url } = visit
  const next = nextOf(url.searchParams)
  return answerPage(visit, {
    title: texts.signedIn,
    onward: next,
    body: messagePage({
      title: texts.signedIn,
      text: texts.onward,
      link: { href: linkTo(services.settings.publicUrl, next), label: texts.next },
    }),
  })
}

/** `POST /sign-out`: ends the session of this browser. */
export const signOut = async (visit: Visit): Promise<Response> => {
  const { texts, services, request, session, id } = visit
  await readForm(visit)
  if (session !== undefined)
    await recordSignIn(services, {
      request: id,
      interaction: 'sign-out',
      outcome: 'done',
      member: session.member,
      detail: 'signed out',
    })
  visit.cookies.push(...(await endSession(services, request)))
  const href = linkTo(services.settings.publicUrl, paths.signIn)
  return answerPage(visit, {
    title: texts.signedOut,
    self: paths.signIn,
    body: messagePage({ title: texts.signedOut, text: '', link: { href, label: texts.signIn } }),
  })
}
