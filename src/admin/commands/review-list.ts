import { type Command, optional, referenceTo } from '../command.ts'

/** `review list` */
export const reviewList: Command = {
  name: 'review list',
  summary: 'list all that waits for an officer',
  usage:
    'review list [--custodian Organization/<id>]\n' +
    '  exception/<id>, report/<id>: used before consent, to be justified;\n' +
    '  identity/<number>: may be the same person as another Patient;\n' +
    '  Consent/<id>, CareTeam/<id>, RelatedPerson/<id> …: sent by somebody without the role `policy`, without effect so far;\n' +
    '  validation/<reference>: held since it does not conform to a profile (partner policy `validation: hold`)',
  example: 'review list --custodian Organization/riverbend',
  options: { custodian: { type: 'string' } },
  positionals: [0, 0],
  perform: async (given, desk) => {
    const custodian = optional(given, 'custodian')
    const wanted = custodian === undefined ? {} : { custodian: referenceTo('Organization', custodian) }
    const rows = await desk.call('review list', wanted)
    const lines = rows.map(({ item, since, custodian: whose, patients, what }) =>
      [item, since, whose ?? 'every custodian', patients.join(', ') || 'no patient', what].join('  '),
    )
    return { text: rows.length === 0 ? 'nothing waits' : lines.join('\n'), json: rows }
  },
}
