import { type Command, referenceTo, required } from '../command.ts'

/** `user add` */
export const userAdd: Command = {
  name: 'user add',
  summary: 'make a practitioner a member of an organization',
  usage: 'user add --id <id> --practitioner Practitioner/<id> --organization Organization/<id> --role <role>',
  example:
    'user add --id chen --practitioner Practitioner/chen --organization Organization/riverbend --role clinician',
  options: {
    id: { type: 'string' },
    practitioner: { type: 'string' },
    organization: { type: 'string' },
    role: { type: 'string' },
  },
  positionals: [0, 0],
  perform: async (given, desk) => {
    const { stored, ...user } = await desk.call('user add', {
      id: required(given, 'id'),
      practitioner: referenceTo('Practitioner', required(given, 'practitioner')),
      organization: referenceTo('Organization', required(given, 'organization')),
      role: required(given, 'role'),
    })
    if (!stored) desk.tell(`note: no \`${user.practitioner}\` is stored yet`)
    return { text: `user \`${user.id}\` acts for ${user.organization} as \`${user.role}\``, json: user }
  },
}
