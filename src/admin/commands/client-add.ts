import { z } from 'zod'
import { findClient, upsertClient } from '../../smart/clients.ts'
import { newClientSecret } from '../../smart/secrets.ts'
import { type Command, isSet, optional, readJson, referenceTo, repeated, required } from '../command.ts'
import { misuse } from '../fault.ts'
import type { Operation } from '../operation.ts'
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
export const addClient: Operation<z.output<typeof input>, Answer> = {
  name: 'client add',
  input,
  run: async ({ services: { database } }, { registration, renew }) => {
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
}

/** `client add` */
export const clientAdd: Command = {
  name: 'client add',
  summary: 'register a client, or change it',
  usage:
    'client add --id <id> (--jwks <file|url> | --secret [--renew] | --public) --scope "<scopes>" --organization Organization/<id>\n' +
    '  [--purpose <code>]… [--redirect <url>]… [--role <role>]… [--prefix <start of ids>]',
  example:
    'client add --id clinic --jwks jwks.json --scope "system/*.rs" --organization Organization/riverbend --purpose TREAT',
  options: {
    id: { type: 'string' },
    jwks: { type: 'string' },
    secret: { type: 'boolean' },
    renew: { type: 'boolean' },
    public: { type: 'boolean' },
    scope: { type: 'string' },
    organization: { type: 'string' },
    purpose: { type: 'string', multiple: true },
    redirect: { type: 'string', multiple: true },
    role: { type: 'string', multiple: true },
    prefix: { type: 'string' },
  },
  positionals: [0, 0],
  perform: async (given, desk) => {
    const prefix = optional(given, 'prefix')
    const registration = {
      id: required(given, 'id'),
      organization: referenceTo('Organization', required(given, 'organization')),
      ...(await proofOf(given, desk)),
      scope: required(given, 'scope'),
      purposes: repeated(given, 'purpose'),
      redirects: repeated(given, 'redirect'),
      roles: repeated(given, 'role'),
      ...(prefix === undefined ? {} : { prefix }),
    }
    const answer = await desk.call(addClient, { registration, renew: isSet(given, 'renew') })
    const { client_secret: secret } = answer
    if (answer.kind === 'secret' && secret === undefined)
      desk.tell('the secret stays as it is; `--renew` makes another')
    if (secret !== undefined)
      desk.tell(`client \`${answer.id}\` is registered; its secret is shown this once`)
    return { text: secret ?? `client \`${answer.id}\` is registered`, json: answer }
  },
}

/** How the client proves itself: exactly one way. */
const proofOf = async (
  given: Parameters<typeof optional>[0],
  desk: Parameters<typeof readJson>[0],
): Promise<{ kind: string; jwks?: unknown; jwksUrl?: string }> => {
  const jwks = optional(given, 'jwks')
  const ways = [jwks !== undefined, isSet(given, 'secret'), isSet(given, 'public')].filter(Boolean)
  if (ways.length !== 1)
    return misuse('say how the client proves itself: one of `--jwks`, `--secret`, `--public`')
  if (jwks === undefined) return { kind: isSet(given, 'secret') ? 'secret' : 'public' }
  if (/^https?:\/\//.test(jwks)) return { kind: 'jwks-url', jwksUrl: jwks }
  return { kind: 'jwks', jwks: publicOnly(await readJson(desk, jwks)) }
}

/** A key set, or one key alone; private members never leave the file. */
const publicOnly = (read: unknown): unknown => {
  const set = z.looseObject({ keys: z.array(z.looseObject({})) }).safeParse(read)
  const keys = set.success ? set.data.keys : [z.looseObject({}).safeParse(read).data ?? {}]
  return {
    keys: keys.map((key) =>
      Object.fromEntries(Object.entries(key).filter(([name]) => !privateMembers.has(name))),
    ),
  }
}

/** RFC 7518 sections 6.2.2 and 6.3.2. */
const privateMembers: ReadonlySet<string> = new Set(['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'])
