import * as z from 'zod'
import { type Rotated, rotateKeys } from '../../smart/grants/signing-keys.ts'
import { operation } from '../operation.ts'

const hour = 3600 * 1000

/** Makes a new key for id_tokens; it is published now, and signs in an hour or, where that is asked for, at once. */
export const rotateSigningKeys = operation(
  z.object({ now: z.boolean() }),
  ({ services: { database, clock } }, { now }): Promise<Rotated> =>
    database.transaction((connection) => rotateKeys(connection, clock.real(), now ? 0 : hour)),
)
