import { demoUsersOf } from '../demo-users.ts'
import { paths } from '../addresses.ts'
import { answerPage, redirect } from '../answer.ts'
import { forgetFailures, returnAttempt, takeAttempt } from '../limits.ts'
import { type Account, findAccount, setPassword } from '../members.ts'
import { signInPage } from '../pages/sign-in-page.ts'
import { hashPassword, isOutdated, isPassword } from '../password.ts'
import { keepTicket } from '../ticket.ts'
import { nextOf, PageFault, readForm, type Visit } from '../visit.ts'
import { finish, record } from './finish.ts'

/** In seconds: how long the first factor waits for the second. */
const patience = 10 * 60

/** What waits for the second factor. */
export interface FirstFactor {
  readonly methods: readonly string[]
}

/** `GET /sign-in`: the form; whoever is signed in goes on at once, unless a new sign-in was asked for. */
export const showSignIn = async (visit: Visit): Promise<Response> =>
  visit.session !== undefined && !isFresh(visit)
    ? redirect(visit, nextOf(visit.url.searchParams))
    : signInAnswer(visit)

export const isFresh = ({ url }: Visit): boolean => url.searchParams.get('fresh') === '1'

/** The page of sign-in, with what went wrong. */
export const signInAnswer = async (
  visit: Visit,
  { fault, user }: { fault?: string; user?: string } = {},
): Promise<Response> =>
  answerPage(visit, {
    title: visit.texts.signIn,
    status: fault === undefined ? 200 : 400,
    fault: fault !== undefined,
    script: true,
    self: paths.signIn,
    body: signInPage(visit, {
      next: nextOf(visit.url.searchParams),
      fresh: isFresh(visit),
      fault,
      ...(user === undefined ? {} : { user }),
      external: visit.services.settings.openId !== undefined,
      demo: await demoUsersOf(visit.services),
    }),
  })

/**
 * `POST /sign-in`: user name and password. INVARIANT: an unknown user, a wrong password and a locked account get the same
 * answer after the same work.
 */
export const signIn = async (visit: Visit): Promise<Response> => {
  const { services, texts, address } = visit
  const form = await readForm(visit)
  if (!(await takeAttempt(services, 'address', address))) throw new PageFault(429)
  const user = (form.get('user') ?? '').trim().slice(0, 200)
  const allowed = await takeAttempt(services, 'account', user)
  const account = await findAccount(services.database, user)
  const right = await isPassword(account?.password, form.get('password') ?? '')
  if (account === undefined || !right || !allowed) {
    await record(visit, 'refused', account, allowed ? 'wrong user name or password' : 'too many attempts')
    return signInAnswer(visit, { fault: texts.wrongPassword, user })
  }
  await forgetFailures(services, 'account', user)
  await returnAttempt(services, 'address', address)
  await renewHash(visit, account, form.get('password') ?? '')
  return afterPassword(visit, account)
}

/** A password that was hashed at a lower cost is hashed again while it is at hand. */
const renewHash = async ({ services }: Visit, { id, password }: Account, given: string): Promise<void> => {
  if (password !== undefined && isOutdated(password))
    await setPassword(services.database, services, id, await hashPassword(given))
}

/** INVARIANT: in production, and where a second factor is set up, a password alone signs nobody in. */
const afterPassword = async (visit: Visit, account: Account): Promise<Response> => {
  const { services, texts, begin, url } = visit
  const next = nextOf(url.searchParams)
  if (account.hasTotp) {
    const content: FirstFactor = { methods: ['pwd'] }
    await keepTicket(services.database, services, 'second-factor', begin, {
      member: account.id,
      content,
      seconds: patience,
    })
    return redirect(visit, paths.code, { next })
  }
  if (!account.hasPasskey && !services.settings.production) return finish(visit, account, ['pwd'], next)
  await record(visit, 'refused', account, 'no second factor')
  return signInAnswer(visit, {
    fault: account.hasPasskey ? texts.needsPasskey : texts.needsSecondFactor,
    user: account.id,
  })
}
