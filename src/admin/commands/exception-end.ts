import { type Command, optional, required } from '../command.ts'

/** `exception end` */
export const exceptionEnd: Command = {
  name: 'exception end',
  summary: 'end an exception before its time',
  usage: 'exception end --id <id> [--by <who>]',
  example: 'exception end --id 0b5e… --by "P. Officer"',
  options: { id: { type: 'string' }, by: { type: 'string' } },
  positionals: [0, 0],
  perform: async (given, desk) => {
    const [id, by] = [required(given, 'id'), optional(given, 'by')]
    const answer = await desk.call('exception end', { id, ...(by === undefined ? {} : { by }) })
    return { text: `${id}: ended at ${answer.ended}`, json: answer }
  },
}
