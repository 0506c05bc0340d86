import {
  type Command,
  type Desk,
  type Given,
  isSet,
  optional,
  readJson,
  referenceTo,
  repeated,
  required,
} from '../command.ts'
import { misuse } from '../fault.ts'

/** `client add` */
export const clientAdd: Command = {
  name: 'client add',
  summary: 'register a client, or change it',
  usage:
    'client add --id <id> (--jwks <file|url> | --secret [--renew] | --public) --scope "<scopes>" --organization Organization/<id>\n' +
    '  [--purpose <code>]… [--redirect <url>]… [--role <role>]… [--prefix <start of ids>]\n' +
    '  [--name <what users are told>] [--launch-url <url>]',
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
    name: { type: 'string' },
    'launch-url': { type: 'string' },
  },
  positionals: [0, 0],
  perform: async (given, desk) => {
    const prefix = optional(given, 'prefix')
    const [name, launchUrl] = [optional(given, 'name'), optional(given, 'launch-url')]
    const registration = {
      id: required(given, 'id'),
      organization: referenceTo('Organization', required(given, 'organization')),
      ...(await proofOf(given, desk)),
      scope: required(given, 'scope'),
      purposes: repeated(given, 'purpose'),
      redirects: repeated(given, 'redirect'),
      roles: repeated(given, 'role'),
      ...(prefix === undefined ? {} : { prefix }),
      ...(name === undefined ? {} : { name }),
      ...(launchUrl === undefined ? {} : { launchUrl }),
    }
    const answer = await desk.call('client add', { registration, renew: isSet(given, 'renew') })
    const { client_secret: secret } = answer
    if (answer.kind === 'secret' && secret === undefined)
      desk.tell('the secret stays as it is; `--renew` makes another')
    if (secret !== undefined)
      desk.tell(`client \`${answer.id}\` is registered; its secret is shown this once`)
    return { text: secret ?? `client \`${answer.id}\` is registered`, json: answer }
  },
}

/** How the client proves itself: exactly one way. */
export const proofOf = async (
  given: Given,
  desk: Desk,
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
  const keys: unknown[] = isObject(read) && Array.isArray(read.keys) ? read.keys : [read]
  return {
    keys: keys.map((key) =>
      isObject(key)
        ? Object.fromEntries(Object.entries(key).filter(([name]) => !privateMembers.has(name)))
        : key,
    ),
  }
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null

/** RFC 7518 sections 6.2.2 and 6.3.2. */
const privateMembers: ReadonlySet<string> = new Set(['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'])
