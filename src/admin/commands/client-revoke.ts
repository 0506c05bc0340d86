import { type Command, optional, required } from '../command.ts'

/** `client revoke` */
export const clientRevoke: Command = {
  name: 'client revoke',
  summary: 'end what users granted an app, and its tokens',
  usage:
    'client revoke --id <id> [--user <id>]\n' +
    '  takes effect on the next request; the registration stays\n' +
    '  --user  only what this user granted',
  example: 'client revoke --id moodtrack-app --user chen',
  options: { id: { type: 'string' }, user: { type: 'string' } },
  positionals: [0, 0],
  perform: async (given, desk) => {
    const answer = await desk.call('client revoke', {
      id: required(given, 'id'),
      user: optional(given, 'user'),
    })
    const { grants, tokens } = answer
    return { text: `${grants} grants and ${tokens} tokens of its own are ended`, json: answer }
  },
}
