import { type Command, type Desk, type Given, type Printed, required } from '../command.ts'

const options = {
  item: { type: 'string' },
  by: { type: 'string' },
  note: { type: 'string' },
} as const

const settle = async (given: Given, desk: Desk, outcome: 'accepted' | 'refused'): Promise<Printed> => {
  const item = required(given, 'item')
  const answer = await desk.call('review settle', {
    item,
    outcome,
    by: required(given, 'by'),
    note: required(given, 'note'),
  })
  const { already, effect } = answer
  return { text: `${item}: ${outcome}${already ? ' before' : ''}, ${effect}`, json: answer }
}

/** `review accept` */
export const reviewAccept: Command = {
  name: 'review accept',
  summary: 'accept what waits: justified, one person, or in effect from now on',
  usage:
    'review accept --item <item> --by <who> --note <text>\n' +
    '  an exception or report was justified; two Patients are one person, with the records and consents of both;\n' +
    '  policy-bearing data takes effect for the custodian that holds it, and for no other.\n' +
    '  The same word again changes nothing; another one is refused',
  example: 'review accept --item Consent/0b5e… --by "P. Officer" --note "signed original seen"',
  options,
  positionals: [0, 0],
  perform: (given, desk) => settle(given, desk, 'accepted'),
}

/** `review refuse` */
export const reviewRefuse: Command = {
  name: 'review refuse',
  summary: 'refuse what waits: not justified, two persons, or without effect',
  usage:
    'review refuse --item <item> --by <who> --note <text>\n' +
    '  an exception or report that was not justified ends now; policy-bearing data stays without effect until a new version of it comes',
  example: 'review refuse --item identity/7 --by "P. Officer" --note "twins"',
  options,
  positionals: [0, 0],
  perform: (given, desk) => settle(given, desk, 'refused'),
}
