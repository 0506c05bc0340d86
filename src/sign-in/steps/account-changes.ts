import { sql } from 'drizzle-orm'
import { paths } from '../addresses.ts'
import { answerJson, answerPage, redirect } from '../answer.ts'
import { forgetFailures, takeAttempt } from '../limits.ts'
import { type Account, findAccount, setPassword } from '../members.ts'
import { authenticatorPage } from '../pages/authenticator-page.ts'
import { recoveryPage } from '../pages/recovery-page.ts'
import { askForNewPasskey, keepPasskey, verifyNewPasskey } from '../passkeys.ts'
import { hashPassword, isPassword, passwordFault } from '../password.ts'
import { newRecoveryCodes } from '../recovery-codes.ts'
import type { Session } from '../session.ts'
import { keepTicket, readTicket, takeTicket } from '../ticket.ts'
import { newTotpSecret, setTotp, totpStep } from '../totp.ts'
import { readForm, type Visit } from '../visit.ts'
import { accountAnswer, type AccountSection, demandRecent } from './account.ts'
import { change } from './change.ts'
import { newPasswordText } from './new-password.ts'
import { noPasskeys } from './passkey.ts'

/** In seconds: how long the page of an authenticator app may stay open. */
const patience = 30 * 60

const goesOn = ({ member, methods, authenticated }: Session) => ({ member, methods, authenticated })

const changed = (visit: Visit): Response => redirect(visit, paths.account, { done: 'changed' })

/** `POST /account/password` */
export const changePassword = async (
  visit: Visit,
  sections: readonly AccountSection[],
): Promise<Response> => {
  const { services, texts } = visit
  const form = await readForm(visit)
  const session = demandRecent(visit)
  if (session instanceof Response) return session
  const { id } = session.member
  if (!(await isCurrent(visit, id, form.get('current') ?? '')))
    return accountAnswer(visit, session, sections, { at: 'current', text: texts.currentWrong })
  const password = form.get('password') ?? ''
  const fault = passwordFault(password, id)
  if (fault !== undefined || password !== form.get('repeat'))
    return accountAnswer(visit, session, sections, { at: 'password', text: newPasswordText(texts, fault) })
  const hash = await hashPassword(password)
  await change(visit, {
    ...goesOn(session),
    detail: 'changed the password',
    make: async (connection) => {
      await setPassword(connection, services, id, hash)
      return true
    },
  })
  return changed(visit)
}

/** Whoever has a password proves it before it is replaced. */
const isCurrent = async ({ services }: Visit, member: string, given: string): Promise<boolean> => {
  const account = await findAccount(services.database, member)
  if (account?.password === undefined) return account !== undefined
  const allowed = await takeAttempt(services, 'account', member)
  const right = await isPassword(account.password, given)
  if (allowed && right) await forgetFailures(services, 'account', member)
  return allowed && right
}

interface Choosing {
  readonly secret: string
}

/** `GET /account/authenticator`: a new secret, which counts once a code proves it. */
export const showAuthenticator = async (visit: Visit): Promise<Response> => {
  const session = demandRecent(visit)
  if (session instanceof Response) return session
  const content: Choosing = { secret: newTotpSecret() }
  await keepTicket(visit.services.database, visit.services, 'authenticator', session.hash, {
    member: session.member.id,
    content,
    seconds: patience,
  })
  return authenticatorAnswer(visit, session, content.secret)
}

const authenticatorAnswer = (visit: Visit, { member }: Session, secret: string, fault?: string): Response =>
  answerPage(visit, {
    title: visit.texts.authenticatorNew,
    status: fault === undefined ? 200 : 400,
    fault: fault !== undefined,
    body: authenticatorPage(visit, member.id, secret, fault),
  })

/** `POST /account/authenticator`: the code of the new app; the answer shows new recovery codes. */
export const setAuthenticator = async (visit: Visit): Promise<Response> => {
  const { services, texts } = visit
  const form = await readForm(visit)
  const session = demandRecent(visit)
  if (session instanceof Response) return session
  const { hash, member } = session
  const ticket = await readTicket<Choosing>(services.database, services, 'authenticator', hash)
  if (ticket === undefined) return redirect(visit, paths.authenticator)
  const { secret } = ticket.content
  const step = totpStep(secret, form.get('code') ?? '', services.clock.real())
  if (step === undefined) return authenticatorAnswer(visit, session, secret, texts.wrongCode)
  const codes = await change(visit, {
    ...goesOn(session),
    detail: 'set up an authenticator app',
    make: async (connection) => {
      if ((await takeTicket(connection, services, 'authenticator', hash)) === undefined) return undefined
      await setTotp(connection, services, member.id, secret, step)
      return newRecoveryCodes(connection, services, member.id)
    },
  })
  if (codes === undefined) return redirect(visit, paths.authenticator)
  return answerPage(visit, { title: texts.recovery, self: paths.account, body: recoveryPage(visit, codes) })
}

/** `POST /account/recovery-codes`: ten new ones in place of those before. */
export const renewRecoveryCodes = async (visit: Visit): Promise<Response> => {
  const { services, texts } = visit
  await readForm(visit)
  const session = demandRecent(visit)
  if (session instanceof Response) return session
  const codes = await change(visit, {
    ...goesOn(session),
    detail: 'made new recovery codes',
    make: (connection) => newRecoveryCodes(connection, services, session.member.id),
  })
  return answerPage(visit, {
    title: texts.recovery,
    self: paths.account,
    body: recoveryPage(visit, codes ?? []),
  })
}

/** `POST /account/passkeys/options` */
export const newPasskeyOptions = async (visit: Visit): Promise<Response> => {
  await readForm(visit)
  const session = demandRecent(visit)
  if (session instanceof Response) return session
  const asking = { begin: visit.begin, member: session.member.id }
  const options = await askForNewPasskey(visit.services, asking)
  return options === undefined ? noPasskeys(visit) : answerJson(visit, options)
}

/** `POST /account/passkeys`: one more. */
export const addPasskey = async (visit: Visit, sections: readonly AccountSection[]): Promise<Response> => {
  const { services, texts, begin } = visit
  const form = await readForm(visit)
  const session = demandRecent(visit)
  if (session instanceof Response) return session
  const { id } = session.member
  const made = await verifyNewPasskey(services, { begin, member: id }, form.get('credential') ?? '')
  const name = (form.get('name') ?? '').trim().slice(0, 60) || texts.passkeyDefaultName
  const done =
    made !== undefined &&
    (await change(visit, {
      ...goesOn(session),
      detail: 'added a passkey',
      make: async (connection) =>
        (await keepPasskey(connection, services, id, made, name)) ? true : undefined,
    }))
  return done === true
    ? changed(visit)
    : accountAnswer(visit, session, sections, { at: 'passkey', text: texts.passkeyFailed })
}

/** Whether a member can still sign in: by passkey, or by a password with what goes with it. */
const hasWayIn = (account: Account | undefined, production: boolean): boolean =>
  account !== undefined &&
  (account.hasPasskey || (account.password !== undefined && (account.hasTotp || !production)))

/** `POST /account/passkeys/remove`: never the last way in. */
export const removePasskey = async (visit: Visit, sections: readonly AccountSection[]): Promise<Response> => {
  const { services } = visit
  const form = await readForm(visit)
  const session = demandRecent(visit)
  if (session instanceof Response) return session
  const { id } = session.member
  const done = await change(visit, {
    ...goesOn(session),
    detail: 'removed a passkey',
    make: async (connection) => {
      await connection.query(sql`SELECT id FROM member WHERE id = ${id} FOR UPDATE`)
      const removed = await connection.query(
        sql`DELETE FROM passkey WHERE member = ${id} AND id = ${form.get('passkey') ?? ''} RETURNING id`,
      )
      const account = await findAccount(connection, id)
      return removed.length === 1 && hasWayIn(account, services.settings.production) ? true : undefined
    },
  })
  return done === true
    ? changed(visit)
    : accountAnswer(visit, session, sections, { at: 'passkey', text: visit.texts.lastWayIn })
}
