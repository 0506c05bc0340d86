import type { FhirResource } from 'fhir/r4'
import { z } from 'zod'
import { openTypes } from '../../consent/label.ts'
import { Refusal } from '../../problem.ts'
import type { Services } from '../../services.ts'
import { list } from '../../store/database.ts'
import { upsertOrganization } from '../../store/effects.ts'
import { sql } from 'drizzle-orm'
import { within } from '../administered.ts'
import { type Command, isSet, referenceTo, required } from '../command.ts'
import { problemTexts } from '../fault.ts'
import { gather } from '../gather.ts'
import type { Operation } from '../operation.ts'
import { demandOrganization, findOrganization } from '../organizations.ts'
import { labelsOf, storeRecords, type Stored } from '../store-records.ts'

/** Resources that are stored in one transaction. */
const chunk = 500

const input = z.object({
  custodian: z.string(),
  trusted: z.boolean(),
  resources: z.array(z.looseObject({ resourceType: z.string(), id: z.string() })),
})

interface Answer {
  readonly resources: readonly Stored[]
  /** Why nothing of these resources was stored. */
  readonly problems: readonly string[]
}

/** Stores resources as records of a custodian, all of them or none. */
export const importRecords: Operation<z.output<typeof input>, Answer> = {
  name: 'import',
  input,
  run: async ({ services }, { custodian, trusted, resources: given }) => {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- validated on the way in
    const resources = given as readonly FhirResource[]
    const references = given.map(({ resourceType, id }) => `${resourceType}/${id}`)
    try {
      return await services.database.transaction(async (connection) => {
        const inner = within(services, connection)
        if (trusted) await introduceCustodian(inner, custodian, resources)
        await demandOrganization(connection, custodian)
        for (const [holder, own] of await holdersOf(inner, custodian, resources, trusted))
          await storeRecords(inner, holder, own, trusted ? 'trusted' : 'plain')
        return { resources: await labelsOf(connection, references), problems: [] }
      })
    } catch (fault) {
      if (!(fault instanceof Refusal)) throw fault
      return { resources: [], problems: problemTexts(fault) }
    }
  },
}

/** A trusted import may bring the Organization that it is for. */
const introduceCustodian = async (
  { database }: Services,
  custodian: string,
  resources: readonly FhirResource[],
): Promise<void> => {
  if ((await findOrganization(database, custodian)) !== undefined) return
  const own = resources.find(({ resourceType, id }) => `${resourceType}/${id ?? ''}` === custodian)
  if (own !== undefined) await upsertOrganization(database, own)
}

/** A trusted import may renew directory entries of others: whoever holds them keeps them. */
const holdersOf = async (
  { database }: Services,
  custodian: string,
  resources: readonly FhirResource[],
  trusted: boolean,
): Promise<Map<string, FhirResource[]>> => {
  const keys = trusted
    ? resources.filter(({ resourceType }) => openTypes.has(resourceType)).map(referenceOf)
    : []
  const rows =
    keys.length === 0
      ? []
      : await database.query<{ reference: string; holder: string }>(
          sql`SELECT DISTINCT r.type || '/' || r.id AS reference, 'Organization/' || o.id AS holder FROM resource r
            JOIN organization o ON o.key = r.custodian WHERE r.type || '/' || r.id = ANY(${list(keys, 'text')})`,
        )
  const holders = new Map(rows.map(({ reference, holder }) => [reference, holder]))
  return Map.groupBy(resources, (one) => holders.get(referenceOf(one)) ?? custodian)
}

const referenceOf = ({ resourceType, id }: FhirResource): string => `${resourceType}/${id ?? ''}`

/** `import` */
export const importCommand: Command = {
  name: 'import',
  summary: "store resources with the ids they have, as a custodian's records",
  usage:
    'import <bundle.json|ndjson>… --custodian Organization/<id> [--trusted]\n' +
    '  --trusted keeps versions, dates and labels, and makes Consents and other policy-bearing data effective',
  example: 'import world.json --custodian Organization/riverbend --trusted',
  options: { custodian: { type: 'string' }, trusted: { type: 'boolean' } },
  positionals: [1, Infinity],
  perform: async (given, desk) => {
    const custodian = referenceTo('Organization', required(given, 'custodian'))
    const texts = await Promise.all(
      given.positionals.map(async (path) => ({ name: path, text: await desk.readText(path) })),
    )
    const resources = gather(texts)
    const stored: Stored[] = []
    const problems: string[] = []
    for (let start = 0; start < resources.length && problems.length === 0; start += chunk) {
      const part = resources.slice(start, start + chunk)
      const answer = await desk.call(importRecords, {
        custodian,
        trusted: isSet(given, 'trusted'),
        resources: part,
      })
      stored.push(...answer.resources)
      problems.push(...answer.problems)
      desk.tell(`${stored.length} of ${resources.length} stored`)
    }
    const json = { imported: stored.length, resources: stored, problems }
    const text = `${stored.length} resources stored`
    if (problems.length === 0) return { text, json }
    return {
      text,
      json,
      fault: [...problems, `refused: ${stored.length} of ${resources.length} were stored`].join('\n'),
    }
  },
}
