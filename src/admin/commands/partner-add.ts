import { type Command, readJson, required } from '../command.ts'

/** `partner add` */
export const partnerAdd: Command = {
  name: 'partner add',
  summary: 'make an organization known, or change it',
  usage:
    'partner add --file <json>\n' +
    '  one object or an array: {id, name, class, part2, partOf, principal, state, channels, policies}\n' +
    '  policies: {"validation": "reject" | "warn" | "hold", "profiles": [canonical, …]}: what becomes of what it sends that\n' +
    '  does not conform to a profile it declares or one of these: refused (so by default), taken with a warning, or held\n' +
    '  from all but its custodian and the patient until a version conforms or an officer accepts it (`review list`)',
  example: 'partner add --file clinic.json',
  options: { file: { type: 'string' } },
  positionals: [0, 0],
  perform: async (given, desk) => {
    const read = await readJson(desk, required(given, 'file'))
    const partners: unknown = Array.isArray(read) ? read : [read]
    const answer = await desk.call('partner add', partners)
    return { text: `known: ${answer.partners.join(', ')}`, json: answer }
  },
}
