import type { Resource } from 'fhir/r4'
import type { Permit } from '../../consent/permit.ts'
import { valuesOf } from '../../fhir/path.ts'
import { referencesIn } from '../../fhir/references.ts'
import { pruned } from '../../redact/pruned.ts'
import { type CompartmentPart, findCited, findMembers, type Placeable } from '../../search/everything.ts'
import type { Served } from '../../search/parameters.ts'
import { formsOf } from '../../search/tokens.ts'
import type { Connection } from '../../store/database.ts'

/** Whose everything it is, and how far it goes. */
export interface Around extends Omit<CompartmentPart, 'members'> {
  /** The types of the compartment that may be read, each with the parameters that put a resource into it. */
  readonly members: ReadonlyMap<string, readonly Served[]>
  readonly mayRead: (type: string) => boolean
  readonly permit: Permit
  readonly base: string
}

/** One resource of an everything in its order: the owner first, then its records, then what they cite. */
export interface Placed {
  readonly rank: 0 | 1 | 2
  readonly type: string
  readonly id: string
  readonly updated: Date
}

/** How far citations are followed. */
const mostRounds = 12

/**
 * What is around a resource: the records of its compartment under the permit, and what these cite, as far as it is
 * nobody else's. INVARIANT: each is judged as it leaves; a reference that is pruned leads nowhere, and puts nothing into
 * a compartment.
 */
export const findAround = async (connection: Connection, around: Around): Promise<Placed[]> => {
  const { owner, permit, mayRead } = around
  const members = await membersOf(connection, around)
  const known = new Set(members.map(keyOf))
  const found = members.map((row) => placed(row, keyOf(row) === keyOf(owner) ? 0 : 1))
  let fresh = members
  for (let round = 0; round < mostRounds && fresh.length > 0; round++) {
    const cited = new Set(fresh.flatMap((row) => referencesOf(row, around)))
    const wanted = [...cited].filter((key) => !known.has(key) && mayRead(key.split('/')[0] ?? ''))
    fresh = await findCited(connection, permit, wanted, owner.person)
    for (const row of fresh) known.add(keyOf(row))
    found.push(...fresh.map((row) => placed(row, 2)))
  }
  return found.toSorted(inOrder)
}

export const keyOf = ({ type, id }: Pick<Placed, 'type' | 'id'>): string => `${type}/${id}`

const placed = ({ type, id, updated }: Placeable, rank: Placed['rank']): Placed => ({
  rank,
  type,
  id,
  updated,
})

/** Nothing in the order changes with a resource, so that pages fit together. */
export const inOrder = (
  one: Pick<Placed, 'rank' | 'type' | 'id'>,
  other: Pick<Placed, 'rank' | 'type' | 'id'>,
): number => one.rank - other.rank || byText(one.type, other.type) || byText(one.id, other.id)

const byText = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0)

/** The owner, and what is in its compartment as far as that is shown. */
export const membersOf = async (
  connection: Connection,
  around: Omit<Around, 'mayRead'>,
): Promise<Placeable[]> => {
  const { owner, members, permit } = around
  const names = new Map([...members].map(([type, own]) => [type, own.map(({ name }) => name)]))
  const rows = await findMembers(connection, permit, { ...around, members: names })
  return rows.filter(
    (row) => row.hidden.length === 0 || keyOf(row) === keyOf(owner) || isMember(shown(row, around), around),
  )
}

/** What is left of a row that cites something hidden. */
const shown = ({ content, hidden }: Placeable, { base }: Pick<Around, 'base'>): Resource =>
  pruned(JSON.parse(content) as Resource, hidden, base)

const isMember = (resource: Resource, { owner, members, base }: Omit<Around, 'mayRead'>): boolean =>
  (members.get(resource.resourceType) ?? []).some(({ paths }) =>
    paths.some((branch) =>
      valuesOf(resource, [branch]).some((value) => formsOf(branch.type, value, base).includes(keyOf(owner))),
    ),
  )

const referencesOf = (row: Placeable, around: Around): readonly string[] =>
  row.hidden.length === 0
    ? row.refs
    : referencesIn(shown(row, around), around.base).map(({ reference }) => reference)
