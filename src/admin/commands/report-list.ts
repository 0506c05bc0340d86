import type { Command } from '../command.ts'

/** `report list` */
export const reportList: Command = {
  name: 'report list',
  summary: 'list mandated reports: to whom, about whom, and how often each was fetched',
  usage: 'report list',
  example: 'report list',
  options: {},
  positionals: [0, 0],
  perform: async (_given, desk) => {
    const rows = await desk.call('report list', {})
    const lines = rows.map((row) =>
      [
        row.id,
        row.kind,
        row.written,
        row.patient,
        `${row.custodian} to ${row.agency}`,
        `${row.disclosures} ${row.disclosures === 1 ? 'disclosure' : 'disclosures'}`,
        row.told ? 'the patient reads it' : 'withheld from the patient',
        row.outcome ?? 'awaits review',
      ].join('  '),
    )
    return { text: rows.length === 0 ? 'no reports' : lines.join('\n'), json: rows }
  },
}
