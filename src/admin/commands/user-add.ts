import { type Command, type Given, isSet, optional, referenceTo, required } from '../command.ts'
import { misuse } from '../fault.ts'

/** `user add` */
export const userAdd: Command = {
  name: 'user add',
  summary: 'make a practitioner a member of an organization, or a RelatedPerson or a Patient a user',
  usage:
    'user add --id <id> --practitioner Practitioner/<id> --organization Organization/<id> --role <role>\n' +
    'user add --id <id> --related-person RelatedPerson/<id> --organization Organization/<id>\n' +
    '  a parent, guardian or health care agent of the patient, once the RelatedPerson is in effect (`review accept`), reads\n' +
    '  what the rows of the state for representatives permit (`table set`), and writes nothing\n' +
    'user add --id <id> --patient Patient/<id> --organization Organization/<id>\n' +
    '  a patient, who reads the own record; the organization is the one that vouches for who it is\n' +
    '  --enroll           also print a link by which they set up how to sign in (`user enroll`)\n' +
    '  --external <value> how the OpenID provider of `SLUICE_OIDC_ISSUER` names them: the value of `SLUICE_OIDC_CLAIM`',
  example:
    'user add --id chen --practitioner Practitioner/chen --organization Organization/riverbend --role clinician',
  options: {
    id: { type: 'string' },
    practitioner: { type: 'string' },
    'related-person': { type: 'string' },
    patient: { type: 'string' },
    organization: { type: 'string' },
    role: { type: 'string' },
    external: { type: 'string' },
    enroll: { type: 'boolean' },
  },
  positionals: [0, 0],
  perform: async (given, desk) => {
    const id = required(given, 'id')
    const { stored, ...user } = await desk.call('user add', {
      id,
      organization: referenceTo('Organization', required(given, 'organization')),
      external: optional(given, 'external'),
      ...whoOf(given),
    })
    if (!stored) desk.tell(`note: no \`${user.practitioner}\` is stored and in effect yet`)
    const text = `user \`${user.id}\` acts for ${user.organization} as \`${user.role}\``
    if (!isSet(given, 'enroll')) return { text, json: user }
    const { link, expires } = await desk.call('user enroll', { id })
    return {
      text: `${text}\nto set up how they sign in, once, until ${expires}:\n${link}`,
      json: { ...user, link, expires },
    }
  },
}

const whoOf = (given: Given): { practitioner: string; role: string } => {
  const named = ['practitioner', 'related-person', 'patient'].filter(
    (name) => optional(given, name) !== undefined,
  )
  if (named.length > 1)
    return misuse('a user is a Practitioner, a RelatedPerson or a Patient, and one of them')
  const [related, patient] = [optional(given, 'related-person'), optional(given, 'patient')]
  if (related !== undefined)
    return {
      practitioner: referenceTo('RelatedPerson', related),
      role: optional(given, 'role') ?? 'representative',
    }
  if (patient !== undefined)
    return { practitioner: referenceTo('Patient', patient), role: optional(given, 'role') ?? 'patient' }
  return {
    practitioner: referenceTo('Practitioner', required(given, 'practitioner')),
    role: required(given, 'role'),
  }
}
