import type { ReviewedException } from '../../store/exception-review.ts'
import { type Command, isSet } from '../command.ts'

/** `exception list` */
export const exceptionList: Command = {
  name: 'exception list',
  summary: 'list exceptions: what is in force, and what awaits review',
  usage: 'exception list [--open]\n  --open leaves out what is over and reviewed',
  example: 'exception list --open',
  options: { open: { type: 'boolean' } },
  positionals: [0, 0],
  perform: async (given, desk) => {
    const rows = await desk.call('exception list', { open: isSet(given, 'open') })
    return { text: rows.length === 0 ? 'no exceptions' : rows.map(line).join('\n'), json: rows }
  },
}

const line = (row: ReviewedException): string =>
  [
    row.id,
    row.kind,
    row.finding,
    row.opened,
    row.name,
    row.patients.join(', ') || (row.finding === 'opened' ? `all of ${row.custodian}` : 'nobody'),
    row.inForce ? `in force until ${row.end}` : 'over',
    `${row.disclosures} ${row.disclosures === 1 ? 'disclosure' : 'disclosures'}`,
    row.outcome === null ? 'awaits review' : `${row.outcome}, by ${row.reviewedBy}`,
    whoOf(row.form),
  ].join('  ')

/** Who stated it, and what for. */
const whoOf = ({
  clinician,
  affiliation,
  emergency,
  court,
  docket,
  attestedBy,
  by,
}: ReviewedException['form']): string =>
  [clinician, affiliation, emergency, court, docket, attestedBy, by]
    .filter((text) => typeof text === 'string')
    .join(', ')
