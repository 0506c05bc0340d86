import { sql } from 'drizzle-orm'
import type { Extension, Organization } from 'fhir/r4'
import * as z from 'zod'
import { organizationClasses } from '../consent/asked.ts'
import { structure } from '../fhir/names.ts'
import type { Services } from '../services.ts'
import { type Connection, json } from '../store/database.ts'
import { haltWrites, holdCustody } from '../store/hold.ts'
import { rebuildPermits } from '../store/permits.ts'
import { validationPolicy } from '../validate/demands.ts'
import { demandOrganization, findOrganization } from './organizations.ts'
import { storeRecords } from './store-records.ts'

const reference = z
  .string()
  .regex(/^(?:Organization\/)?[A-Za-z0-9.-]{1,64}$/, 'must be Organization/<id>')
  .transform((text) => (text.startsWith('Organization/') ? text : `Organization/${text}`))

const id = z
  .string()
  .regex(
    /^(?:Organization\/)?[A-Za-z0-9.-]{1,64}$/,
    'must be an id of 1 to 64 letters, digits, dots and dashes',
  )
  .transform((text) => text.replace(/^Organization\//, ''))

/** An organization as a partner file describes it. What is not there gets its default; `part2` is never lost by silence. */
export const partnerSchema = z.strictObject({
  id,
  name: z.string().min(1),
  class: z.enum(organizationClasses),
  part2: z.boolean().optional(),
  partOf: reference.nullish(),
  principal: reference.nullish(),
  state: z
    .string()
    .regex(/^[A-Z]{2}$/, 'must be the two letters of a state')
    .nullish(),
  channels: z.array(z.looseObject({ kind: z.string().min(1) })).default([]),
  policies: validationPolicy.default({}),
})

export type PartnerInput = z.output<typeof partnerSchema>

/**
 * Makes organizations known, or changes them: row, directory resource, and with them the permits that depend on either.
 * What an organization holds is held where its Part 2 status changed, until it is labelled again (`settleHeld`). The
 * services belong to an open transaction (`within`).
 */
export const addPartners = async (services: Services, partners: readonly PartnerInput[]): Promise<void> => {
  const { database } = services
  const turned: string[] = []
  for (const partner of partners) if ((await programOf(database, partner)).turns) turned.push(partner.id)
  if (turned.length > 0) await haltWrites(database)
  let changed = false
  for (const partner of partners) {
    const { part2 } = await programOf(database, partner)
    changed = (await upsertRow(database, partner, part2)) || changed
  }
  for (const { partOf, principal } of partners)
    for (const other of [partOf, principal])
      if (other !== undefined && other !== null) await demandOrganization(database, other)
  for (const partner of partners) await upsertDirectory(services, partner)
  for (const one of turned) await holdCustody(database, one)
  if (changed) await rebuildPermits(database, 'all')
}

/**
 * Whether an organization is a Part 2 program from now on, and whether that is new, or that it is a school: what it holds is
 * then labelled by another source.
 */
const programOf = async (
  connection: Connection,
  partner: PartnerInput,
): Promise<{ part2: boolean; turns: boolean }> => {
  const before = await findOrganization(connection, `Organization/${partner.id}`)
  const part2 = partner.part2 ?? (before?.part2 === true || partner.class === 'part2-program')
  const isSchool = (one: string | null | undefined): boolean => one === 'school'
  const turns = (before?.part2 ?? false) !== part2 || isSchool(before?.class) !== isSchool(partner.class)
  return { part2, turns }
}

/** Whether the row is new or other than before. */
const upsertRow = async (connection: Connection, partner: PartnerInput, part2: boolean): Promise<boolean> => {
  const rows =
    await connection.query(sql`INSERT INTO organization (id, name, class, part2, part_of, principal, state, channels, policies)
    VALUES (${partner.id}, ${partner.name}, ${partner.class}, ${part2}, ${partner.partOf ?? null}, ${partner.principal ?? null},
      ${partner.state ?? null}, ${json(partner.channels)}, ${json(partner.policies)})
    ON CONFLICT (id) DO UPDATE SET (name, class, part2, part_of, principal, state, channels, policies) = ROW (excluded.name, excluded.class,
      excluded.part2, excluded.part_of, excluded.principal, excluded.state, excluded.channels, excluded.policies)
    WHERE (organization.name, organization.class, organization.part2, organization.part_of, organization.principal, organization.state, organization.channels, organization.policies)
      IS DISTINCT FROM (excluded.name, excluded.class, excluded.part2, excluded.part_of, excluded.principal, excluded.state, excluded.channels, excluded.policies)
    RETURNING key`)
  return rows.length > 0
}

/** The Organization resource: what a directory said of it before stays, held by whoever holds it. */
const upsertDirectory = async (services: Services, partner: PartnerInput): Promise<void> => {
  const [stored] = await services.database.query<{ content: string; custodian: string }>(
    sql`SELECT r.content, o.id AS custodian FROM resource r JOIN organization o ON o.key = r.custodian
      WHERE r.type = 'Organization' AND r.id = ${partner.id} AND r.richer IS NULL AND NOT r.deleted`,
  )
  const before = stored === undefined ? undefined : (JSON.parse(stored.content) as Organization)
  const after = directoryEntry(partner, before, await isProgram(services.database, partner.id))
  if (before !== undefined && canonical({ ...before, meta: undefined }) === canonical(after)) return
  await storeRecords(services, `Organization/${stored?.custodian ?? partner.id}`, [after], 'trusted')
}

const canonical = (resource: object): string =>
  JSON.stringify(
    Object.entries(resource)
      .filter(([, value]) => value !== undefined)
      .toSorted(([one], [other]) => (one < other ? -1 : 1)),
  )

const isProgram = async (connection: Connection, one: string): Promise<boolean> =>
  (await demandOrganization(connection, `Organization/${one}`)).part2

const programUrl = structure('part2-program')

const directoryEntry = (
  partner: PartnerInput,
  before: Organization | undefined,
  part2: boolean,
): Organization => {
  const {
    meta: _meta,
    partOf: _partOf,
    extension: earlier,
    ...rest
  } = before ?? { resourceType: 'Organization' }
  const others = (earlier ?? []).filter(({ url }) => url !== programUrl)
  const extension: Extension[] = part2 ? [...others, { url: programUrl, valueBoolean: true }] : others
  return {
    ...rest,
    resourceType: 'Organization',
    id: partner.id,
    ...(extension.length === 0 ? {} : { extension }),
    active: before?.active ?? true,
    name: partner.name,
    ...(partner.partOf === undefined || partner.partOf === null
      ? {}
      : { partOf: { reference: partner.partOf } }),
  }
}
