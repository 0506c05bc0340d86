import type { Command } from '../command.ts'

/** `migrate`: whatever opens the database migrates it, so what is left is to say where it stands. */
export const migrateCommand: Command = {
  name: 'migrate',
  summary: 'bring the database up to date',
  usage: 'migrate',
  example: 'migrate',
  options: {},
  positionals: [0, 0],
  perform: async (_given, desk) => {
    const { database, migrations } = await desk.call('status', {})
    return {
      text: `${database} is up to date: ${migrations.join(', ')}`,
      json: { database, migrations },
    }
  },
}
