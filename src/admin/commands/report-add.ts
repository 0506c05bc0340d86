import { type Command, readJson, required } from '../command.ts'

/** `report add` */
export const reportAdd: Command = {
  name: 'report add',
  summary: 'write a mandated report to the agency that the state names',
  usage:
    'report add --file <json>\n' +
    '  {kind, custodian, patient, by, reporter, noticed, statement, informed, records}\n' +
    '  kind: child-abuse, adult-abuse (an elder or dependent adult), domestic-violence (where the state demands it);\n' +
    '  a Part 2 program reports child abuse and neglect only (42 CFR 2.12(c)(6));\n' +
    '  informed: true, or {"withheld": <why>}: then the patient does not read it (45 CFR 164.512(c)(2), 164.524(a)(3));\n' +
    '  records: what the report names; it stays where it is, and the agency does not see that it is named.\n' +
    '  The agency is that of the state row (`table set`, {"reports": [{state, kind, agency, citation}]}); its tokens with\n' +
    '  the purpose THREAT read the document and nothing else. It is an initial report: 42 CFR 2.12(c)(6) opens no records\n' +
    '  for what the agency asks afterwards; that needs a consent or a court order (`exception add`)',
  example: 'report add --file report.json',
  options: { file: { type: 'string' } },
  positionals: [0, 0],
  perform: async (given, desk) => {
    const answer = await desk.call('report add', await readJson(desk, required(given, 'file')))
    const { id, document, agency, purpose, until, citation } = answer
    return {
      text: `${id}  ${document}: ${agency} reads it for ${purpose} until ${until} (${citation})`,
      json: answer,
    }
  },
}
