import { type Command, readJson, required } from '../command.ts'

/** `exception add` */
export const exceptionAdd: Command = {
  name: 'exception add',
  summary: 'open a court order, an audit or research, before consent',
  usage:
    'exception add --file <json>\n' +
    '  {kind, organization, custodian, by, scope: {description, labels, types, from, until}, end} and\n' +
    '  court-order: {patient, court, docket, date, order, compulsion} (42 CFR 2.61)\n' +
    '  audit, research: {attestation, attestedBy, noOnwardIdentification, patient} (42 CFR 2.53, 2.52)\n' +
    '  then tokens of that organization with the purpose HLEGAL, HCOMPL or HRESCH read what is in the scope;\n' +
    '  types, from, until and labels narrow the scope: a record goes if each of its labels is in it;\n' +
    '  without a patient, all that the custodian holds',
  example: 'exception add --file order.json',
  options: { file: { type: 'string' } },
  positionals: [0, 0],
  perform: async (given, desk) => {
    const answer = await desk.call('exception add', await readJson(desk, required(given, 'file')))
    const { id, kind, purpose, recipient, end } = answer
    return { text: `${id}  ${kind}: ${recipient} reads for ${purpose} until ${end}`, json: answer }
  },
}
