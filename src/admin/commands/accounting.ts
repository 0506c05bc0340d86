import { type Command, optional, referenceTo } from '../command.ts'
import { misuse } from '../fault.ts'
import type { Disclosure } from '../operations/accounting.ts'

/** `accounting` */
export const accounting: Command = {
  name: 'accounting',
  summary: 'list disclosures that were made under a consent or an exception, or to a representative',
  usage: 'accounting [--patient Patient/<id>] [--since <date or instant>]',
  example: 'accounting --patient Patient/maya --since 2026-01-01',
  options: { patient: { type: 'string' }, since: { type: 'string' } },
  positionals: [0, 0],
  perform: async (given, desk) => {
    const [patient, since] = [optional(given, 'patient'), optional(given, 'since')]
    const rows = await desk.call('accounting', {
      ...(patient === undefined ? {} : { patient: referenceTo('Patient', patient) }),
      ...(since === undefined ? {} : { since: readSince(since) }),
    })
    return { text: rows.length === 0 ? 'no disclosures' : rows.map(line).join('\n'), json: rows }
  },
}

const readSince = (text: string): string => {
  const date = new Date(text)
  return /^\d{4}-\d{2}-\d{2}/.test(text) && !Number.isNaN(date.getTime())
    ? date.toISOString()
    : misuse(`\`${text}\` is not a date: write it as 2026-06-15`)
}

const line = ({ date, recipient, name, purpose, what, ...disclosure }: Disclosure): string => {
  const { consents, exceptions, representatives } = disclosure
  const under = [
    ...consents,
    ...exceptions.map(({ kind, citation, id }) => `${kind} ${id} (${citation})`),
    ...representatives.map(({ citation }) => citation),
  ]
  const records = what.map(({ resource }) => resource)
  return [date, name ?? recipient, purpose, under.join(', '), records.join(', ')].join('  ')
}
