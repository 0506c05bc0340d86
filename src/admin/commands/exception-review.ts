import { type Command, required } from '../command.ts'

/** `exception review` */
export const exceptionReview: Command = {
  name: 'exception review',
  summary: 'say whether an exception was justified; one that was not ends',
  usage:
    'exception review --id <id> --outcome justified|not-justified --by <who> --note <text>\n' +
    '  the same as `review accept` and `review refuse`, which also show what else waits',
  example:
    'exception review --id 0b5e… --outcome justified --by "P. Officer" --note "overdose, seen in the chart"',
  options: {
    id: { type: 'string' },
    outcome: { type: 'string' },
    by: { type: 'string' },
    note: { type: 'string' },
  },
  positionals: [0, 0],
  perform: async (given, desk) => {
    const [id, outcome] = [required(given, 'id'), required(given, 'outcome')]
    const review = { id, outcome, by: required(given, 'by'), note: required(given, 'note') }
    const answer = await desk.call('exception review', review)
    return { text: `${id}: ${outcome}${answer.ended ? ', and ended' : ''}`, json: answer }
  },
}
