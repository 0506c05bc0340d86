import { type Command, optional, repeated, required } from '../command.ts'

/** `launch` */
export const launchCommand: Command = {
  name: 'launch',
  summary: 'begin an EHR launch of an app, and print the address to open',
  usage:
    'launch --client <id> [--user <id>] [--patient <id>] [--encounter <id>] [--context Type/<id>]… [--intent <text>]\n' +
    '  good once, for five minutes; with --user nobody else goes on with it',
  example: 'launch --client moodtrack-app --user chen --patient maya',
  options: {
    client: { type: 'string' },
    user: { type: 'string' },
    patient: { type: 'string' },
    encounter: { type: 'string' },
    context: { type: 'string', multiple: true },
    intent: { type: 'string' },
  },
  positionals: [0, 0],
  perform: async (given, desk) => {
    const context = repeated(given, 'context').map((reference) => ({ reference }))
    const answer = await desk.call('launch', {
      client: required(given, 'client'),
      user: optional(given, 'user'),
      context: {
        patient: optional(given, 'patient')?.replace(/^Patient\//, ''),
        encounter: optional(given, 'encounter')?.replace(/^Encounter\//, ''),
        ...(context.length === 0 ? {} : { fhirContext: context }),
        intent: optional(given, 'intent'),
      },
    })
    return { text: answer.url, json: answer }
  },
}
