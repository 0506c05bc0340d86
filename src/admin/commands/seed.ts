import type { Command } from '../command.ts'

/** `seed` */
export const seedCommand: Command = {
  name: 'seed',
  summary: 'plant the demo county',
  usage: 'seed',
  example: 'seed',
  options: {},
  positionals: [0, 0],
  perform: async (_given, desk) => {
    const answer = await desk.call('seed', {})
    const text = answer.planted
      ? `the demo county is planted: ${answer.resources} resources, ${answer.clients.length} clients`
      : 'the demo county was planted before; nothing changed'
    return { text, json: answer }
  },
}
