import { type Command, optional, referenceTo, required } from '../command.ts'
import type { CrosswalkInput } from '../crosswalk.ts'
import { misuse } from '../fault.ts'

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
    const { added } = await desk.call('crosswalk add', { organization, patient, identifier })
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
