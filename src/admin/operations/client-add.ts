import * as z from 'zod'
import { findClient, upsertClient } from '../../smart/clients.ts'
import { newClientSecret } from '../../smart/secrets.ts'
import { operation } from '../operation.ts'
import { demandOrganization } from '../organizations.ts'

const input = z.object({
  registration: z.looseObject({ id: z.string(), organization: z.string(), kind: z.string() }),
  renew: z.boolean(),
})

interface Answer {
  readonly id: string
  readonly kind: string
  readonly organization: string
  readonly scope: string
  readonly purposes: readonly string[]
  /** A new secret, shown this once. */
  readonly client_secret?: string
}

/** Registers a client. A secret is made the first time, or when it is to be renewed, and shown once. */
export const addClient = operation(
  input,
  async ({ services: { database } }, { registration, renew }): Promise<Answer> => {
    await demandOrganization(database, registration.organization)
    const known = await findClient(database, registration.id)
    const kept = known?.kind === 'secret' && !renew ? known.secret : undefined
    const fresh = registration.kind === 'secret' && kept === undefined ? await newClientSecret() : undefined
    const secret = registration.kind === 'secret' ? { secret: kept ?? fresh?.hash } : {}
    const { id, kind, organization, scope, purposes } = await upsertClient(database, {
      ...registration,
      ...secret,
    })
    return {
      id,
      kind,
      organization,
      scope,
      purposes,
      ...(fresh === undefined ? {} : { client_secret: fresh.secret }),
    }
  },
)
