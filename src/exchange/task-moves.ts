import { sql } from 'drizzle-orm'
import type { FhirResource, Task } from 'fhir/r4'
import type { Writer } from '../accept.ts'
import { bit } from '../consent/labels.ts'
import { refuse } from '../problem.ts'
import type { FoundRow } from '../search/find.ts'
import type { CurrentRow } from '../store/change.ts'
import type { Connection } from '../store/database.ts'

/** The moves of a Task that its owner makes (FHIR R4 Task state machine). */
const moves: Readonly<Record<string, readonly string[]>> = {
  requested: ['received', 'accepted', 'rejected', 'in-progress'],
  received: ['accepted', 'rejected', 'in-progress'],
  accepted: ['in-progress', 'on-hold', 'completed', 'failed', 'cancelled'],
  ready: ['in-progress', 'accepted', 'rejected'],
  'in-progress': ['on-hold', 'completed', 'failed'],
  'on-hold': ['in-progress', 'failed'],
}

/** What an owner may change; the rest of a Task is the custodian's. */
const ownersElements = new Set([
  'status',
  'statusReason',
  'businessStatus',
  'executionPeriod',
  'lastModified',
  'note',
  'output',
  'meta',
  'text',
  'restriction',
])

/**
 * Only the custodian's staff may change a record, and for a Task its owner, within the state machine (CONSENT rules,
 * section 8). Others get 403 on what they see.
 */
export const requireOwner = (next: FhirResource, seen: FoundRow, { caller }: Writer): void => {
  const before = JSON.parse(seen.content === '' ? '{}' : seen.content) as Task
  const isOwner = seen.type === 'Task' && before.owner?.reference === caller.asked.organization
  if (!isOwner || next.resourceType !== 'Task')
    return refuse({
      kind: 'forbidden',
      text: 'only the organization that holds a record may change it; of a Task, also its owner',
    })
  if (next.status !== before.status && moves[before.status]?.includes(next.status) !== true)
    return refuse({
      kind: 'forbidden',
      text: `a Task does not go from \`${before.status}\` to \`${next.status}\``,
    })
  const touched = differing(
    before as unknown as Record<string, unknown>,
    next as unknown as Record<string, unknown>,
  )
  const foreign = touched.find((name) => !ownersElements.has(name))
  if (foreign !== undefined)
    return refuse({ kind: 'forbidden', text: `the owner of a Task may not change \`Task.${foreign}\`` })
}

const differing = (one: Record<string, unknown>, other: Record<string, unknown>): string[] =>
  [...new Set([...Object.keys(one), ...Object.keys(other)])].filter(
    (name) => JSON.stringify(one[name]) !== JSON.stringify(other[name]),
  )

/**
 * Whether a move on a referral would tell its sender that somebody became a patient of a Part 2 program: then nothing
 * beyond 'received' shows, unless the sender may have the program's records (42 CFR 2.13, CONSENT rules, section 5).
 */
export const mustStayHidden = async (
  connection: Connection,
  { homeKey }: Writer['caller'],
  { custodian, person }: CurrentRow,
  moment: Date,
): Promise<boolean> => {
  const [row] = await connection.query<{ hidden: boolean }>(sql`SELECT o.part2 AND NOT EXISTS (
      SELECT FROM permit p JOIN audience a ON a.key = p.audience JOIN organization c ON c.key = ${custodian}
      WHERE a.asked = jsonb_build_object('organization', 'Organization/' || c.id, 'purpose', 'TREAT') AND p.person = ${person} AND p.custodian = o.key
        AND p.valid @> ${moment.toISOString()}::timestamptz AND (p.allowed & ${String(bit('42CFRPart2'))}::bigint) <> 0) AS hidden
    FROM organization o WHERE o.key = ${homeKey}`)
  return row?.hidden !== false
}
