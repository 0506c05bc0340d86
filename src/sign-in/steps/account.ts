import { sql } from 'drizzle-orm'
import type { Markup } from '../../console/page.ts'
import { recordSignIn } from '../../record/sign-in.ts'
import { linkTo, paths, signInAddress } from '../addresses.ts'
import { answerPage, leave, redirect } from '../answer.ts'
import { readSetUp } from '../members.ts'
import { accountPage, type AccountPage } from '../pages/account-page.ts'
import type { Session } from '../session.ts'
import { readForm, type Visit } from '../visit.ts'

/** A section of the account page that another room brings: the apps that a member has let in, say. */
export type AccountSection = (visit: Visit, session: Session) => Promise<Markup>

/** In seconds: changes need a sign-in that is no older. */
const recent = 10 * 60

/** How somebody signs in who came by an external provider is kept there. */
export const isManaged = ({ methods }: Session): boolean => methods.includes('fed')

export const toSignIn = (visit: Visit, fresh: boolean): Response =>
  leave(visit, new URL(signInAddress(visit.services.settings.publicUrl, paths.account, fresh)))

/**
 * The session of somebody who may change how they sign in: signed in a moment ago, and not by an external provider. The
 * answer to everybody else is where to go.
 */
export const demandRecent = (visit: Visit): Session | Response => {
  const { session, services } = visit
  if (session === undefined) return toSignIn(visit, false)
  if (isManaged(session)) return redirect(visit, paths.account)
  const age = services.clock.real().getTime() - session.authenticated.getTime()
  return age > recent * 1000 ? toSignIn(visit, true) : session
}

/** What the address says was done, so that a reload does not do it again. */
const doneOf = ({ url, texts }: Visit): string | undefined =>
  url.searchParams.get('done') === 'changed'
    ? texts.changed
    : url.searchParams.get('done') === 'ended'
      ? texts.ended
      : undefined

/** The account page, with what went wrong. */
export const accountAnswer = async (
  visit: Visit,
  session: Session,
  sections: readonly AccountSection[],
  fault?: AccountPage['fault'],
): Promise<Response> =>
  answerPage(visit, {
    title: visit.texts.account,
    status: fault === undefined ? 200 : 400,
    fault: fault !== undefined,
    script: true,
    self: paths.account,
    body: accountPage(visit, {
      session,
      setUp: await readSetUp(visit.services, session.member.id),
      managed: isManaged(session),
      fault,
      done: doneOf(visit),
      more: await Promise.all(sections.map((section) => section(visit, session))),
    }),
  })

/** `GET /account` */
export const showAccount = async (visit: Visit, sections: readonly AccountSection[]): Promise<Response> =>
  visit.session === undefined ? toSignIn(visit, false) : accountAnswer(visit, visit.session, sections)

/** `POST /account/sessions/end`: one other session of one's own, or all others. */
export const endOthers = async (visit: Visit): Promise<Response> => {
  const { services, session, id } = visit
  const form = await readForm(visit)
  if (session === undefined) return toSignIn(visit, false)
  const which = form.get('session') ?? ''
  const one = which === 'others' ? sql`true` : sql`id = ${which}`
  await recordSignIn(services, {
    request: id,
    interaction: 'sign-out',
    outcome: 'done',
    member: session.member,
    detail: 'ended other sessions',
  })
  await services.database.query(
    sql`DELETE FROM session WHERE member = ${session.member.id} AND hash <> ${session.hash} AND ${one}`,
  )
  return redirect(visit, paths.account, { done: 'ended' })
}

/** The way back to the account page. */
export const accountLink = (visit: Visit): string => linkTo(visit.services.settings.publicUrl, paths.account)
