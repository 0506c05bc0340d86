import { z } from 'zod'
import { findClient } from '../../smart/clients.ts'
import { issueToken } from '../../smart/issue.ts'
import { type Command, optional, required } from '../command.ts'
import { fail } from '../fault.ts'
import type { Operation } from '../operation.ts'

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
export const makeToken: Operation<z.output<typeof input>, Answer> = {
  name: 'token',
  input,
  run: async ({ services, settings }, { client: id, ...asked }) => {
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
}

/** `token` */
export const tokenCommand: Command = {
  name: 'token',
  summary: 'print an access token for a client',
  usage: 'token --client <id> [--scope "<scopes>"] [--purpose <code>] [--user <id>] [--patient Patient/<id>]',
  example: 'token --client mercy-general --purpose TREAT',
  options: {
    client: { type: 'string' },
    scope: { type: 'string' },
    purpose: { type: 'string' },
    user: { type: 'string' },
    patient: { type: 'string' },
  },
  positionals: [0, 0],
  perform: async (given, desk) => {
    const answer = await desk.call(makeToken, {
      client: required(given, 'client'),
      scope: optional(given, 'scope'),
      purpose: optional(given, 'purpose'),
      user: optional(given, 'user'),
      patient: optional(given, 'patient'),
    })
    return { text: answer.access_token, json: answer }
  },
}
