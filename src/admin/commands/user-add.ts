import { type Command, type Given, optional, referenceTo, required } from '../command.ts'
import { misuse } from '../fault.ts'

/** `user add` */
export const userAdd: Command = {
  name: 'user add',
  summary: 'make a practitioner a member of an organization, or a RelatedPerson a user',
  usage:
    'user add --id <id> --practitioner Practitioner/<id> --organization Organization/<id> --role <role>\n' +
    'user add --id <id> --related-person RelatedPerson/<id> --organization Organization/<id>\n' +
    '  a parent, guardian or health care agent of the patient, once the RelatedPerson is in effect (`review accept`), reads\n' +
    '  what the rows of the state for representatives permit (`table set`), and writes nothing',
  example:
    'user add --id chen --practitioner Practitioner/chen --organization Organization/riverbend --role clinician',
  options: {
    id: { type: 'string' },
    practitioner: { type: 'string' },
    'related-person': { type: 'string' },
    organization: { type: 'string' },
    role: { type: 'string' },
  },
  positionals: [0, 0],
  perform: async (given, desk) => {
    const { stored, ...user } = await desk.call('user add', {
      id: required(given, 'id'),
      organization: referenceTo('Organization', required(given, 'organization')),
      ...whoOf(given),
    })
    if (!stored) desk.tell(`note: no \`${user.practitioner}\` is stored and in effect yet`)
    return { text: `user \`${user.id}\` acts for ${user.organization} as \`${user.role}\``, json: user }
  },
}

const whoOf = (given: Given): { practitioner: string; role: string } => {
  const related = optional(given, 'related-person')
  if (related === undefined)
    return {
      practitioner: referenceTo('Practitioner', required(given, 'practitioner')),
      role: required(given, 'role'),
    }
  if (optional(given, 'practitioner') !== undefined)
    return misuse('a user is a Practitioner or a RelatedPerson, not both')
  return {
    practitioner: referenceTo('RelatedPerson', related),
    role: optional(given, 'role') ?? 'representative',
  }
}
