import type { Caller } from '../../authenticate/caller.ts'
import { stories } from '../../demo/county.ts'
import type { Services } from '../../services.ts'
import { findPatient } from '../authorize/choices.ts'

/** Who revoked comes first: the demo's plainest case of a consent that lets nobody see anything. */
const first = 'Patient/marcus'

/**
 * Somebody of the demo county whom a user may not see, asked at the door like everybody; undefined where there is nobody. Who
 * lives in the county is told on the page at `/`, so this tells nothing.
 */
export const findHiddenPatient = async (
  services: Services,
  request: string,
  caller: Caller,
): Promise<string | undefined> => {
  const people = stories.map(({ patient }) => patient)
  for (const one of [first, ...people]) {
    const id = one.slice('Patient/'.length)
    if ((await findPatient(services, request, caller, id)) === undefined) return id
  }
  return undefined
}
