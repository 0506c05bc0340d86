import { recordSignIn } from '../../record/sign-in.ts'
import { paths } from '../addresses.ts'
import { redirect } from '../answer.ts'
import type { Member } from '../session.ts'
import { startSession } from '../session.ts'
import type { Visit } from '../visit.ts'

/** How somebody proved who they are, in words of the trail. */
const words: Readonly<Record<string, string>> = {
  pwd: 'password',
  otp: 'one-time code',
  hwk: 'passkey',
  swk: 'passkey',
  fed: 'external provider',
}

/** Signs a member in: the trail first, then a new session, then onward. */
export const finish = async (
  visit: Visit,
  member: Member,
  methods: readonly string[],
  next: string,
): Promise<Response> => {
  const by = methods.flatMap((method) => words[method] ?? []).join(' and ')
  await record(visit, 'done', member, `signed in by ${by}`)
  visit.cookies.push(...(await startSession(visit.services, visit.request, member.id, methods)))
  return redirect(visit, paths.onward, { next })
}

/** Keeps the record of a sign-in that was done or refused. */
export const record = (
  { services, id }: Visit,
  outcome: 'done' | 'refused',
  member: Member | undefined,
  detail: string,
): Promise<void> => recordSignIn(services, { request: id, interaction: 'sign-in', outcome, member, detail })
