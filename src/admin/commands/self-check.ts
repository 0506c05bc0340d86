import { type Command, type Desk, type Given, optional, readJson, required } from '../command.ts'
import { fail, misuse } from '../fault.ts'
import type { Proof } from '../self-check/check.ts'
import { lineOf, selfCheck } from '../self-check/run.ts'

/** `self-check` */
export const selfCheckCommand: Command = {
  name: 'self-check',
  summary: 'try, as a partner, whether everything is ready to exchange',
  usage:
    'self-check --base <FHIR base> --client <id> (--key <private JWK file> | --secret-file <file>)\n' +
    '  [--scope "<scopes>"] [--purpose <code>]\n' +
    '  for the partner, on its own machine: it needs nothing but the address, and keeps nothing but the trail there\n' +
    '  exits with 1 where a check fails, and says how to mend it',
  example:
    'self-check --base https://gateway.example/fhir --client mercy --key mercy.json --scope "system/ServiceRequest.cruds"',
  options: {
    base: { type: 'string' },
    client: { type: 'string' },
    key: { type: 'string' },
    'secret-file': { type: 'string' },
    scope: { type: 'string' },
    purpose: { type: 'string' },
  },
  positionals: [0, 0],
  perform: async (given, desk) => {
    const checks = await selfCheck(
      {
        base: required(given, 'base').replace(/\/+$/, ''),
        client: required(given, 'client'),
        proof: await proofOf(given, desk),
        scope: optional(given, 'scope'),
        purpose: optional(given, 'purpose'),
      },
      desk.tell,
    )
    const wrong = checks.filter(({ ok }) => !ok).length
    const text =
      wrong === 0
        ? 'ready'
        : checks
            .filter(({ ok }) => !ok)
            .map(lineOf)
            .join('\n')
    const json = { ready: wrong === 0, checks }
    return wrong === 0 ? { text, json } : { text, json, fault: `${wrong} of ${checks.length} checks failed` }
  },
}

const proofOf = async (given: Given, desk: Desk): Promise<Proof> => {
  const [key, secret] = [optional(given, 'key'), optional(given, 'secret-file')]
  if ((key === undefined) === (secret === undefined))
    return misuse('say how you prove yourself: one of `--key`, `--secret-file`')
  if (secret !== undefined) return { kind: 'secret', secret: (await desk.readText(secret)).trim() }
  const read = await readJson(desk, key ?? '')
  const [jwk] =
    typeof read === 'object' && read !== null && 'keys' in read ? (read.keys as unknown[]) : [read]
  return typeof jwk === 'object' && jwk !== null
    ? { kind: 'key', jwk: { ...jwk } }
    : fail('the key is not a JWK')
}
