import { type Command, isSet, optional, readJson, repeated, required } from '../command.ts'
import { proofOf } from './client-add.ts'

/** `partner onboard` */
export const partnerOnboard: Command = {
  name: 'partner onboard',
  summary: 'make a partner known and register its client, in one go',
  usage:
    'partner onboard --file <json> (--jwks <file|url> | --secret [--renew]) [--id <client id>] [--scope "<scopes>"] [--purpose <code>]…\n' +
    '  the file is that of `partner add`, with one organization; id, scopes and purpose follow from it where they are not said\n' +
    '  prints what to send to the partner, and the self-check that the partner runs',
  example: 'partner onboard --file mercy.json --jwks mercy-public.json',
  options: {
    file: { type: 'string' },
    jwks: { type: 'string' },
    secret: { type: 'boolean' },
    renew: { type: 'boolean' },
    id: { type: 'string' },
    scope: { type: 'string' },
    purpose: { type: 'string', multiple: true },
  },
  positionals: [0, 0],
  perform: async (given, desk) => {
    const [id, scope, purposes] = [
      optional(given, 'id'),
      optional(given, 'scope'),
      repeated(given, 'purpose'),
    ]
    const answer = await desk.call('partner onboard', {
      partner: await readJson(desk, required(given, 'file')),
      client: {
        ...(await proofOf(given, desk)),
        ...(id === undefined ? {} : { id }),
        ...(scope === undefined ? {} : { scope }),
        ...(purposes.length === 0 ? {} : { purposes }),
      },
      renew: isSet(given, 'renew'),
    })
    return { text: letterOf(answer), json: answer }
  },
}

interface Onboarded {
  readonly id: string
  readonly kind: string
  readonly organization: string
  readonly scope: string
  readonly purposes: readonly string[]
  readonly client_secret?: string
  readonly fhir_base: string
  readonly token_endpoint: string
}

/** What to send to the partner. */
const letterOf = (own: Onboarded): string =>
  [
    `${own.organization} is known, and its client is registered. Send this to the partner:`,
    '',
    `FHIR base     ${own.fhir_base}`,
    `tokens        ${own.token_endpoint}`,
    `client id     ${own.id}`,
    ...(own.client_secret === undefined
      ? []
      : [`secret        ${own.client_secret}  (shown this once; send it apart)`]),
    `scopes        ${own.scope}`,
    `purpose       ${own.purposes.join(', ')}`,
    '',
    'Then the partner tries on its own machine, in a clone of this repository:',
    `npm run gateway -- self-check --base ${own.fhir_base} --client ${own.id} ${own.kind === 'secret' ? '--secret-file secret.txt' : '--key private.json'}`,
  ].join('\n')
