import { sql } from 'drizzle-orm'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Access } from '../../src/authorize/grant.ts'
import { reachOf } from '../../src/authorize/reach.ts'
import { readScope } from '../../src/smart/scopes.ts'
import { findOfPatient } from '../../src/store/of-patient.ts'
import { concept, observation, patient } from '../contract/records.ts'
import { openWorld, type World } from '../contract/world.ts'

let world: World

beforeAll(async () => {
  world = await openWorld('pglite')
  const kinds = ['survey', 'vital-signs', 'laboratory']
  const made = ['ann', 'bea'].flatMap((subject) =>
    kinds.flatMap((kind) =>
      (['final', 'amended'] as const).map((status) =>
        observation(`${subject}-${kind}-${status}`, subject, {
          status,
          category: [concept('http://c', kind)],
        }),
      ),
    ),
  )
  const both = observation('both', 'bea', { performer: [{ reference: 'Patient/ann' }] })
  await world.load('clinic', [patient('ann'), patient('bea'), both, ...made])
}, 60_000)
afterAll(() => world.close())

const level = fc.constantFrom('patient', 'user', 'system')
const type = fc.constantFrom('Observation', 'Patient', 'Organization', '*')
const access = fc.constantFrom('r', 's', 'rs', 'crs', 'cruds', 'cu')
const query = fc.constantFrom(
  '',
  '',
  '?category=http://c|survey',
  '?category=survey,laboratory&status=final',
  '?status=amended',
)

/** A scope as it is registered; one for every type is narrowed by nothing that only one type has. */
const scope = fc
  .tuple(level, type, access, query)
  .map(([of, what, how, narrowed]) => `${of}/${what}.${how}${what === 'Observation' ? narrowed : ''}`)

test('what scopes reach is the same in SQL as of a record at hand', async () => {
  const rows = await world.rows<{ type: string; id: string; tokens: string[] }>(
    sql`SELECT type, id, tokens FROM resource WHERE type IN ('Observation', 'Patient', 'Organization')`,
  )
  const keyOf = (row: { type: string; id: string }): string => `${row.type}/${row.id}`
  const own = await findOfPatient(world.database, 'Patient/ann', rows.map(keyOf))
  let narrowed = 0
  await fc.assert(
    fc.asyncProperty(
      fc.array(scope, { minLength: 1, maxLength: 4 }),
      fc.constantFrom<Access>('c', 'r', 'u', 'd', 's'),
      fc.boolean(),
      async (texts, asked, isKnown) => {
        const reach = reachOf(
          texts.flatMap((text) => readScope(text) ?? []),
          'Patient/ann',
        )
        if (reach === undefined) return
        narrowed += 1
        for (const one of isKnown ? ['Observation', 'Patient', 'Organization'] : [undefined]) {
          const typed =
            one === undefined
              ? sql`r.type IN ('Observation', 'Patient', 'Organization')`
              : sql`r.type = ${one}`
          const found = await world.rows<{ type: string; id: string }>(
            sql`SELECT r.type, r.id FROM resource r WHERE ${typed} AND ${reach.within('r', asked, one)}`,
          )
          const expected = rows.filter(
            (row) =>
              (one === undefined || row.type === one) &&
              reach.holds(asked, { ...row, isOfPatient: own.has(keyOf(row)) }),
          )
          expect(found.map(keyOf).toSorted()).toEqual(expected.map(keyOf).toSorted())
        }
      },
    ),
    { numRuns: 200 },
  )
  expect(narrowed).toBeGreaterThan(80)
})
