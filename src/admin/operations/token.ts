import * as z from 'zod'
import { findClient } from '../../smart/clients.ts'
import { issueToken } from '../../smart/issue.ts'
import { fail } from '../fault.ts'
import { operation } from '../operation.ts'

/** Life of a token that an operator asks for, in seconds. */
const lifetime = 3600

const input = z.object({
  client: z.string(),
  scope: z.string().optional(),
  purpose: z.string().optional(),
  user: z.string().optional(),
  patient: z.string().optional(),
})

interface Answer {
  readonly access_token: string
  readonly token_type: 'bearer'
  readonly expires_in: number
  readonly scope: string
  readonly purpose: string
  readonly patient?: string
}

/** Issues a token to a registered client that need not prove itself: for demos and tests, never in production. */
export const makeToken = operation(
  input,
  async ({ services, settings }, { client: id, ...asked }): Promise<Answer> => {
    if (settings.production) return fail('tokens are not made by hand with `SLUICE_ENV=production`')
    const client = await findClient(services.database, id)
    if (client === undefined) return fail(`no client \`${id}\` is registered: see \`client add\``)
    const { token, expiresIn, scope, purpose, patient } = await services.database.transaction((connection) =>
      issueToken(connection, { client, ...asked, lifetime }, services),
    )
    return {
      access_token: token,
      token_type: 'bearer',
      expires_in: expiresIn,
      scope,
      purpose,
      ...(patient === undefined ? {} : { patient }),
    }
  },
)
