import type { Context, Hono } from 'hono'
import type { Services } from '../services.ts'
import { paths } from './addresses.ts'
import { answerPage } from './answer.ts'
import { messagePage } from './pages/message-page.ts'
import { passkeyScript } from './passkey-script.ts'
import { type AccountSection, endOthers, showAccount } from './steps/account.ts'
import {
  addPasskey,
  changePassword,
  newPasskeyOptions,
  removePasskey,
  renewRecoveryCodes,
  setAuthenticator,
  showAuthenticator,
} from './steps/account-changes.ts'
import { showCode, signInByCode } from './steps/code.ts'
import { enrollByPasskey, enrollByPassword, enrollOptions, showEnroll } from './steps/enroll.ts'
import { arriveFromProvider, leaveToProvider } from './steps/external.ts'
import { onward, signOut } from './steps/onward.ts'
import { passkeyOptions, signInByPasskey } from './steps/passkey.ts'
import { showSignIn, signIn } from './steps/sign-in.ts'
import { PageFault, type Visit, visitOf } from './visit.ts'

type Step = (visit: Visit, context: Context) => Promise<Response>

/** Adds the pages of this room to the app. `sections` are what other rooms show on the account page. */
export const signInRoutes = (
  app: Hono,
  servicesOf: (context: Context) => Services,
  sections: readonly AccountSection[] = [],
): void => {
  const route = (step: Step) => async (context: Context) => answer(servicesOf(context), context, step)
  const byTicket = (step: (visit: Visit, ticket: string) => Promise<Response>) =>
    route((visit, context) => step(visit, context.req.param('ticket') ?? ''))

  app.get(paths.signIn, route(showSignIn))
  app.post(paths.signIn, route(signIn))
  app.get(paths.code, route(showCode))
  app.post(paths.code, route(signInByCode))
  app.get(paths.passkeyScript, script)
  app.post(paths.passkeyOptions, route(passkeyOptions))
  app.post(paths.passkey, route(signInByPasskey))
  app.get(paths.external, route(leaveToProvider))
  app.get(paths.callback, route(arriveFromProvider))
  app.get(paths.onward, route(onward))
  app.post(paths.signOut, route(signOut))

  app.get(`${paths.enroll}/:ticket`, byTicket(showEnroll))
  app.post(`${paths.enroll}/:ticket`, byTicket(enrollByPassword))
  app.post(`${paths.enroll}/:ticket/passkey/options`, byTicket(enrollOptions))
  app.post(`${paths.enroll}/:ticket/passkey`, byTicket(enrollByPasskey))

  app.get(
    paths.account,
    route((visit) => showAccount(visit, sections)),
  )
  app.post(
    paths.accountPassword,
    route((visit) => changePassword(visit, sections)),
  )
  app.get(paths.authenticator, route(showAuthenticator))
  app.post(paths.authenticator, route(setAuthenticator))
  app.post(paths.recoveryCodes, route(renewRecoveryCodes))
  app.post(paths.passkeysOptions, route(newPasskeyOptions))
  app.post(
    paths.passkeys,
    route((visit) => addPasskey(visit, sections)),
  )
  app.post(
    paths.passkeysRemove,
    route((visit) => removePasskey(visit, sections)),
  )
  app.post(paths.sessionsEnd, route(endOthers))
}

const script = (): Response =>
  new Response(passkeyScript, {
    headers: {
      'content-type': 'text/javascript; charset=utf-8',
      'cache-control': 'public, max-age=300',
      'x-content-type-options': 'nosniff',
    },
  })

/** Runs a step; what it refuses is a page too, in the reader's language. */
const answer = async (services: Services, context: Context, step: Step): Promise<Response> => {
  const visit = await visitOf(services, context)
  try {
    return await step(visit, context)
  } catch (fault) {
    if (fault instanceof PageFault) return refused(visit, fault.status)
    const detail = fault instanceof Error ? fault.name : typeof fault
    services.log({ level: 'error', event: 'unexpected fault', request: visit.id, detail })
    return refused(visit, 500)
  }
}

/** Forms are good at the public address alone: the link leads there. */
const refused = (visit: Visit, status: PageFault['status'] | 500): Response => {
  const [title, text] = wordsOf(visit, status)
  const href = `${visit.services.settings.publicUrl}${paths.account}`
  const link = status === 403 ? { href, label: visit.texts.tryAgain } : undefined
  return answerPage(visit, {
    title,
    status,
    self: paths.account,
    body: messagePage({ title, text, link }),
  })
}

const wordsOf = ({ texts }: Visit, status: PageFault['status'] | 500): readonly [string, string] => {
  switch (status) {
    case 403:
    case 413:
      return [texts.forbidden, texts.forbiddenText]
    case 404:
      return [texts.notFound, texts.notFoundText]
    case 429:
      return [texts.tooMany, texts.tooManyText]
    case 500:
      return [texts.broken, texts.brokenText]
  }
}
