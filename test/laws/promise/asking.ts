import fc from 'fast-check'
import { type Asked, isRepresentative } from '../../../src/consent/asked.ts'
import { askers, type World } from '../arbitrary.ts'
import { custodians, organizations } from '../drawn/town.ts'
import { isInForce } from '../twin/exceptions.ts'
import { isOnCareTeam } from '../twin/standing.ts'
import type { TwinAsker, TwinWorld } from '../twin/twin.ts'
import { openable } from './except.ts'

/** Who asks, as the twin knows them. */
export const twinAsker = (asked: Asked, moment: string): TwinAsker => ({
  ...asked,
  organization: asked.organization.slice('Organization/'.length),
  moment,
})

/** Whose records somebody writes: a business associate writes those of its principal. */
export const homeOf = ({ organization }: Asked): string => {
  const own = organizations.find(({ id }) => `Organization/${id}` === organization)
  return (own?.principal ?? organization).slice('Organization/'.length)
}

/** Somebody who asks about a drawn world; now and then by an exception that is drawn in it, or as a user on a care team. */
export const askerOf = (run: string, held: World, moment: string): fc.Arbitrary<Asked> => {
  const all = askers(run)
  const opened = openable(held.exceptions, `Patient/${run}-clinic`)
  const excepted = all.filter((asked) => opened.some((one) => isInForce(one, twinAsker(asked, moment))))
  return fc.oneof(
    { weight: 5, arbitrary: fc.constantFrom(...all) },
    { weight: 1, arbitrary: fc.constantFrom(...all.filter(isClinician)) },
    ...(excepted.length === 0 ? [] : [{ weight: 2, arbitrary: fc.constantFrom(...excepted) }]),
  )
}

const isClinician = ({ organization, role, purpose }: Asked): boolean =>
  role === 'clinician' && purpose === 'TREAT' && custodians.some((id) => organization.endsWith(id))

/** Whether somebody owns a Task that another organization holds. */
const owns = ({ records }: TwinWorld, organization: string): boolean =>
  records.some(
    ({ resource, custodian }) =>
      resource.resourceType === 'Task' &&
      resource.owner?.reference === organization &&
      `Organization/${custodian}` !== organization,
  )

/** What is special about who asks, for the law to say how often it had it. */
export const specialIn = (twin: TwinWorld, asked: Asked, moment: string): readonly string[] => {
  const asker = twinAsker(asked, moment)
  const own = twin.records.filter(({ custodian }) => custodian === asker.organization)
  const patients = own.flatMap(({ resource: { resourceType, id } }) => (resourceType === 'Patient' ? [id ?? ''] : []))
  const isUser = asked.role === 'clinician' && asked.patient === undefined
  const onTeam = patients.some((patient) => isOnCareTeam(twin, asker, asker.organization, patient))
  return [
    ...((twin.exceptions ?? []).some((one) => isInForce(one, asker)) ? ['an exception in force'] : []),
    ...(isUser && onTeam ? ['a user on a care team'] : []),
    ...(isUser && !onTeam && patients.length > 0 ? ['a user on none'] : []),
    ...(isRepresentative(asked) ? ['a representative'] : []),
    ...(asker.organization === 'broker' ? ['an intermediary'] : []),
    ...(asker.organization === 'agent' ? ['a business associate'] : []),
    ...(owns(twin, asked.organization) ? ['an owner of Tasks'] : []),
  ]
} // prettier-ignore
