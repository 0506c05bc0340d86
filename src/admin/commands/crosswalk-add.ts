import { z } from 'zod'
import { rebuildPermits } from '../../store/permits.ts'
import { type Command, optional, referenceTo, required } from '../command.ts'
import { addCrosswalk, type CrosswalkInput } from '../crosswalk.ts'
import { misuse } from '../fault.ts'
import type { Operation } from '../operation.ts'

const input = z.object({
  organization: z.string(),
  patient: z.string(),
  identifier: z.object({ system: z.string().min(1), value: z.string().min(1) }).optional(),
})

/** An organization knows a patient from now on (CONSENT rules, section 1). */
export const addKnown: Operation<CrosswalkInput, { added: boolean }> = {
  name: 'crosswalk add',
  input,
  run: ({ services: { database } }, entry) =>
    database.transaction(async (connection) => {
      const { person, added } = await addCrosswalk(connection, entry)
      if (added) await rebuildPermits(connection, [person])
      return { added }
    }),
}

/** `crosswalk add` */
export const crosswalkAdd: Command = {
  name: 'crosswalk add',
  summary: 'say that an organization knows a patient',
  usage:
    'crosswalk add --organization Organization/<id> --patient Patient/<id> [--identifier "<system>|<value>"]',
  example:
    'crosswalk add --organization Organization/mercy-general --patient Patient/maya --identifier "urn:oid:1.2.3|M-1"',
  options: {
    organization: { type: 'string' },
    patient: { type: 'string' },
    identifier: { type: 'string' },
  },
  positionals: [0, 0],
  perform: async (given, desk) => {
    const organization = referenceTo('Organization', required(given, 'organization'))
    const patient = referenceTo('Patient', required(given, 'patient'))
    const identifier = readIdentifier(optional(given, 'identifier'))
    const { added } = await desk.call(addKnown, { organization, patient, identifier })
    const text = `${organization} ${added ? 'knows' : 'knew already'} ${patient}`
    return { text, json: { organization, patient, ...(identifier && { identifier }), added } }
  },
}

const readIdentifier = (text: string | undefined): CrosswalkInput['identifier'] => {
  if (text === undefined) return undefined
  const bar = text.lastIndexOf('|')
  const [system, value] = [text.slice(0, Math.max(bar, 0)), text.slice(bar + 1)]
  return system === '' || value === ''
    ? misuse('`--identifier` must be `<system>|<value>`')
    : { system, value }
}
