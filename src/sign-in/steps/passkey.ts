import { answerJson, answerPage } from '../answer.ts'
import { returnAttempt, takeAttempt } from '../limits.ts'
import { findAccount } from '../members.ts'
import { messagePage } from '../pages/message-page.ts'
import { askForPasskey, verifyPasskey } from '../passkeys.ts'
import { nextOf, PageFault, readForm, type Visit } from '../visit.ts'
import { finish, record } from './finish.ts'
import { signInAnswer } from './sign-in.ts'

/** `POST /sign-in/passkey/options`: a challenge for this browser. */
export const passkeyOptions = async (visit: Visit): Promise<Response> => {
  const { services, address, begin } = visit
  await readForm(visit)
  if (!(await takeAttempt(services, 'challenge', address))) throw new PageFault(429)
  const options = await askForPasskey(services, { begin })
  return options === undefined ? noPasskeys(visit) : answerJson(visit, options)
}

/** Where the public address is one that can have no passkeys. */
export const noPasskeys = (visit: Visit): Response =>
  answerPage(visit, {
    title: visit.texts.passkeys,
    status: 404,
    body: messagePage({ title: visit.texts.passkeys, text: visit.texts.passkeyUnsupported }),
  })

/** `POST /sign-in/passkey`: what the browser made of the challenge. */
export const signInByPasskey = async (visit: Visit): Promise<Response> => {
  const { services, texts, address, begin, url } = visit
  const form = await readForm(visit)
  if (!(await takeAttempt(services, 'address', address))) throw new PageFault(429)
  const presented = await verifyPasskey(services, { begin }, form.get('credential') ?? '')
  const account = presented === undefined ? undefined : await findAccount(services.database, presented.member)
  if (presented === undefined || account === undefined) {
    await record(visit, 'refused', undefined, 'passkey not accepted')
    return signInAnswer(visit, { fault: texts.passkeyFailed })
  }
  await returnAttempt(services, 'address', address)
  return finish(visit, account, [presented.method, 'mfa'], nextOf(url.searchParams))
}
