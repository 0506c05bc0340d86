import { type Command, required } from '../command.ts'

/** `review show` */
export const reviewShow: Command = {
  name: 'review show',
  summary: 'show what waits: what was stated, the two Patients, or the data that would take effect',
  usage: 'review show --item <item>',
  example: 'review show --item Consent/0b5e…',
  options: { item: { type: 'string' } },
  positionals: [0, 0],
  perform: async (given, desk) => {
    const answer = await desk.call('review show', { item: required(given, 'item') })
    const { item, since, custodian, what, exception, resources } = answer
    const head = [item, since, custodian ?? 'every custodian', what].join('  ')
    const shown = exception === undefined ? resources : [exception]
    return { text: [head, ...shown.map((one) => JSON.stringify(one, undefined, 2))].join('\n'), json: answer }
  },
}
