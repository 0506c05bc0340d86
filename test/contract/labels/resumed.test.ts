import { sql } from 'drizzle-orm'
import fc from 'fast-check'
import type { FhirResource } from 'fhir/r4'
import { describe, expect, test } from 'vitest'
import { sensitivityTables } from '../../../mappings/sensitivity/index.ts'
import { jobOf } from '../../../src/admin/relabelling.ts'
import type { Database } from '../../../src/store/database.ts'
import { step } from '../../../src/store/relabelling.ts'
import { longKinds } from '../databases.ts'
import { condition, icd10, label, observation, patient } from '../records.ts'
import { openWorld, type World } from '../world.ts'
import { command, contentsOf, recordsOf, release, stricter } from './releases.ts'

/** One thing that happens to a record of Ann's; what is refused happens not. */
type Event =
  | { readonly kind: 'load'; readonly resource: FhirResource }
  | { readonly kind: 'put'; readonly resource: FhirResource }
  | { readonly kind: 'delete'; readonly id: string }
  | { readonly kind: 'meta-add' | 'meta-delete'; readonly id: string; readonly code: string }

const id = fc.constantFrom('o1', 'o2', 'o3', 'o4')

const resource: fc.Arbitrary<FhirResource> = fc.oneof(
  fc
    .record({
      id,
      code: fc.constantFrom('J00', 'F10.20', 'B20', 'F32.1', 'I10'),
      cites: fc.option(fc.tuple(fc.constantFrom('derivedFrom', 'hasMember', 'focus'), id), {
        nil: undefined,
      }),
      labels: fc.subarray(['HIV', 'PSY', 'SDV'], { maxLength: 1 }),
      level: fc.option(fc.constantFrom('N', 'R', 'V'), { nil: undefined }),
    })
    .map(({ id: own, code, cites, labels, level }) =>
      observation(own, 'ann', {
        code: icd10(code),
        ...(cites !== undefined &&
          cites[1] !== own && { [cites[0]]: [{ reference: `Observation/${cites[1]}` }] }),
        ...((labels.length > 0 || level !== undefined) && {
          meta: {
            security: [
              ...(level === undefined
                ? []
                : [{ system: 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality', code: level }]),
              ...labels.map(label),
            ],
          },
        }),
      }),
    ),
  fc
    .record({
      activities: fc.array(fc.constantFrom('J00', 'F10.20', 'B20'), { maxLength: 3 }),
      info: fc.option(id, { nil: undefined }),
    })
    .map(({ activities, info }): FhirResource => ({
      resourceType: 'CarePlan',
      id: 'plan',
      status: 'active',
      intent: 'plan',
      subject: { reference: 'Patient/ann' },
      ...(activities.length > 0 && {
        activity: activities.map((code) => ({ detail: { status: 'scheduled', code: icd10(code) } })),
      }),
      ...(info !== undefined && { supportingInfo: [{ reference: `Observation/${info}` }] }),
    })),
)

const event: fc.Arbitrary<Event> = fc.oneof(
  { weight: 3, arbitrary: resource.map((own): Event => ({ kind: 'load', resource: own })) },
  { weight: 3, arbitrary: resource.map((own): Event => ({ kind: 'put', resource: own })) },
  { weight: 1, arbitrary: id.map((own): Event => ({ kind: 'delete', id: own })) },
  {
    weight: 2,
    arbitrary: fc
      .record({ kind: fc.constantFrom('meta-add', 'meta-delete'), id, code: fc.constantFrom('HIV', 'PSY') })
      .map((own): Event => own),
  },
)

const happen = async (world: World, one: Event): Promise<void> => {
  if (one.kind === 'load') return world.load('clinic', [one.resource])
  if (one.kind === 'put')
    await world.put('clinic', `${one.resource.resourceType}/${one.resource.id}`, one.resource)
  else if (one.kind === 'delete') await world.del('clinic', `Observation/${one.id}`)
  else
    await world.post('clinic-policy', `Observation/${one.id}/$${one.kind}`, {
      resourceType: 'Parameters',
      parameter: [{ name: 'meta', valueMeta: { security: [label(one.code)] } }],
    })
}

/** Empties what a run stored, so that the next one has a world of its own. */
const clear = (world: World) =>
  world.database.transaction(async (connection) => {
    await connection.query(sql`DELETE FROM resource WHERE NOT open AND type <> 'Patient'`)
    await connection.query(sql`DELETE FROM history`)
    for (const index of ['words', 'dates', 'amounts'])
      await connection.query(sql.raw(`DELETE FROM ${index} WHERE resource NOT IN (SELECT key FROM resource)`))
  })

describe.each(longKinds)('a relabelling, on %s', { timeout: 180_000 }, (kind) => {
  const open = async (): Promise<World> => {
    const world = await openWorld(kind)
    await world.load('clinic', [patient('ann')])
    await world.know('hospital', 'Patient/ann')
    await release(world, sensitivityTables)
    return world
  }

  test('of unchanged inputs changes nothing at all, in any table', async () => {
    const world = await open()
    try {
      const property = fc.asyncProperty(fc.array(event, { minLength: 2, maxLength: 8 }), async (events) => {
        await clear(world)
        for (const one of events) await happen(world, one)
        const now = await release(world, sensitivityTables)
        const before = await contentsOf(world.database)
        const ran = await command(now, ['relabel', '--all'])
        expect(ran.json).toMatchObject({ due: false, changed: 0, held: 0 })
        expect(await contentsOf(world.database)).toEqual(before)
      })
      await fc.assert(property, {
        numRuns: Number(process.env['LAW_RUNS'] ?? 25),
        ...(process.env['LAW_SEED'] !== undefined && { seed: Number(process.env['LAW_SEED']) }),
      })
    } finally {
      await world.close()
    }
  })

  test('is the same however often it is stopped, and whoever writes in between', async () => {
    const [whole, broken] = await Promise.all([open(), open()])
    try {
      const records = Array.from({ length: 130 }, (_, place) => [
        condition(`c${place}`, 'ann', place % 3 === 0 ? {} : { code: icd10('I10') }),
        observation(`o${place}`, 'ann', { focus: [{ reference: `Condition/c${place}` }] }),
      ]).flat()
      for (const world of [whole, broken]) await world.load('clinic', records)
      await command(await release(whole, stricter), ['relabel'])
      const stops = { left: 3 }
      const next = await release(broken, stricter, (database) => failing(database, stops))
      let faults = 0
      for (let done = false; !done;) {
        const worked = await step(jobOf(next)).catch(() => undefined)
        if (worked === undefined) {
          faults += 1
          stops.left = 3 + 7 * faults
          await broken.load('clinic', records.slice(2, 4))
        }
        done = worked?.worked === false
      }
      expect(faults).toBeGreaterThan(2)
      expect((await command(next, ['relabel', '--status'])).json).toMatchObject({ due: false, held: 0 })
      expect(await recordsOf(broken.database)).toEqual(await recordsOf(whole.database))
    } finally {
      await Promise.all([whole.close(), broken.close()])
    }
  })
})

/** A database that is gone in the middle of a transaction, after so many of its statements. */
const failing = (database: Database, stops: { left: number }): Database => ({
  ...database,
  transaction: (work) =>
    database.transaction((connection) =>
      work({
        query: (statement) => {
          stops.left -= 1
          if (stops.left === 0) throw new Error('stopped')
          return connection.query(statement)
        },
      }),
    ),
})
