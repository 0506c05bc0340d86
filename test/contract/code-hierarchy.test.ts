import { readFile } from 'node:fs/promises'
import { sql } from 'drizzle-orm'
import type { Condition, Observation } from 'fhir/r4'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { directiveOf } from '../../src/consent/directive.ts'
import { nameCodes } from '../../src/store/named-codes.ts'
import { buildConsent } from './consents.ts'
import { kinds } from './databases.ts'
import { loadHierarchy } from './hierarchy.ts'
import { expectStatus, matches } from './outcome.ts'
import { condition, observation, patient } from './records.ts'
import { openWorld, type World } from './world.ts'

const icd = 'http://hl7.org/fhir/sid/icd-10-cm'
const coded = (code: string) => ({ coding: [{ system: icd, code }] })

const asthma = (id: string, code: string): Condition => ({ ...condition(id, 'ann'), code: coded(code) })

/** A measurement that tells of asthma in one of its components alone. */
const inside: Observation = { ...observation('inside', 'ann'), component: [{ code: coded('J45.20') }] }

const deny = buildConsent('no-asthma', {
  patient: 'Patient/ann',
  root: { effect: 'deny', codes: [`${icd}|J45`] },
})
const permit = buildConsent('mild-asthma', {
  patient: 'Patient/ann',
  root: { effect: 'permit', to: ['school'], purposes: ['COC'], codes: [`${icd}|J45.2`] },
})

describe.each(kinds)('codes of consents are met by their kinds, on %s', (kind) => {
  let world: World

  beforeAll(async () => {
    world = await openWorld(kind)
    await world.load('clinic', [
      patient('ann'),
      asthma('category', 'J45'),
      asthma('mild', 'J45.20'),
      asthma('severe', 'J45.50'),
      asthma('other', 'J30.1'),
      inside,
    ])
    await world.know('hospital', 'Patient/ann')
    await world.load('clinic', [deny])
  })
  afterAll(() => world.close())

  const seen = async (): Promise<string[]> => {
    const [conditions, observations] = [
      await world.get('hospital', 'Condition?_total=accurate'),
      await world.get('hospital', 'Observation'),
    ]
    return [...matches(conditions), ...matches(observations)].toSorted()
  }

  test('without terminology a code is met by itself alone', async () => {
    expect(await seen()).toEqual(['inside', 'mild', 'other', 'severe'])
  })

  test('an import bites on the next answer, for consents that were there before it', async () => {
    await loadHierarchy(world.database, [
      { system: icd, kind: 'J45.20', of: 'J45.2' },
      { system: icd, kind: 'J45.2', of: 'J45' },
      { system: icd, kind: 'J45.50', of: 'J45.5' },
      { system: icd, kind: 'J45.5', of: 'J45' },
    ])
    expect(await seen()).toEqual(['other'])
    expect((await world.get('hospital', 'Condition/severe')).status).toBe(404)
    expect((await world.get('hospital', 'Observation/inside')).status).toBe(404)
  })

  test('another release that says otherwise takes its place', async () => {
    await loadHierarchy(
      world.database,
      [
        { system: icd, kind: 'J45.20', of: 'J45.2' },
        { system: icd, kind: 'J45.2', of: 'J45' },
        { system: icd, kind: 'J45.50', of: 'J46' },
      ],
      '2',
    )
    expect(await seen()).toEqual(['other', 'severe'])
  })

  test('a code that is named later has its kinds at once, and the reasons name the consent', async () => {
    await world.load('clinic', [{ ...deny, status: 'inactive' }, permit])
    const school = await world.token('school', { purpose: 'COC' })
    expect(matches(await world.get(school, 'Condition'))).toEqual(['mild'])
    expect((await world.get(school, 'Observation/inside')).status).toBe(404)
    const told = expectStatus(await world.get(school, 'Condition/mild/$why'), 200).text
    expect(told).toContain('Consent/mild-asthma')
  })

  test('what was stored before has the codes that stand deeper in it', async () => {
    const codes = async () =>
      (await world.rows<{ codes: string[] }>(sql`SELECT codes FROM resource WHERE id = 'inside'`))[0]?.codes
    const before = await codes()
    expect(before).toContain(` ${icd}|J45.20`)
    await world.rows(
      sql`UPDATE resource SET codes = ARRAY(SELECT code FROM unnest(codes) own(code) WHERE code NOT LIKE ' %')`,
    )
    expect(await codes()).not.toContain(` ${icd}|J45.20`)
    const text = await readFile(new URL('../../migrations/0014_kinds_of_codes.sql', import.meta.url), 'utf8')
    await world.rows(
      sql`UPDATE resource SET content = replace(content, '"Observation"', '"Observation","language":"\\ud800\\\\ud801"') WHERE id = 'inside'`,
    )
    for (const statement of text.split('--> statement-breakpoint').slice(-4))
      await world.rows(sql.raw(statement))
    expect((await codes())?.toSorted()).toEqual(before?.toSorted())
  })
})

describe('a code that is named while a release comes', () => {
  let world: World

  beforeAll(async () => {
    world = await openWorld('postgres')
  })
  afterAll(() => world.close())

  test('is not left with the one before', async () => {
    const { database } = world
    const directive = directiveOf(
      { ...deny, id: 'late', provision: { type: 'deny', code: [coded('J46')] } },
      true,
    )
    let release = (): void => undefined
    const held = new Promise<void>((resolve) => (release = resolve))
    let named = (): void => undefined
    const isNamed = new Promise<void>((resolve) => (named = resolve))
    const naming = database.transaction(async (connection) => {
      await nameCodes(connection, directive === undefined ? [] : [directive])
      named()
      await held
    })
    await isNamed
    const coming = loadHierarchy(database, [{ system: icd, kind: 'J99.1', of: 'J46' }], '3')
    for (let turns = 0; turns < 200 && !(await isWaiting()); turns++)
      await new Promise((go) => setTimeout(go, 10))
    expect(await isWaiting()).toBe(true)
    release()
    await Promise.all([naming, coming])
    const known = await world.rows<{ code: string }>(
      sql`SELECT code FROM code_kind WHERE named = ${`${icd}|J46`} ORDER BY 1`,
    )
    expect(known.map(({ code }) => code)).toEqual([`${icd}|J99.1`])
  })

  const isWaiting = async (): Promise<boolean> =>
    (
      await world.rows(
        sql`SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
      )
    ).length > 0
})
