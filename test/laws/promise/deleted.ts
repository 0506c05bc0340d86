import { isDeepStrictEqual } from 'node:util'
import type { Asked } from '../../../src/consent/asked.ts'
import type { World as Server } from '../../contract/world.ts'
import type { TwinWorld } from '../twin/twin.ts'
import { heldFor, keyOf } from './stand.ts'

/** As the custodian's own client. */
const tokenFor = (server: Server, custodian: string) => server.token(custodian, { purpose: 'TREAT' })

/**
 * Deletes some of what is hidden from the asker, by whoever holds it: that it was ever there is hidden, too (410 is for those
 * who saw it). What moves the sight of the asker by being gone is left alone.
 */
export const deleteHidden = async (
  server: Server,
  twin: TwinWorld,
  asked: Asked,
  at: string,
): Promise<readonly string[]> => {
  const held = heldFor(twin, asked, at)
  const left = new Set(held.map(({ resource }) => keyOf(resource)))
  const hidden = twin.records.filter(({ resource }) => !left.has(keyOf(resource)) && /^(?:Condition|Observation|Encounter)$/.test(resource.resourceType))
  const gone = hidden.filter((_, place) => place % 7 === 3).slice(0, 2)
  const without = { ...twin, records: twin.records.filter((one) => !gone.includes(one)) }
  if (!isDeepStrictEqual(heldFor(without, asked, at), held)) return []
  for (const { resource, custodian } of gone)
    await server.send(await tokenFor(server, custodian), 'DELETE', keyOf(resource))
  return gone.map(({ resource }) => keyOf(resource))
} // prettier-ignore
