import type { Command } from '../command.ts'

/** `doctor`: looks at this machine as well, so the entry carries it out. */
export const doctorCommand: Command = {
  name: 'doctor',
  summary: 'check settings, data directory, database and ports',
  usage: 'doctor',
  example: 'doctor --json',
  options: {},
  positionals: [0, 0],
}
