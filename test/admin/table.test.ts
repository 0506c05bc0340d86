import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Administered } from '../../src/admin/administered.ts'
import { openAdministered, run } from './desk.ts'

let world: Administered
beforeAll(async () => {
  world = await openAdministered()
})
afterAll(() => world.services.database.close())

const set = (file: unknown) => run(world, ['table', 'set', '--file', 't.json'], { 't.json': file })
const rows = () =>
  world.services.database.query<{ label: string; state: string | null; effect: string }>(
    sql`SELECT label, class, purpose, state, effect, citation FROM default_row`,
  )

describe('table set', () => {
  it('adds a state row beside the shipped ones, and replaces it the next time', async () => {
    const shipped = (await rows()).length
    expect(shipped).toBeGreaterThan(10)
    await set([{ label: 'MH', state: 'OR', effect: 'consent', citation: 'ORS 179.505' }])
    expect(await rows()).toHaveLength(shipped + 1)
    await set({ rows: [{ label: 'MH', state: 'OR', effect: 'permit', citation: 'ORS 179.505' }] })
    const after = await rows()
    expect(after).toHaveLength(shipped + 1)
    expect(after.filter(({ state }) => state === 'OR')).toEqual([
      { label: 'MH', class: null, purpose: null, state: 'OR', effect: 'permit', citation: 'ORS 179.505' },
    ])
  })

  it('reads `recipientClass` and every way to write a purpose', async () => {
    await set([
      {
        label: 'HIV',
        recipientClass: 'school',
        purpose: 'urn:oid:2.16.840.1.113883.5.8#TREAT',
        effect: 'permit',
      },
    ])
    expect(await rows()).toContainEqual(
      expect.objectContaining({ label: 'HIV', class: 'school', purpose: 'TREAT', effect: 'permit' }),
    )
  })

  it.each([
    [[{ label: null, effect: 'consent' }], 'entry 1, `label`'],
    [[{ label: 'NOPE', effect: 'consent' }], '`NOPE` is not a sensitivity label'],
    [[{ label: 'unsettled', effect: 'permit' }], 'is not a sensitivity label'],
    [[{ label: 'MH', effect: 'deny' }], 'entry 1, `effect`'],
    [[{ label: 'MH', effect: 'consent', class: 'friend' }], 'entry 1, `class`'],
    [[{ label: 'MH', effect: 'consent', state: 'Oregon' }], 'two letters'],
    [[{ label: 'MH', effect: 'consent', purpose: 'FUN' }], '`FUN`'],
    [{}, 'expected array'],
    ['not json {', 'is not JSON'],
  ])('refuses %j', async (file, message) => {
    const before = await rows()
    await expect(set(file)).rejects.toThrow(message)
    expect(await rows()).toEqual(before)
  })
})

describe('clock', () => {
  const clock = async (...words: string[]) =>
    (await run(world, ['clock', ...words])).json as { now: string; offset: number }

  it('is set, advanced and shown, and runs on', async () => {
    expect(Math.abs((await clock()).offset)).toBe(0)
    expect((await clock('set', '2026-06-15T12:00:00Z')).now).toMatch(/^2026-06-15T12:00:0/)
    expect((await clock('advance', 'P1D')).now).toMatch(/^2026-06-16T12:00:/)
    expect((await clock('advance', '4h')).now).toMatch(/^2026-06-16T16:00:/)
    expect((await run(world, ['clock'])).text).toMatch(/^2026-06-16T16:00:/)
    expect(world.services.clock.now().toISOString()).toMatch(/^2026-06-16T16:00:/)
    expect(Math.abs(world.services.clock.real().getTime() - Date.now())).toBeLessThan(1000)
  })

  it.each([
    [['set'], 'needs an instant'],
    [['set', 'tomorrow'], 'is not an instant'],
    [['advance', 'P'], 'is not a duration'],
    [['stop'], 'takes show, set or advance'],
  ])('refuses %j', async (words, message) => {
    await expect(clock(...words)).rejects.toThrow(message)
  })
})

describe('production', () => {
  it('refuses what is for demos and tests', async () => {
    const production = { ...world, settings: { ...world.settings, production: true } }
    for (const words of [
      ['token', '--client', 'x'],
      ['clock', 'advance', 'P1D'],
      ['reset', '--yes'],
      ['seed'],
    ])
      await expect(run(production, words)).rejects.toThrow('SLUICE_ENV=production')
    await expect(run(production, ['clock'])).resolves.toBeDefined()
  })
})
