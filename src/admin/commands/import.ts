import { type Command, isSet, referenceTo, required } from '../command.ts'
import { gather } from '../gather.ts'
import type { Stored } from '../store-records.ts'

/** Resources that are stored in one transaction. */
const chunk = 500

/** `import` */
export const importCommand: Command = {
  name: 'import',
  summary: "store resources with the ids they have, as a custodian's records",
  usage:
    'import <bundle.json|ndjson>… --custodian Organization/<id> [--trusted]\n' +
    '  --trusted keeps versions, dates and labels, and makes Consents and other policy-bearing data effective',
  example: 'import world.json --custodian Organization/riverbend --trusted',
  options: { custodian: { type: 'string' }, trusted: { type: 'boolean' } },
  positionals: [1, Infinity],
  perform: async (given, desk) => {
    const custodian = referenceTo('Organization', required(given, 'custodian'))
    const texts = await Promise.all(
      given.positionals.map(async (path) => ({ name: path, text: await desk.readText(path) })),
    )
    const resources = gather(texts)
    const stored: Stored[] = []
    const problems: string[] = []
    for (let start = 0; start < resources.length && problems.length === 0; start += chunk) {
      const part = resources.slice(start, start + chunk)
      const answer = await desk.call('import', {
        custodian,
        trusted: isSet(given, 'trusted'),
        resources: part,
      })
      stored.push(...answer.resources)
      problems.push(...answer.problems)
      desk.tell(`${stored.length} of ${resources.length} stored`)
    }
    const json = { imported: stored.length, resources: stored, problems }
    const text = `${stored.length} resources stored`
    if (problems.length === 0) return { text, json }
    return {
      text,
      json,
      fault: [...problems, `refused: ${stored.length} of ${resources.length} were stored`].join('\n'),
    }
  },
}
