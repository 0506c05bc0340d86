import { answerJson, answerPage, redirect } from '../answer.ts'
import { paths } from '../addresses.ts'
import { takeAttempt } from '../limits.ts'
import { type Account, clearCredentials, findAccount, setPassword } from '../members.ts'
import { enrollPage, type EnrollPage } from '../pages/enroll-page.ts'
import { recoveryPage } from '../pages/recovery-page.ts'
import { askForNewPasskey, keepPasskey, verifyNewPasskey } from '../passkeys.ts'
import { hashPassword, passwordFault } from '../password.ts'
import { newRecoveryCodes } from '../recovery-codes.ts'
import { readTicket, takeTicket } from '../ticket.ts'
import { setTotp, totpStep } from '../totp.ts'
import { PageFault, readForm, type Visit } from '../visit.ts'
import { change } from './change.ts'
import { newPasswordText } from './new-password.ts'
import { noPasskeys } from './passkey.ts'

/** What an enrollment link brings: the secret that its page shows, the same whenever it is opened. */
export interface Enrolling {
  readonly secret: string
}

/** A link that is good, with the member whom it is for. */
interface Opened {
  readonly ticket: string
  readonly account: Account
  readonly secret: string
}

const open = async ({ services, address }: Visit, ticket: string): Promise<Opened> => {
  if (!(await takeAttempt(services, 'challenge', address))) throw new PageFault(429)
  const found = await readTicket<Enrolling>(services.database, services, 'enroll', ticket)
  const account = await findAccount(services.database, found?.member ?? '')
  if (found === undefined || account === undefined) throw new PageFault(404)
  return { ticket, account, secret: found.content.secret }
}

const answer = (visit: Visit, { ticket, account, secret }: Opened, fault?: EnrollPage['fault']): Response =>
  answerPage(visit, {
    title: visit.texts.enroll,
    status: fault === undefined ? 200 : 400,
    fault: fault !== undefined,
    script: true,
    self: `${paths.enroll}/${ticket}`,
    body: enrollPage(visit, { ticket, member: account.id, secret, fault }),
  })

/** `GET /account/enroll/<ticket>`: looking at it does not use the link up, since mail scanners look at links. */
export const showEnroll = async (visit: Visit, ticket: string): Promise<Response> =>
  answer(visit, await open(visit, ticket))

/** `POST /account/enroll/<ticket>`: a password and an authenticator app, in place of all that was set up. */
export const enrollByPassword = async (visit: Visit, ticket: string): Promise<Response> => {
  const { services, texts } = visit
  const form = await readForm(visit)
  const opened = await open(visit, ticket)
  const { account, secret } = opened
  const password = form.get('password') ?? ''
  const fault = passwordFault(password, account.id)
  if (fault !== undefined || password !== form.get('repeat'))
    return answer(visit, opened, { at: 'password', text: newPasswordText(texts, fault) })
  const step = totpStep(secret, form.get('code') ?? '', services.clock.real())
  if (step === undefined) return answer(visit, opened, { at: 'code', text: texts.wrongCode })
  const hash = await hashPassword(password)
  const codes = await change(visit, {
    member: account,
    detail: 'set up a password and an authenticator app by link',
    methods: ['pwd', 'otp', 'mfa'],
    make: async (connection) => {
      if ((await takeTicket(connection, services, 'enroll', ticket)) === undefined) return undefined
      await clearCredentials(connection, account.id)
      await setPassword(connection, services, account.id, hash)
      await setTotp(connection, services, account.id, secret, step)
      return newRecoveryCodes(connection, services, account.id)
    },
  })
  if (codes === undefined) throw new PageFault(404)
  return answerPage(visit, { title: texts.recovery, self: paths.account, body: recoveryPage(visit, codes) })
}

/** `POST /account/enroll/<ticket>/passkey/options` */
export const enrollOptions = async (visit: Visit, ticket: string): Promise<Response> => {
  await readForm(visit)
  const { account } = await open(visit, ticket)
  const options = await askForNewPasskey(visit.services, { begin: visit.begin, member: account.id })
  return options === undefined ? noPasskeys(visit) : answerJson(visit, options)
}

/** `POST /account/enroll/<ticket>/passkey`: a passkey, in place of all that was set up. */
export const enrollByPasskey = async (visit: Visit, ticket: string): Promise<Response> => {
  const { services, texts, begin } = visit
  const form = await readForm(visit)
  const opened = await open(visit, ticket)
  const { account } = opened
  const made = await verifyNewPasskey(services, { begin, member: account.id }, form.get('credential') ?? '')
  if (made === undefined) return answer(visit, opened, { at: 'passkey', text: texts.passkeyFailed })
  const done = await change(visit, {
    member: account,
    detail: 'set up a passkey by link',
    methods: [made.method, 'mfa'],
    make: async (connection) => {
      if ((await takeTicket(connection, services, 'enroll', ticket)) === undefined) return undefined
      await clearCredentials(connection, account.id)
      const kept = await keepPasskey(connection, services, account.id, made, texts.passkeyDefaultName)
      return kept ? true : undefined
    },
  })
  if (done === undefined) throw new PageFault(404)
  return redirect(visit, paths.account)
}
