import { sql } from 'drizzle-orm'
import type { Resource, Task } from 'fhir/r4'
import { authorize } from '../authorize/authorize.ts'
import { home } from '../consent/asked.ts'
import { bit, unaccepted } from '../consent/labels.ts'
import { permitFor } from '../consent/permit.ts'
import { referencesIn } from '../fhir/references.ts'
import { insertRecord } from '../record/group-commit.ts'
import { pushRows } from '../record/record.ts'
import { redact } from '../redact/redact.ts'
import { findByKeys } from '../search/find.ts'
import { fhirBase, type Services } from '../services.ts'
import type { Change } from '../store/change.ts'
import { type Connection, json, list } from '../store/database.ts'
import { type CommonFacts, readCommonFacts } from '../store/facts.ts'
import { explain } from '../store/explain.ts'
import { ensureAudience, rebuildPermits } from '../store/permits.ts'
import { markHeld } from '../store/write.ts'

/** A change that may be a referral. */
export type Referred = Pick<Change, 'action' | 'resource' | 'custodian'>

/** By whose request it is pushed. */
export interface Pushing {
  readonly client: string
  readonly request: string
  /** Somebody's app, about one patient, makes nobody known to anybody: that is an organization's to do. */
  readonly isPersonal?: boolean
}

/**
 * A Task that is addressed to another organization pushes what it is about to it: the owner becomes a holder of the
 * Task, its focus, and what that cites, each as far as consent and law let it, and knows the patient from now on
 * (CONSENT rules, section 1). What it may not have it does not get; what is held, since it does not conform to a profile, makes
 * nobody known until it is accepted.
 */
export const pushReferrals = async (
  connection: Connection,
  services: Services,
  by: Pushing,
  changes: readonly Referred[],
): Promise<void> => {
  const tasks = changes.filter(
    ({ resource, action }) => action !== 'delete' && resource.resourceType === 'Task',
  )
  if (tasks.length === 0) return
  const common = await readCommonFacts(connection)
  for (const { resource, custodian } of tasks) {
    const task = resource as Task
    const owner = task.owner?.reference
    const key =
      owner === undefined ? undefined : common.organizations.get(home(owner, common.organizations))?.key
    if (owner === undefined || key === undefined || key === custodian) continue
    if (await isHeld(connection, task)) continue
    await push(connection, services, by, { task, owner, key, custodian }, common)
  }
}

const isHeld = async (connection: Connection, { id = '' }: Task): Promise<boolean> => {
  const rows = await connection.query(
    sql`SELECT FROM resource WHERE type = 'Task' AND id = ${id} AND (mask & ${String(unaccepted)}::text::bigint) <> 0 LIMIT 1`,
  )
  return rows.length > 0
}

const push = async (
  connection: Connection,
  services: Services,
  by: Pushing,
  { task, owner, key, custodian }: { task: Task; owner: string; key: number; custodian: number },
  common: CommonFacts,
): Promise<void> => {
  const mayIntroduce = by.isPersonal !== true
  if (!(await introduce(connection, task, owner, { custodian, mayIntroduce }, common))) return
  const audience = await ensureAudience(connection, { organization: owner, purpose: 'TREAT' })
  const ownKey = common.organizations.get(owner)?.key ?? key
  const recipient = {
    client: by.client,
    organization: owner,
    organizationKey: ownKey,
    homeKey: key,
    recipientClass: common.byKey.get(key)?.class,
    asked: { organization: owner, purpose: 'TREAT' },
    audience,
    scope: '',
    roles: [],
    prefix: undefined,
  }
  const grant = authorize(recipient, [])
  const permit = permitFor(grant, services.clock.now())
  const pushed = await pushedBy(connection, services, task)
  const self =
    common.byKey.get(ownKey)?.part2 === true
      ? await citesOnly(connection, pushed, owner, common)
      : new Set<string>()
  const rows = await connection.query<{ type: string; id: string; allowed: bigint; mask: bigint }>(
    sql`SELECT r.type, r.id, ${permit.allowed('r')} AS allowed, r.mask FROM resource r
      WHERE (r.type, r.id) IN (SELECT split_part(k, '/', 1), split_part(k, '/', 2) FROM unnest(${list(pushed, 'text')}) k) AND NOT r.open AND NOT r.deleted`,
  )
  const held = rows.flatMap((row) => {
    const allowed =
      BigInt(row.allowed) |
      (self.has(`${row.type}/${row.id}`) ? bit('42CFRPart2') : 0n) |
      (row.type === 'Task' ? bit('program-status') : 0n)
    return (BigInt(row.mask) & ~allowed) === 0n
      ? [{ type: row.type, id: row.id, organization: ownKey, allowed: String(allowed) }]
      : []
  })
  if (held.length === 0) return
  await connection.query(sql`INSERT INTO holding (type, id, organization, allowed, basis)
    SELECT DISTINCT ON (type, id) type, id, organization, allowed, ${json({ task: `Task/${task.id ?? ''}` })} FROM json_to_recordset(${JSON.stringify(held)}::text::json)
      AS given(type text, id text, organization int, allowed bigint)
    ON CONFLICT (type, id, organization) DO UPDATE SET allowed = excluded.allowed`)
  const keys = held.map(({ type, id }) => `${type}/${id}`)
  await markHeld(connection, keys)
  const explained = await explain(
    connection,
    await findByKeys(connection, permit, keys),
    grant,
    permit,
    services.explanations,
  )
  const record = await pushRows(
    services,
    recipient,
    by.request,
    redact(explained, fhirBase(services), recipient.recipientClass),
  )
  await insertRecord(connection, [record.audit], record.accounting)
}

/**
 * Who takes part in a referral knows the patient: its owner, and who holds the Patient. Where another than the holder refers, it
 * must be about something: a bare Task opens no chart of others to a third. False for no such Patient.
 */
const introduce = async (
  connection: Connection,
  task: Task,
  owner: string,
  { custodian, mayIntroduce }: { readonly custodian: number; readonly mayIntroduce: boolean },
  common: CommonFacts,
): Promise<boolean> => {
  const [type, id] = task.for?.reference?.split('/') ?? []
  if (type !== 'Patient' || id === undefined) return false
  const key = common.organizations.get(owner)?.key ?? -1
  const [row] = await connection.query<{ person: number; custodian: number }>(
    sql`SELECT person, custodian FROM resource WHERE type = 'Patient' AND id = ${id} AND person IS NOT NULL LIMIT 1`,
  )
  if (row === undefined) return false
  if (!mayIntroduce || (row.custodian !== custodian && task.focus === undefined)) return true
  const met = await connection.query(sql`INSERT INTO crosswalk (organization, person, patient)
    SELECT party, ${row.person}, ${`Patient/${id}`} FROM unnest(${list([key, row.custodian], 'integer')}) AS parties(party)
    WHERE NOT EXISTS (SELECT FROM crosswalk WHERE organization = party AND person = ${row.person}) RETURNING key`)
  if (met.length > 0) await rebuildPermits(connection, [row.person])
  return true
}

/** The Task, what it is about, and what that cites: patient, reasons, supporting information. */
const pushedBy = async (connection: Connection, services: Services, task: Task): Promise<string[]> => {
  const base = fhirBase(services)
  const first = referencesIn(task, base)
    .filter(({ path }) => ['focus', 'for', 'input', 'encounter'].includes(String(path[0])))
    .map(({ reference }) => reference)
  const rows = await connection.query<{
    content: string
  }>(
    sql`SELECT content FROM resource WHERE (type, id) IN (SELECT split_part(k, '/', 1), split_part(k, '/', 2) FROM unnest(${list(
      first.filter((reference) => !reference.startsWith('Patient/')),
      'text',
    )}) k) AND richer IS NULL AND NOT deleted`,
  )
  const second = rows
    .flatMap(({ content }) => referencesIn(JSON.parse(content) as Resource, base))
    .map(({ reference }) => reference)
  return [...new Set([`Task/${task.id ?? ''}`, ...first, ...second])]
}

/**
 * Records that name no other Part 2 source than the owner itself: to the program its own name is no secret, though to
 * everybody else the reference is masked (CONSENT rules, section 6).
 */
const citesOnly = async (
  connection: Connection,
  keys: readonly string[],
  owner: string,
  common: CommonFacts,
): Promise<Set<string>> => {
  const programs = [...common.organizations.values()]
    .filter(({ part2, id }) => part2 && `Organization/${id}` !== owner)
    .map(({ id }) => `Organization/${id}`)
  const rows = await connection.query<{
    type: string
    id: string
  }>(sql`SELECT r.type, r.id FROM resource r WHERE (r.type, r.id) IN (SELECT split_part(k, '/', 1), split_part(k, '/', 2) FROM unnest(${list(keys, 'text')}) k) AND r.richer IS NULL
    AND NOT r.refs && ${list(programs, 'text')} AND NOT EXISTS (SELECT FROM unnest(r.refs) cited JOIN resource t ON t.type = split_part(cited, '/', 1) AND t.id = split_part(cited, '/', 2)
      WHERE cited <> ${owner} GROUP BY cited HAVING (bit_and(t.mask) & ${String(bit('42CFRPart2'))}::bigint) <> 0)`)
  return new Set(rows.map(({ type, id }) => `${type}/${id}`))
}
