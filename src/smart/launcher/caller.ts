import type { Caller } from '../../authenticate/caller.ts'
import type { Member } from '../../sign-in/session.ts'
import type { Visit } from '../../sign-in/visit.ts'
import { choosingCaller } from '../authorize/standing.ts'
import type { LaunchableApp } from './apps.ts'

/** The user as a caller who may look for what an app is launched with: as at the pages of authorization. */
export const callerFor = ({ services }: Visit, member: Member, app: LaunchableApp): Promise<Caller> =>
  choosingCaller(services, app, member, app.purposes[0] ?? '')
