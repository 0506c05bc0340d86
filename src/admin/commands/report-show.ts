import { type Command, required } from '../command.ts'

/** `report show` */
export const reportShow: Command = {
  name: 'report show',
  summary: 'show a mandated report as its agency reads it',
  usage: 'report show --id <id>',
  example: 'report show --id 0b5e…',
  options: { id: { type: 'string' } },
  positionals: [0, 0],
  perform: async (given, desk) => {
    const answer = await desk.call('report show', { id: required(given, 'id') })
    return { text: answer.text, json: answer }
  },
}
