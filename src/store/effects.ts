import { sql } from 'drizzle-orm'
import type { FhirResource, Organization, Patient } from 'fhir/r4'
import { openTypes } from '../consent/label.ts'
import { structure } from '../fhir/names.ts'
import type { Change, Prepared } from './change.ts'
import { arrayLiteral, type Connection, list } from './database.ts'
import { direct } from './directives.ts'
import type { CommonFacts } from './facts.ts'
import { haltWrites, holdCustody } from './hold.ts'
import { rebuildPermits } from './permits.ts'

/** Types that change decisions when they take effect (CONSENT rules, section 2). */
export const policyBearing: ReadonlySet<string> = new Set([
  'Consent', 'Organization', 'PractitionerRole', 'CareTeam', 'Group', 'RelatedPerson', 'Questionnaire', 'ValueSet', 'CodeSystem', 'ConceptMap',
]) // prettier-ignore

/**
 * What a write changes beyond its rows, in the same transaction: charts, directives, and the permits of everybody
 * whose decisions depend on it. When the transaction commits, the next question is decided on what it wrote.
 */
export const applyEffects = async (
  connection: Connection,
  prepared: readonly Prepared[],
  common: CommonFacts,
): Promise<void> => {
  const charted = await chart(connection, prepared)
  const consented = await direct(connection, prepared, common)
  const teams = await membershipChanges(connection, prepared)
  const renewed = prepared
    .filter((one) => one.type === 'Patient' && one.person !== undefined && isNewOrReborn(one))
    .flatMap(({ person }) => person ?? [])
  if (teams === 'all') return rebuildPermits(connection, 'all')
  await rebuildPermits(connection, [...charted, ...consented, ...teams, ...renewed])
}

/** A birth date decides what is a minor's own, and how long a parent stands for a child. */
const isNewOrReborn = ({ prior, change: { resource } }: Prepared): boolean => {
  const before = prior.at(-1)
  if (before === undefined || before.deleted) return true
  return (JSON.parse(before.content) as Patient).birthDate !== (resource as Patient).birthDate
}

/** Notes which custodians hold records of whom; a new pair needs permits. */
const chart = async (connection: Connection, prepared: readonly Prepared[]): Promise<number[]> => {
  const pairs = [
    ...new Set(
      prepared
        .filter(({ type, change }) => change.action !== 'delete' && !openTypes.has(type))
        .flatMap(({ person, others, change }) =>
          [...(person === undefined ? [] : [person]), ...others].map((one) => `${one} ${change.custodian}`),
        ),
    ),
  ].map((pair) => pair.split(' ').map(Number))
  if (pairs.length === 0) return []
  const rows = await connection.query<{ person: number }>(sql`INSERT INTO chart (person, custodian)
    SELECT * FROM unnest(${arrayLiteral(pairs.map(([person]) => person ?? 0))}::text::int[], ${arrayLiteral(pairs.map(([, custodian]) => custodian ?? 0))}::text::int[])
    ON CONFLICT DO NOTHING RETURNING person`)
  return rows.map(({ person }) => person)
}

/** Teams, groups and roles change who a consent names; organizations change whole lineages. */
const membershipChanges = async (
  connection: Connection,
  prepared: readonly Prepared[],
): Promise<number[] | 'all'> => {
  const touched = prepared.filter(
    ({ type, change }) =>
      change.effective && ['CareTeam', 'Group', 'PractitionerRole', 'RelatedPerson'].includes(type),
  )
  const fresh = prepared.filter(
    ({ type, prior }) => prior.length === 0 && ['Practitioner', 'Patient', 'Organization'].includes(type),
  )
  const organizations = prepared.some(
    ({ type, change }) => type === 'Organization' && change.effective && change.keep,
  )
  if (organizations) return 'all'
  const names = [...touched, ...fresh].map(({ type, id }) => `${type}/${id}`)
  if (names.length === 0) return []
  const rows = await connection.query<{
    person: number
  }>(sql`SELECT DISTINCT person FROM directive, unnest(${list(names, 'text')}) AS named(name)
    WHERE strpos(compiled::text, '"' || name || '"') > 0`)
  return [
    ...rows.map(({ person }) => person),
    ...touched.flatMap(({ person, prior }) => [person ?? [], prior[0]?.person ?? []].flat()),
  ]
}

/** Organizations that a trusted import vouches for: their rows, and what follows from them for what is stored. */
export const settleOrganizations = async (
  connection: Connection,
  changes: readonly Change[],
): Promise<void> => {
  for (const { resource, effective, keep, action } of changes)
    if (resource.resourceType === 'Organization' && effective && keep && action !== 'delete')
      await upsertOrganization(connection, resource)
}

/**
 * The organization row that an effective Organization resource stands for; what a partner file says is kept. Where it
 * becomes a Part 2 program, what it holds is held until it is labelled again.
 */
export const upsertOrganization = async (connection: Connection, resource: FhirResource): Promise<void> => {
  const { id = '', name, partOf, extension } = resource as Organization
  const part2 = extension?.find(({ url }) => url === structure('part2-program'))?.valueBoolean === true
  const turns = part2 && !(await isProgram(connection, id))
  if (turns) await haltWrites(connection)
  await connection.query(sql`INSERT INTO organization (id, name, part2, part_of) VALUES (${id}, ${name ?? id}, ${part2}, ${partOf?.reference ?? null})
    ON CONFLICT (id) DO UPDATE SET part2 = organization.part2 OR ${part2}, part_of = coalesce(organization.part_of, excluded.part_of)`)
  if (turns) await holdCustody(connection, id)
}

const isProgram = async (connection: Connection, id: string): Promise<boolean> => {
  const [row] = await connection.query<{ part2: boolean }>(
    sql`SELECT part2 FROM organization WHERE id = ${id}`,
  )
  return row?.part2 === true
}
