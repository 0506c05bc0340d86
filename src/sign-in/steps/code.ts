import { paths } from '../addresses.ts'
import { answerPage, redirect } from '../answer.ts'
import { forgetFailures, takeAttempt } from '../limits.ts'
import { findAccount } from '../members.ts'
import { codePage } from '../pages/code-page.ts'
import { looksLikeRecoveryCode, useRecoveryCode } from '../recovery-codes.ts'
import { readTicket, takeTicket } from '../ticket.ts'
import { useTotp } from '../totp.ts'
import { nextOf, readForm, type Visit } from '../visit.ts'
import { finish, record } from './finish.ts'
import type { FirstFactor } from './sign-in.ts'

/** Who has given the first factor in this browser, a moment ago. */
const waiting = async ({ services, begin }: Visit): Promise<string | undefined> =>
  (await readTicket<FirstFactor>(services.database, services, 'second-factor', begin))?.member ?? undefined

const restart = (visit: Visit): Response =>
  redirect(visit, paths.signIn, { next: nextOf(visit.url.searchParams) })

/** `GET /sign-in/code` */
export const showCode = async (visit: Visit): Promise<Response> =>
  (await waiting(visit)) === undefined ? restart(visit) : codeAnswer(visit)

const codeAnswer = (visit: Visit, fault?: string): Response =>
  answerPage(visit, {
    title: visit.texts.code,
    status: fault === undefined ? 200 : 400,
    fault: fault !== undefined,
    body: codePage(visit, nextOf(visit.url.searchParams), fault),
  })

/** `POST /sign-in/code`: a code of the authenticator app, or a recovery code. */
export const signInByCode = async (visit: Visit): Promise<Response> => {
  const { services, texts, begin, url } = visit
  const form = await readForm(visit)
  const member = await waiting(visit)
  const account = member === undefined ? undefined : await findAccount(services.database, member)
  if (account === undefined) return restart(visit)
  const allowed = await isAllowed(visit, account.id)
  const right = allowed && (await isCode(visit, account.id, form.get('code') ?? ''))
  if (!right) {
    await record(visit, 'refused', account, allowed ? 'wrong code' : 'too many attempts')
    return codeAnswer(visit, texts.wrongCode)
  }
  const ticket = await takeTicket<FirstFactor>(services.database, services, 'second-factor', begin)
  if (ticket?.member !== account.id) return restart(visit)
  await forgetFailures(services, 'code', account.id)
  await forgetFailures(services, 'code day', account.id)
  return finish(visit, account, [...ticket.content.methods, 'otp', 'mfa'], nextOf(url.searchParams))
}

const isAllowed = async ({ services }: Visit, member: string): Promise<boolean> =>
  (await takeAttempt(services, 'code', member)) && (await takeAttempt(services, 'code day', member))

const isCode = ({ services }: Visit, member: string, code: string): Promise<boolean> =>
  looksLikeRecoveryCode(code) ? useRecoveryCode(services, member, code) : useTotp(services, member, code)
