import type { Command } from '../command.ts'

/** `serve`: the same as `npm start`. */
export const serveCommand: Command = {
  name: 'serve',
  summary: 'run the gateway, as `npm start` does',
  usage: 'serve',
  example: 'serve',
  options: {},
  positionals: [0, 0],
}
