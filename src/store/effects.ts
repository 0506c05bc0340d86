import { sql } from 'drizzle-orm'
import type { Consent, FhirResource, Organization, Patient } from 'fhir/r4'
import { openTypes } from '../consent/label.ts'
import { type Directive, directiveOf } from '../consent/directive.ts'
import { structure } from '../fhir/names.ts'
import type { Change, Prepared } from './change.ts'
import { arrayLiteral, type Connection, json, list } from './database.ts'
import { type CommonFacts, stored } from './facts.ts'
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

/** Compiles the Consents of a write; an inert one waits for an officer of the custodian. */
const direct = async (
  connection: Connection,
  prepared: readonly Prepared[],
  common: CommonFacts,
): Promise<number[]> => {
  const persons: number[] = []
  for (const { type, id, change, person, prior } of prepared) {
    if (type !== 'Consent') continue
    const before = prior[0]?.person
    const counted = prior[0]?.effective === change.effective
    if (change.action === 'relabel' && counted && before === (person ?? null)) continue
    if (before !== null && before !== undefined) persons.push(before)
    const consent = change.resource as Consent
    const compiled =
      change.action === 'delete' || !change.effective
        ? undefined
        : await compile(connection, consent, change, common)
    if (compiled === undefined || person === undefined) {
      await connection.query(sql`DELETE FROM directive WHERE consent = ${`Consent/${id}`}`)
      continue
    }
    persons.push(person)
    await connection.query(sql`INSERT INTO directive (consent, person, effective, compiled) VALUES (${`Consent/${id}`}, ${person}, true, ${json(stored(compiled))})
      ON CONFLICT (consent) DO UPDATE SET person = excluded.person, effective = true, compiled = excluded.compiled`)
  }
  return persons
}

/** A client with the role `policy` for one custodian binds that custodian and no other; a trusted import binds all it names. */
const compile = async (
  connection: Connection,
  consent: Consent,
  change: Prepared['change'],
  common: CommonFacts,
): Promise<Directive | undefined> => {
  const directive = directiveOf(consent, await hasName(connection, consent.patient?.reference))
  if (directive === undefined || change.keep) return directive
  const own = `Organization/${common.byKey.get(change.custodian)?.id ?? ''}`
  return {
    ...directive,
    custodians: [own],
    denying: [own],
    ...(directive.custodians.includes(own) ? {} : { void: [...directive.void, '42 CFR 2.31(a)(2)'] }),
  }
}

/** Whether the Patient has a name: 42 CFR 2.31(a)(1) asks for it where the Consent does not show one. */
const hasName = async (connection: Connection, reference: string | undefined): Promise<boolean> => {
  const [type, id] = reference?.split('/') ?? []
  if (type !== 'Patient' || id === undefined) return false
  const [row] = await connection.query<{ content: string }>(
    sql`SELECT content FROM resource WHERE type = 'Patient' AND id = ${id} AND richer IS NULL AND NOT deleted`,
  )
  const patient = row === undefined ? undefined : (JSON.parse(row.content) as Patient)
  return patient?.name?.some(({ text, family }) => (text ?? family ?? '') !== '') === true
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
