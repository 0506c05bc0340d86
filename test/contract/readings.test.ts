import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readingOf } from '../../src/consent/fingerprint.ts'
import { rebuildPermits } from '../../src/store/permits.ts'
import { renewReadings } from '../../src/store/readings.ts'
import { buildConsent } from './consents.ts'
import { kinds } from './databases.ts'
import { condition, patient } from './records.ts'
import { openWorld, type World } from './world.ts'

describe.each(kinds)('consents are read again where the reading changed, on %s', (kind) => {
  let world: World

  beforeAll(async () => {
    world = await openWorld(kind)
    await world.load('clinic', [
      patient('ann'),
      condition('hiv', 'ann', { meta: { security: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'HIV' }] } }),
    ]) // prettier-ignore
    await world.know('hospital', 'Patient/ann')
    await world.load('clinic', [
      buildConsent('c', {
        patient: 'Patient/ann',
        root: { effect: 'permit', to: ['hospital'], purposes: ['TREAT'], labels: ['HIV'] },
      }),
    ])
  })
  afterAll(() => world.close())

  const status = async (): Promise<number> => (await world.get('hospital', 'Condition/hiv')).status

  /** As an earlier release left it, which found a fault in the consent. */
  const voidBy = async (citation: string): Promise<void> => {
    await world.database.transaction(async (connection) => {
      await connection.query(sql`UPDATE directive SET reading = 'earlier',
        compiled = compiled || jsonb_build_object('void', jsonb_build_array(${citation}::text))`)
      await rebuildPermits(connection, 'all')
    })
  }

  test('once, at the start', async () => {
    expect(await status()).toBe(200)
    expect(await renewReadings(world.database, readingOf())).toBe(0)
    expect(await renewReadings(world.database, 'another')).toBe(1)
    expect(await renewReadings(world.database, 'another')).toBe(0)
    expect(await renewReadings(world.database, readingOf())).toBe(1)
    expect(await status()).toBe(200)
  })

  test('and until then nothing goes under them, whatever they said', async () => {
    await world.database.transaction(async (connection) => {
      await connection.query(
        sql`UPDATE directive SET reading = NULL, compiled = compiled - 'signers' - 'since' || '{"deficient": ["42 CFR 2.31(a)(6)"]}'`,
      )
      await rebuildPermits(connection, 'all')
    })
    expect(await status()).toBe(404)
    expect(await renewReadings(world.database, readingOf())).toBe(1)
    expect(await status()).toBe(200)
  })

  test('and what follows from them is decided anew; whom a consent binds is no matter of reading', async () => {
    await voidBy('42 CFR 2.31(a)(9)')
    expect(await status()).toBe(404)
    expect(await renewReadings(world.database, readingOf())).toBe(1)
    expect(await status()).toBe(200)
    await voidBy('42 CFR 2.31(a)(2)')
    expect(await renewReadings(world.database, readingOf())).toBe(1)
    expect(await status()).toBe(404)
  })
})
