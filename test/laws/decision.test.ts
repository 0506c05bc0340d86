import { sql } from 'drizzle-orm'
import fc from 'fast-check'
import type { FhirResource } from 'fhir/r4'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import defaults from '../../mappings/default-table.json' with { type: 'json' }
import { accept } from '../../src/accept.ts'
import type { Caller } from '../../src/authenticate/caller.ts'
import { authorize } from '../../src/authorize/authorize.ts'
import { type Asked, home, isRepresentative } from '../../src/consent/asked.ts'
import { decide } from '../../src/consent/decide.ts'
import { exceptable } from '../../src/consent/exceptions.ts'
import { bit, bits, type Label, labels } from '../../src/consent/labels.ts'
import { permitFor } from '../../src/consent/permit.ts'
import { createServices } from '../../src/create-services.ts'
import type { FoundRow } from '../../src/search/find.ts'
import type { Services } from '../../src/services.ts'
import type { Database } from '../../src/store/database.ts'
import { recordFacts } from '../../src/store/explain.ts'
import { type CommonFacts, type PersonState, readCommonFacts, readPersons } from '../../src/store/facts.ts'
import { insertException } from '../../src/store/exceptions.ts'
import { readKinds } from '../../src/store/named-codes.ts'
import { ensureAudience, rebuildPermits } from '../../src/store/permits.ts'
import { setMinorRows } from '../../src/store/state-rows.ts'
import { openDatabase } from '../contract/databases.ts'
import { askers, type World, world } from './arbitrary.ts'
import type { DrawnException } from './drawn/exception.ts'
import { organizations } from './drawn/town.ts'
import { loadHierarchy } from '../contract/hierarchy.ts'
import { hierarchy } from './hierarchy.ts'
import { minorRows, stateRows } from './state-rows.ts'

const moment = new Date('2026-06-15T12:00:00Z')
const runs = Number(process.env.LAW_RUNS ?? 100)
const seed = Number(process.env['LAW_SEED'] ?? Date.now() % 1_000_000_000)

let database: Database
let services: Services
let made = 0

beforeAll(async () => {
  database = await openDatabase('postgres')
  const settings = {
    publicUrl: 'http://localhost',
    production: false,
    log: false,
    clock: moment.getTime(),
    mllpPort: 0,
  }
  services = createServices({ settings, database, clock: { now: () => moment, real: () => moment } })
  await setMinorRows(database, minorRows)
  await loadHierarchy(database, hierarchy)
  for (const { label, class: of, purpose, state, effect, citation } of [...defaults.rows, ...stateRows])
    await database.query(
      sql`INSERT INTO default_row (label, class, purpose, state, effect, citation) VALUES (${label}, ${of}, ${purpose}, ${state}, ${effect}, ${citation})`,
    )
  for (const { id, class: of, part2, partOf, principal, state } of organizations)
    await database.query(
      sql`INSERT INTO organization (id, name, class, part2, part_of, principal, state) VALUES (${id}, ${id}, ${of}, ${part2}, ${partOf}, ${principal}, ${state})`,
    )
  await load('clinic', [
    { resourceType: 'Practitioner', id: 'kim' },
    { resourceType: 'Practitioner', id: 'lee' },
  ])
}, 60_000)

afterAll(() => database.close())

const callerFor = async (asked: Asked, common: CommonFacts): Promise<Caller> => ({
  client: 'law',
  organization: asked.organization,
  organizationKey: common.organizations.get(asked.organization)?.key ?? 0,
  homeKey: common.organizations.get(home(asked.organization, common.organizations))?.key ?? 0,
  asked,
  audience: await database.transaction((connection) => ensureAudience(connection, asked)),
  scope: 'system/*.cruds',
  roles: [],
  prefix: undefined,
})

const load = async (custodian: string, resources: readonly FhirResource[]): Promise<void> => {
  const caller = await callerFor(
    { organization: `Organization/${custodian}`, purpose: 'TREAT' },
    await readCommonFacts(database),
  )
  const submissions = resources.map((resource) => ({
    method: 'update' as const,
    type: resource.resourceType,
    id: resource.id ?? '',
    resource,
  }))
  await accept(
    { ...services, validate: () => [] },
    { interaction: 'import', request: 'law', caller, imports: 'trusted' },
    submissions,
  )
}

const stand = async (run: string, { records, consents, knownTo, exceptions }: World): Promise<number> => {
  for (const [custodian, resources] of Object.entries(records)) await load(custodian, resources)
  await load('clinic', consents)
  const [row] = await database.query<{ person: number }>(
    sql`SELECT person FROM resource WHERE type = 'Patient' AND id = ${`${run}-clinic`}`,
  )
  const person = row?.person ?? 0
  for (const id of knownTo)
    await database.query(
      sql`INSERT INTO crosswalk (organization, person, patient) SELECT key, ${person}, ${`Patient/${run}-clinic`} FROM organization WHERE id = ${id}`,
    )
  const { organizations: known } = await readCommonFacts(database)
  const keyOf = (reference: string | undefined): number | null => known.get(reference ?? '')?.key ?? null
  for (const drawn of exceptions) await except(drawn, person, keyOf)
  await database.transaction((connection) => rebuildPermits(connection, [person]))
  return person
}

const except = async (
  { kind, everybody, start, end, labels: chosen, ...drawn }: DrawnException,
  person: number,
  keyOf: (reference: string | undefined) => number | null,
): Promise<void> => {
  const own = labels.filter((label) => label === 'ordinary' || (chosen?.includes(label) ?? true))
  const ofAll = everybody && (kind === 'audit' || kind === 'research') && drawn.custodian !== undefined
  await insertException(database, {
    kind,
    person: ofAll ? null : person,
    custodian: keyOf(drawn.custodian),
    organization: keyOf(drawn.organization) ?? 0,
    client: null,
    start: moment.getTime() + Math.min(start, end),
    end: moment.getTime() + Math.max(start, end),
    allowed: bits(...(own satisfies readonly Label[])) & exceptable,
    criteria: drawn.criteria,
    form: {},
    finding: 'opened',
  })
}

/** What the predicate shows of a person, as keys with the mask of the cut that is shown. */
const bySql = async (caller: Caller, person: number): Promise<string[]> => {
  const permit = permitFor(authorize(caller, []), moment)
  const rows = await database.query<{ key: string }>(
    sql`SELECT r.type || '/' || r.id || ' ' || r.mask AS key FROM resource r WHERE r.person = ${person} AND ${permit.visible('r')} ORDER BY 1`,
  )
  return rows.map(({ key }) => key)
}

type Row = FoundRow & { readonly richer: readonly (bigint | number)[] | null }

/** The same from the reference decision: of each resource the richest cut of which every label is permitted. */
const byReference = async (
  asked: Asked,
  person: number,
  state: PersonState,
  common: CommonFacts,
): Promise<string[]> => {
  const rows = await database.query<Row>(
    sql`SELECT r.*, 0::bigint AS ordinary, '{}'::text[] AS hidden FROM resource r WHERE r.person = ${person}`,
  )
  const kinds = await readKinds(database, rows)
  const custodianOf = (row: Row) => `Organization/${common.byKey.get(row.custodian)?.id ?? ''}`
  const permitted = rows.filter(
    (row) =>
      decide(
        state.directives,
        asked,
        moment.getTime(),
        recordFacts(row, custodianOf(row), kinds),
        state.factsFor(custodianOf(row)),
      ).effect === 'permit',
  )
  const richest = permitted.filter(
    (row) =>
      !permitted.some(
        (other) =>
          other.type === row.type &&
          other.id === row.id &&
          other !== row &&
          (BigInt(row.mask) & ~BigInt(other.mask)) === 0n,
      ),
  )
  const released = rows.filter(
    (row) =>
      row.type === 'Patient' &&
      !permitted.includes(row) &&
      isReleased(row, richest, asked, state, common, custodianOf(row)),
  )
  return [...richest, ...released].map((row) => `${row.type}/${row.id} ${String(row.mask)}`).toSorted()
}

/** A permit that reaches any record of a custodian also releases that custodian's Patient, unless a deny is its word. */
const isReleased = (
  patient: Row,
  shown: readonly Row[],
  asked: Asked,
  state: PersonState,
  common: CommonFacts,
  custodian: string,
): boolean => {
  if ((BigInt(patient.mask) & bits('unsettled', 'unknown-label')) !== 0n) return false
  const { reasons } = decide(
    state.directives,
    asked,
    moment.getTime(),
    recordFacts(patient, custodian, new Map()),
    state.factsFor(custodian),
  )
  return (
    reasons.every(({ effect }) => effect !== 'deny') &&
    shown.some((row) => row.custodian === patient.custodian && row.type !== 'Patient')
  )
}

describe('the law of decisions', () => {
  it('the predicate shows exactly what the reference decision permits', async () => {
    const seen = { pairs: 0, hidden: 0, shown: 0, consented: 0, excepted: 0, represented: 0 }
    await fc.assert(
      fc.asyncProperty(
        fc.constant(null).chain(() => world(`w${made++}`)),
        async (drawn) => {
          const run = drawn.records.clinic?.[0]?.id?.replace('-clinic', '') ?? ''
          const person = await stand(run, drawn)
          const common = await readCommonFacts(database)
          const [state] = await readPersons(database, common, [person])
          if (state === undefined) throw new Error('no such person')
          for (const asked of askers(run)) {
            const caller = await callerFor(asked, common)
            const [left, right] = [
              await bySql(caller, person),
              await byReference(asked, person, state, common),
            ]
            expect({ asked, shown: left }).toEqual({ asked, shown: right })
            seen.pairs += 1
            seen.shown += left.length
            seen.hidden += Object.values(drawn.records).flat().length - left.length
            if (isRepresentative(asked)) seen.represented += left.length
            if (left.some((key) => (BigInt(key.split(' ')[1] ?? 0) & bit('42CFRPart2')) !== 0n))
              seen[isExcepted(asked.purpose) ? 'excepted' : 'consented'] += 1
          }
          await forget(person)
        },
      ),
      {
        numRuns: runs,
        seed,
        endOnFailure: process.env['LAW_SHRINK'] !== 'true',
        ...(process.env['LAW_PATH'] === undefined ? {} : { path: process.env['LAW_PATH'] }),
      },
    )
    console.info(
      `decision law, seed ${seed}: ${seen.pairs} askers, ${seen.shown} records shown, ${seen.hidden} hidden, ${seen.consented} saw Part 2 records, ${seen.excepted} for the purpose of an exception, ${seen.represented} shown to representatives`,
    )
    expect(seen.hidden / (seen.hidden + seen.shown)).toBeGreaterThan(0.3)
    expect(seen.consented).toBeGreaterThan(0)
    expect(seen.excepted).toBeGreaterThan(0)
    expect(seen.represented).toBeGreaterThan(0)
  }, 3_600_000)
})

const isExcepted = (purpose: string): boolean =>
  ['BTG', 'HLEGAL', 'HCOMPL', 'HRESCH', 'THREAT'].includes(purpose)

/** A world that is shrunk is stood up again under the same ids, so it goes when it was asked. */
const forget = async (person: number): Promise<void> => {
  for (const table of [
    'resource',
    'history',
    'directive',
    'permit',
    'rule',
    'chart',
    'chart_mask',
    'crosswalk',
  ])
    await database.query(sql`DELETE FROM ${sql.raw(table)} WHERE person = ${person}`)
  await database.query(sql`DELETE FROM exception`)
  await database.query(sql`DELETE FROM audience WHERE identity ~ '(Patient|RelatedPerson)/'`)
}
