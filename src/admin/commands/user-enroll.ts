import { type Command, required } from '../command.ts'

/** `user enroll` */
export const userEnroll: Command = {
  name: 'user enroll',
  summary: 'print a link by which a user sets up how to sign in',
  usage:
    'user enroll --id <id>\n' +
    '  the link is good once, for 24 hours, and replaces what was set up before: password, authenticator app, passkeys',
  example: 'user enroll --id chen',
  options: { id: { type: 'string' } },
  positionals: [0, 0],
  perform: async (given, desk) => {
    const answer = await desk.call('user enroll', { id: required(given, 'id') })
    desk.tell(`good once, until ${answer.expires}; give it to nobody but \`${answer.id}\``)
    return { text: answer.link, json: answer }
  },
}
