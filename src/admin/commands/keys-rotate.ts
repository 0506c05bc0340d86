import { type Command, isSet } from '../command.ts'

/** `keys rotate` */
export const keysRotate: Command = {
  name: 'keys rotate',
  summary: 'sign id_tokens with a new key',
  usage:
    'keys rotate [--now]\n' +
    '  the new key is published at once and signs in an hour, so that nobody meets one that they do not know; what was signed\n' +
    '  before stays good, and the old key is published until a day after\n' +
    '  --now  signs with it at once: the old key was stolen, say',
  example: 'keys rotate',
  options: { now: { type: 'boolean' } },
  positionals: [0, 0],
  perform: async (given, desk) => {
    const answer = await desk.call('keys rotate', { now: isSet(given, 'now') })
    const retired = answer.retired.map(({ kid, ends }) => `\n${kid} is published until ${ends}`)
    return { text: `${answer.kid} signs from ${answer.begins}${retired.join('')}`, json: answer }
  },
}
