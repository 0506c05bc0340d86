import { type Command, required } from '../command.ts'

/** `user remove` */
export const userRemove: Command = {
  name: 'user remove',
  summary: 'take a user away, with sessions, tokens and all by which they sign in',
  usage: 'user remove --id <id>\n  records about them and the trail stay',
  example: 'user remove --id chen',
  options: { id: { type: 'string' } },
  positionals: [0, 0],
  perform: async (given, desk) => {
    const answer = await desk.call('user remove', { id: required(given, 'id') })
    return { text: `user \`${answer.removed}\` is removed`, json: answer }
  },
}
