import type { Reference, Task } from 'fhir/r4'
import { coding, named } from '../consent/labels.ts'
import type { FoundRow } from '../search/find.ts'
import { authorOf } from '../search/index-rows.ts'
import type { Change, CurrentRow } from '../store/change.ts'
import type { Asking } from './address.ts'
import { seenBy } from './merged.ts'

/**
 * A Task for an officer where somebody wrote over what they did not see: both values stand, each in its cuts, until
 * somebody who sees the hidden one settles it (CONSENT rules, section 8). The Task has the labels of the richest cut, so
 * whoever does not see what is hidden does not see the Task either; of notes only their author learns.
 */
export const writtenOver = (
  { instead }: Change,
  seen: FoundRow,
  full: CurrentRow,
  { services, writer }: Asking,
): Change[] => {
  const shown = JSON.parse(seen.deleted ? '{}' : seenBy(seen, services)) as Record<string, unknown>
  const fresh = Object.entries(instead?.values ?? {}).filter(
    ([name, value]) =>
      name !== 'text' && value !== undefined && JSON.stringify(value) !== JSON.stringify(shown[name]),
  )
  if (fresh.length === 0 || BigInt(full.mask) === BigInt(seen.mask)) return []
  const { type, id, custodian, mask } = full
  const { subject, ...whole } = JSON.parse(full.content) as { resourceType: string; subject?: Reference }
  const author = authorOf(whole)
  const task: Task = {
    resourceType: 'Task',
    id: services.ids.resource(),
    meta: { security: named(BigInt(mask)).flatMap((label) => coding(label) ?? []) },
    status: 'requested',
    intent: 'order',
    code: {
      text: `two values stand for ${fresh.map(([name]) => `\`${type}.${name}\``).join(', ')}: one was written by somebody who does not see the other`,
    },
    focus: { reference: `${type}/${id}` },
    ...(subject === undefined ? {} : { for: subject }),
    ...(author === undefined ? {} : { requester: { reference: author } }),
    authoredOn: services.clock.now().toISOString(),
    owner: { reference: writer.caller.asked.organization },
  }
  return [
    {
      action: 'create',
      resource: task,
      custodian,
      submitter: custodian,
      effective: false,
      keep: false,
    },
  ]
}
