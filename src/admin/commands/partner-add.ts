import { z } from 'zod'
import { within } from '../administered.ts'
import { type Command, readJson, required } from '../command.ts'
import { misuse } from '../fault.ts'
import type { Operation } from '../operation.ts'
import { addPartners, partnerSchema } from '../partners.ts'

const input = z.array(partnerSchema).min(1)

/** Makes organizations known, all of a file or none. */
export const addPartner: Operation<z.output<typeof input>, { partners: readonly string[] }> = {
  name: 'partner add',
  input,
  run: ({ services }, partners) =>
    services.database.transaction(async (connection) => {
      await addPartners(within(services, connection), partners)
      return { partners: partners.map(({ id }) => `Organization/${id}`) }
    }),
}

/** `partner add` */
export const partnerAdd: Command = {
  name: 'partner add',
  summary: 'make an organization known, or change it',
  usage:
    'partner add --file <json>\n' +
    '  one object or an array: {id, name, class, part2, partOf, principal, state, channels, policies}',
  example: 'partner add --file clinic.json',
  options: { file: { type: 'string' } },
  positionals: [0, 0],
  perform: async (given, desk) => {
    const file = required(given, 'file')
    const read = await readJson(desk, file)
    const several = Array.isArray(read) ? (read as unknown[]) : [read]
    const partners = several.map((one, place) => {
      const parsed = partnerSchema.safeParse(one)
      if (parsed.success) return parsed.data
      const faults = parsed.error.issues.map(({ path, message }) =>
        `${path.map(String).join('.')} ${message}`.trim(),
      )
      return misuse(`\`${file}\`, entry ${place + 1}: ${faults.join('; ')}`)
    })
    const answer = await desk.call(addPartner, partners)
    return { text: `known: ${answer.partners.join(', ')}`, json: answer }
  },
}
