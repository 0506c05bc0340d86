import { linkTo, paths } from '../addresses.ts'
import { answerPage, leave } from '../answer.ts'
import { arriveFrom, leaveFor } from '../external.ts'
import { takeAttempt } from '../limits.ts'
import { findAccount } from '../members.ts'
import { messagePage } from '../pages/message-page.ts'
import { nextOf, PageFault, type Visit } from '../visit.ts'
import { finish, record } from './finish.ts'
import { isFresh } from './sign-in.ts'

/** `GET /sign-in/external`: off to the provider. A link and no form, since `form-action` would hold for all that follows. */
export const leaveToProvider = async (visit: Visit): Promise<Response> => {
  const { services, address, begin, language, url } = visit
  const provider = services.settings.openId
  if (provider === undefined) throw new PageFault(404)
  if (!(await takeAttempt(services, 'challenge', address))) throw new PageFault(429)
  try {
    const departure = { begin, language, next: nextOf(url.searchParams), fresh: isFresh(visit) }
    return leave(visit, await leaveFor(services, provider, departure))
  } catch {
    services.log({ level: 'error', event: 'external provider not reached' })
    return refused(visit, nextOf(url.searchParams), 502)
  }
}

/** `GET /sign-in/external/callback`: back from the provider. Whom it does not know here, it tells no more than that. */
export const arriveFromProvider = async (visit: Visit): Promise<Response> => {
  const { services, address, begin, url } = visit
  const provider = services.settings.openId
  if (provider === undefined) throw new PageFault(404)
  if (!(await takeAttempt(services, 'address', address))) throw new PageFault(429)
  const arrival = await arriveFrom(services, provider, begin, url)
  const member = arrival?.member
  const account = member === undefined ? undefined : await findAccount(services.database, member)
  if (arrival !== undefined && account !== undefined) return finish(visit, account, ['fed'], arrival.next)
  await record(visit, 'refused', undefined, 'external provider')
  return refused(visit, arrival?.next ?? paths.account, 403)
}

const refused = (visit: Visit, next: string, status: number): Response => {
  const { texts, services } = visit
  const href = linkTo(services.settings.publicUrl, paths.signIn, { next })
  return answerPage(visit, {
    title: texts.externalFailed,
    status,
    fault: true,
    self: paths.signIn,
    body: messagePage({
      title: texts.externalFailed,
      text: texts.externalFailedText,
      link: { href, label: texts.tryAgain },
    }),
  })
}
