import { type Command, isSet } from '../command.ts'
import { misuse } from '../fault.ts'

/** `reset` */
export const resetCommand: Command = {
  name: 'reset',
  summary: 'empty the database',
  usage: 'reset --yes',
  example: 'reset --yes',
  options: { yes: { type: 'boolean' } },
  positionals: [0, 0],
  perform: async (given, desk) => {
    if (!isSet(given, 'yes')) return misuse('`reset` empties the database: say `--yes` if that is meant')
    const answer = await desk.call('reset', { yes: true })
    return { text: 'the database is empty; `seed` plants the demo county again', json: answer }
  },
}
