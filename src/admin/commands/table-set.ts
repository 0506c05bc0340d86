import { type Command, readJson, required } from '../command.ts'

/** `table set` */
export const tableSet: Command = {
  name: 'table set',
  summary: 'set rows of the default and state tables',
  usage:
    'table set --file <json>\n' +
    '  an array of {label, class, purpose, state, effect, citation}, or {rows, reports, minors}:\n' +
    '  reports, to whom the custodians of a state report what: {state, kind, agency: Organization/<id>, citation};\n' +
    '  minors, what a minor may consent to, and who signs: {state, label, minimumAge, signs: minor|joint, since, until, citation}.\n' +
    '  A representative reads what rows with `class` representative and a state permit, label by label; without them nothing',
  example: 'table set --file oregon.json',
  options: { file: { type: 'string' } },
  positionals: [0, 0],
  perform: async (given, desk) => {
    const answer = await desk.call('table set', await readJson(desk, required(given, 'file')))
    return { text: `rows set: ${answer.rows}`, json: answer }
  },
}
