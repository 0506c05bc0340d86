import { z } from 'zod'
import type { Command } from '../command.ts'
import { type Planted, plantCounty } from '../county.ts'
import { fail } from '../fault.ts'
import type { Operation } from '../operation.ts'

/** Plants the demo county, once. */
export const seed: Operation<unknown, Planted> = {
  name: 'seed',
  input: z.unknown(),
  run: async (administered) =>
    administered.settings.production
      ? fail('the demo county is not for `SLUICE_ENV=production`')
      : plantCounty(administered),
}

/** `seed` */
export const seedCommand: Command = {
  name: 'seed',
  summary: 'plant the demo county',
  usage: 'seed',
  example: 'seed',
  options: {},
  positionals: [0, 0],
  perform: async (_given, desk) => {
    const answer = await desk.call(seed, {})
    const text = answer.planted
      ? `the demo county is planted: ${answer.resources} resources, ${answer.clients.length} clients`
      : 'the demo county was planted before; nothing changed'
    return { text, json: answer }
  },
}
