import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Disclosure } from '../../../src/admin/operations/accounting.ts'
import type { ReviewedException } from '../../../src/store/exception-review.ts'
import { kinds } from '../databases.ts'
import { expectStatus } from '../outcome.ts'
import type { World } from '../world.ts'
import { breakGlass, by, noon, openClinicians, opened, readable, stated } from './emergency.ts'
import { add, audit, command, courtOrder } from './officer.ts'

describe.each(kinds)('the review of exceptions on %s', (kind) => {
  let world: World

  beforeAll(async () => {
    const clinicians = await openClinicians(kind)
    world = clinicians.world
    await clinicians.client('holder', 'holder', ['HLEGAL'])
    await breakGlass(world, 'emergency-room', by('n1'))
    await breakGlass(world, 'emergency-room', by('nobody'))
    await breakGlass(world, 'reception', by('n1'))
    await add(world, courtOrder)
    await add(world, audit)
  })
  afterAll(() => world.close())

  const list = async (...more: string[]) =>
    (await command(world, ['exception', 'list', ...more])).json as ReviewedException[]

  const emergency = () => world.token('emergency-room', { purpose: 'BTG' })

  const review = (id: string, outcome: string) =>
    command(world, [
      'exception',
      'review',
      '--id',
      id,
      '--outcome',
      outcome,
      '--by',
      'P. Officer',
      '--note',
      'seen',
    ])

  test('shows what is in force and what awaits review, who, when, and how much went under it', async () => {
    expectStatus(await world.get(await emergency(), 'Observation'), 200)
    expectStatus(await world.get(await emergency(), 'Observation/sud'), 200)
    const rows = await list('--open')
    expect(rows.map((row) => [row.kind, row.finding, row.inForce, row.patients, row.disclosures])).toEqual([
      ['emergency', 'opened', true, ['Patient/nora', 'Patient/nora-2'], 3],
      ['emergency', 'no-match', false, [], 0],
      ['emergency', 'no-right', false, [], 0],
      ['court-order', 'opened', true, ['Patient/nora'], 0],
      ['audit', 'opened', true, [], 0],
    ])
    expect(rows[0]).toMatchObject({
      recipient: 'Organization/hospital',
      client: 'emergency-room',
      opened: '2026-06-15T12:00:00.000Z',
      end: '2026-06-15T16:00:00.000Z',
      form: Object.fromEntries(stated.map(({ name, valueString }) => [name, valueString])),
      reviewed: null,
    })
    const { text } = await command(world, ['exception', 'list'])
    expect(text).toMatch(
      /in force until 2026-06-15T16:00:00.000Z {2}3 disclosures {2}awaits review {2}Dr\. Jo Reyes/,
    )
    expect(text).toContain('all of Organization/clinic')
  })

  test('the accounting shows what was stated', async () => {
    const rows = (await command(world, ['accounting', '--patient', 'Patient/nora'])).json as Disclosure[]
    expect(rows).toHaveLength(3)
    for (const { consents, exceptions } of rows) {
      expect(consents).toEqual([])
      expect(exceptions).toEqual([
        expect.objectContaining({
          kind: 'emergency',
          citation: '42 CFR 2.51',
          form: expect.objectContaining({ clinician: 'Dr. Jo Reyes' }) as unknown,
        }),
      ])
    }
    const { text } = await command(world, ['accounting'])
    expect(text).toContain('(42 CFR 2.51)')
  })

  test('a review is kept, once, and what was justified runs on', async () => {
    const [first] = await list()
    await review(first?.id ?? '', 'justified')
    expect(await list()).toContainEqual(
      expect.objectContaining({
        id: first?.id,
        outcome: 'justified',
        reviewedBy: 'P. Officer',
        note: 'seen',
      }),
    )
    await expect(review(first?.id ?? '', 'not-justified')).rejects.toThrow('reviewed already')
    await expect(review('none', 'justified')).rejects.toThrow('no exception `none`')
    await expect(review(first?.id ?? '', 'fine')).rejects.toThrow('must be justified or not-justified')
    expect(await readable(world, await emergency(), opened)).toEqual(opened)
    world.setClock('2026-06-15T17:00:00Z')
    expect((await list('--open')).map(({ id }) => id)).not.toContain(first?.id)
    expect(await list()).toHaveLength(5)
    world.setClock(noon)
  })

  test('what was not justified ends', async () => {
    const order = (await list()).find((row) => row.kind === 'court-order')?.id ?? ''
    const who = await world.token('holder', { purpose: 'HLEGAL' })
    expect(await readable(world, who, ['Observation/sud'])).toEqual(['Observation/sud'])
    expect((await review(order, 'not-justified')).text).toContain('and ended')
    expect(await readable(world, who, ['Observation/sud'])).toEqual([])
  })

  test('all of it is on the trail, with the patient or the custodian', async () => {
    const rows = await world.rows<{ interaction: string; what: string }>(
      sql`SELECT interaction, detail->'resources'->0->>0 AS what FROM audit WHERE interaction LIKE 'exception-%' ORDER BY key`,
    )
    expect(rows.map(({ interaction, what }) => [interaction, what])).toEqual([
      ['exception-add', 'Patient/nora'],
      ['exception-add', 'Organization/clinic'],
      ['exception-review', 'Patient/nora'],
      ['exception-review', 'Patient/nora'],
    ])
  })
})
