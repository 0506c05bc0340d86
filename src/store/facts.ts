import { type SQL, sql } from 'drizzle-orm'
import type { CareTeam, RelatedPerson } from 'fhir/r4'
import type { DefaultRow, OrganizationFacts, RecipientClass } from '../consent/asked.ts'
import type { PersonFacts } from '../consent/decide.ts'
import type { Directive, Provision } from '../consent/directive.ts'
import type { Membership } from '../consent/membership.ts'
import { type MinorRow, minorWindows } from '../consent/minors.ts'
import type { Exception } from '../consent/exceptions.ts'
import { readingOf } from '../consent/fingerprint.ts'
import { arrayLiteral, type Connection, list } from './database.ts'
import { exceptionOf, exceptionsSql, type StoredException } from './exceptions.ts'
import { readers, teamMembers } from './members.ts'
import { birthFrom, bornSql, relatedSql, representation } from './representatives.ts'
import { minorRowOf, minorRowsSql, type StoredMinorRow } from './state-rows.ts'

/** What holds for every person: organizations and tables. */
export interface CommonFacts {
  readonly organizations: ReadonlyMap<string, OrganizationFacts>
  readonly byKey: ReadonlyMap<number, OrganizationFacts>
  readonly table: readonly DefaultRow[]
  readonly minors: readonly MinorRow[]
}

/** A person with the effective directives that speak of it, the custodians that hold its records, and the facts around. */
export interface PersonState {
  readonly person: number
  readonly custodians: readonly number[]
  readonly directives: readonly Directive[]
  /** The person's Patients and RelatedPersons, as references. */
  readonly own: ReadonlySet<string>
  /** Whether a directive names people as recipients, by themselves or as members of something. */
  readonly namesPeople: boolean
  factsFor(custodian: string): PersonFacts
}

/** The organizations and the default table. */
export const readCommonFacts = async (connection: Connection): Promise<CommonFacts> => {
  const {
    organizations: rows,
    table,
    minors,
  } = await readParts<{
    organizations: {
      key: number
      id: string
      class: RecipientClass | null
      part2: boolean
      part_of: string | null
      principal: string | null
      state: string | null
    }
    table: DefaultRow
    minors: StoredMinorRow
  }>(connection, {
    organizations: sql`SELECT key, id, class, part2, part_of, principal, state FROM organization`,
    table: sql`SELECT label, class, purpose, state, effect, citation FROM default_row`,
    minors: minorRowsSql,
  })
  const facts = rows.map((row) => ({
    key: row.key,
    id: row.id,
    class: row.class ?? undefined,
    part2: row.part2,
    partOf: row.part_of ?? undefined,
    principal: row.principal ?? undefined,
    state: row.state ?? undefined,
  }))
  return {
    organizations: new Map(facts.map((own) => [`Organization/${own.id}`, own])),
    byKey: new Map(facts.map((own) => [own.key, own])),
    table,
    minors: minors.map(minorRowOf),
  }
}

/** Reads what decisions about these persons depend on, in few statements however many they are. */
export const readPersons = async (
  connection: Connection,
  common: CommonFacts,
  persons: readonly number[],
): Promise<PersonState[]> => {
  const keys = sql`${sql.param(arrayLiteral(persons))}::text::integer[]`
  const { charts, stored, known, patients, teams, opened, related, born } = await readParts<{
    charts: { person: number; custodian: number }
    stored: { person: number; compiled: Directive; reading: string | null }
    known: { person: number; id: string }
    patients: { person: number; id: string }
    teams: { person: number; custodian: number; content: string }
    opened: StoredException
    related: { person: number; custodian: number; content: string }
    born: { person: number; custodian: number; date: string | null }
  }>(connection, {
    charts: sql`SELECT person, custodian FROM chart WHERE person = ANY(${keys})`,
    stored: sql`SELECT person, compiled, reading FROM directive WHERE effective AND person = ANY(${keys})`,
    known: sql`SELECT DISTINCT c.person, o.id FROM crosswalk c JOIN organization o ON o.key = c.organization WHERE c.person = ANY(${keys})`,
    patients: sql`SELECT DISTINCT person, id FROM resource WHERE type = 'Patient' AND person = ANY(${keys})`,
    teams: sql`SELECT person, custodian, content FROM resource WHERE type = 'CareTeam' AND effective AND NOT deleted AND richer IS NULL AND person = ANY(${keys})`,
    opened: exceptionsSql(keys),
    related: relatedSql(keys),
    born: bornSql(keys),
  })
  const current = readingOf()
  const directives = stored.map(({ person, compiled, reading }) => ({
    person,
    directive: reading === current ? revive(compiled) : withoutPermits(revive(compiled)),
  }))
  const named = await readNamed(
    connection,
    directives.map(({ directive }) => directive),
  )
  const exceptions = opened.map((row) => ({ person: row.person, exception: exceptionOf(row) }))
  const [charted, spoken, knowing, own, teamed, excepted] = [
    charts,
    directives,
    known,
    patients,
    teams,
    exceptions,
  ].map((rows) => Map.groupBy(rows as { person: number }[], ({ person }) => person)) as [
    Map<number, typeof charts>,
    Map<number, typeof directives>,
    Map<number, typeof known>,
    Map<number, typeof patients>,
    Map<number, typeof teams>,
    Map<number, typeof exceptions>,
  ]
  /** Who represents a person at a custodian, and what is a minor's own there. */
  const agesAt = (person: number, key: number | undefined, { byKey, minors }: CommonFacts) => {
    const own = <Row extends { person: number; custodian: number }>(rows: readonly Row[]): Row[] =>
      rows.filter((row) => row.person === person && row.custodian === key)
    const birth = birthFrom(own(born).map(({ date }) => date))
    return {
      representatives: own(related).flatMap(({ content }) =>
        representation(JSON.parse(content) as RelatedPerson, birth),
      ),
      minor: minorWindows(minors, byKey.get(key ?? -1)?.state, birth),
      birth,
    }
  }
  const spokenBy = (person: number) => (spoken.get(person) ?? []).map(({ directive }) => directive)
  const relatedTo = (person: number) =>
    related.flatMap((row) =>
      row.person === person ? [`RelatedPerson/${(JSON.parse(row.content) as RelatedPerson).id ?? ''}`] : [],
    )
  return persons.map((person) => {
    const shared = {
      ...named,
      organizations: common.organizations,
      table: common.table,
      knownTo: new Set((knowing.get(person) ?? []).map(({ id }) => `Organization/${id}`)),
      patients: new Set((own.get(person) ?? []).map(({ id }) => `Patient/${id}`)),
      exceptions: (excepted.get(person) ?? []).map(({ exception }): Exception => exception),
    }
    return {
      person,
      custodians: (charted.get(person) ?? []).map(({ custodian }) => custodian),
      directives: spokenBy(person),
      own: new Set([...shared.patients, ...relatedTo(person)]),
      namesPeople: spokenBy(person).some(({ root }) => namedBy(root).some(isPeople)),
      factsFor: (custodian) => {
        const key = common.organizations.get(custodian)?.key
        const mine = (teamed.get(person) ?? []).filter((team) => team.custodian === key)
        return {
          ...shared,
          team: mine.flatMap(({ content }) => teamMembers(JSON.parse(content) as CareTeam)),
          ...agesAt(person, key, common),
        }
      },
    }
  })
}

/** Several small results in one statement, as JSON: one round trip instead of many. */
const readParts = async <Parts extends Record<string, object>>(
  connection: Connection,
  parts: { readonly [Name in keyof Parts]: SQL },
): Promise<{ readonly [Name in keyof Parts]: Parts[Name][] }> => {
  const columns = Object.entries<SQL>(parts).map(
    ([name, part]) => sql`coalesce((SELECT json_agg(part) FROM (${part}) part), '[]') AS "${sql.raw(name)}"`,
  )
  const [row] = await connection.query<{ readonly [Name in keyof Parts]: Parts[Name][] }>(
    sql`SELECT ${sql.join(columns, sql`, `)}`,
  )
  if (row === undefined) throw new Error('a statement without a source has one row')
  return row
}

type Named = Pick<PersonFacts, 'members' | 'present' | 'refsOf'>

/** How deep groups may lie within groups; what lies deeper cannot be evaluated. */
const nesting = 4

/** What directives name beside organizations, and what that names in turn: members of groups, records that are cited. */
const readNamed = async (connection: Connection, directives: readonly Directive[]): Promise<Named> => {
  const [present, refsOf, members] = [
    new Set<string>(),
    new Map<string, string[]>(),
    new Map<string, Membership[]>(),
  ]
  let wanted = [...new Set(directives.flatMap(({ root }) => namedBy(root)))]
  for (let depth = 0; depth < nesting && wanted.length > 0; depth++) {
    const rows =
      await connection.query<NamedRow>(sql`SELECT type, id, effective, content, refs FROM resource WHERE NOT deleted AND richer IS NULL
      AND (type, id) IN (SELECT split_part(k, '/', 1), split_part(k, '/', 2) FROM unnest(${list(wanted, 'text')}) k)`)
    for (const { type, id, effective, content, refs } of rows) {
      const reference = `${type}/${id}`
      present.add(reference)
      refsOf.set(reference, refs)
      const own = effective ? readers[type]?.(JSON.parse(content)) : undefined
      if (own !== undefined) members.set(reference, own)
    }
    wanted = [
      ...new Set(
        rows.flatMap(({ type, id }) => (members.get(`${type}/${id}`) ?? []).map(({ member }) => member)),
      ),
    ].filter((reference) => !present.has(reference))
  }
  return { present, refsOf, members }
}

interface NamedRow {
  readonly type: string
  readonly id: string
  readonly effective: boolean
  readonly content: string
  readonly refs: string[]
}

const namedBy = (provision: Provision): string[] => [
  ...provision.criteria.flatMap((criterion) => {
    if (criterion.kind === 'recipient') return criterion.references
    return criterion.kind === 'data' ? criterion.meanings.map(({ reference }) => reference) : []
  }),
  ...provision.children.flatMap(namedBy),
]

const isPeople = (reference: string): boolean =>
  /^(?:Patient|RelatedPerson|Group|CareTeam|PractitionerRole)\//.test(reference)

/** Stored directives carry masks as decimal text, since JSON has no bigint. */
export const stored = (directive: Directive): unknown =>
  JSON.parse(
    JSON.stringify(directive, (_key, value: unknown) =>
      typeof value === 'bigint' ? value.toString() : value,
    ),
  )

/** The masks of a stored directive are bigints again. */
const revive = (directive: Directive): Directive => ({ ...directive, root: reviveProvision(directive.root) })

/**
 * What another release compiled, until it is read again (`renewReadings`): what it lacks by this one is not known, so its
 * denies hold and its permits do not count (42 CFR 2.31(c)).
 */
export const withoutPermits = (
  directive: Directive & { readonly denying?: readonly string[]; readonly signers?: readonly string[] },
): Directive => ({
  ...directive,
  void: [...directive.void, '42 CFR 2.31(c)'],
  deficient: [],
  signers: directive.signers ?? [],
  denying: directive.denying ?? directive.custodians,
})

const reviveProvision = (provision: Provision): Provision => ({
  ...provision,
  children: provision.children.map(reviveProvision),
  criteria: provision.criteria.map((criterion) =>
    criterion.kind === 'label'
      ? { ...criterion, permit: BigInt(criterion.permit), deny: BigInt(criterion.deny) }
      : criterion,
  ),
})
