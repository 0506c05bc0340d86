import { type Command, optional, required } from '../command.ts'

/** `token` */
export const tokenCommand: Command = {
  name: 'token',
  summary: 'print an access token for a client',
  usage: 'token --client <id> [--scope "<scopes>"] [--purpose <code>] [--user <id>] [--patient Patient/<id>]',
  example: 'token --client mercy-general --purpose TREAT',
  options: {
    client: { type: 'string' },
    scope: { type: 'string' },
    purpose: { type: 'string' },
    user: { type: 'string' },
    patient: { type: 'string' },
  },
  positionals: [0, 0],
  perform: async (given, desk) => {
    const answer = await desk.call('token', {
      client: required(given, 'client'),
      scope: optional(given, 'scope'),
      purpose: optional(given, 'purpose'),
      user: optional(given, 'user'),
      patient: optional(given, 'patient'),
    })
    return { text: answer.access_token, json: answer }
  },
}
