import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { longKinds } from '../databases.ts'
import { expectOutcome, expectStatus, headersOf, matches } from '../outcome.ts'
import type { Reply, World } from '../world.ts'
import {
  breakGlass,
  by,
  type Clinicians,
  closed,
  demographics,
  exceptionRows,
  noon,
  opened,
  openClinicians,
  parameters,
  readable,
  stated,
} from './emergency.ts'

const whole = (reply: Reply) => [reply.status, headersOf(reply), reply.text]

describe.each(longKinds)('break-glass on %s', (kind) => {
  let clinicians: Clinicians
  let world: World

  beforeAll(async () => {
    clinicians = await openClinicians(kind)
    world = clinicians.world
  })
  afterAll(() => clinicians.world.close())

  const emergency = () => world.token('emergency-room', { purpose: 'BTG' })
  const patients = ['Patient/nora', 'Patient/nora-2']

  test.each(stated.map(({ name }) => name))('demands `%s`, and cites the section', async (name) => {
    const rest = stated.filter((own) => own.name !== name)
    for (const whom of ['n1', 'nobody']) {
      const text = expectOutcome(
        await world.post('emergency-room', 'Patient/$break-glass', parameters(...rest, by(whom))),
        400,
      )
      expect(text).toMatch(new RegExp(`^\`${name}\` is missing: .*42 CFR 2\\.51`))
    }
    const blank = [...rest, { name, valueString: '  ' }, by('n1')]
    expectOutcome(await world.post('emergency-room', 'Patient/$break-glass', parameters(...blank)), 400)
    expect(await readable(world, await emergency(), [...opened, ...patients])).toEqual([])
  })

  test('tells every fault at once, to whom it must be told', async () => {
    const text = expectOutcome(
      await world.post('reception', 'Patient/$break-glass', parameters(by('n1'))),
      400,
    )
    for (const { name } of stated) expect(text).toContain(`\`${name}\` is missing`)
    for (const whom of [
      [],
      demographics('Núñez').slice(1),
      [{ name: 'identifier', valueIdentifier: { value: 'n1' } }],
      [by('n1'), by('n1')],
      [by('n1'), { name: 'gender', valueString: 'female' }],
    ])
      expectOutcome(await breakGlass(world, 'emergency-room', ...whom), 400)
    const scope = await world.token('emergency-room', { purpose: 'BTG', scope: 'system/Observation.rs' })
    expectOutcome(await breakGlass(world, scope, by('n1')), 403)
    expectOutcome(await breakGlass(world, undefined, by('n1')), 401)
    expectOutcome(await world.get('emergency-room', 'Patient/$break-glass'), 404)
    expect(await exceptionRows(world)).toEqual([])
  })

  test('no right to ask, no match and two matches answer like a match, byte for byte', async () => {
    await clinicians.client('ward-school', 'school', ['COC', 'BTG'])
    await clinicians.client('oak-agent', 'oak-billing', ['TREAT', 'BTG'])
    const replies = [
      await breakGlass(world, 'reception', by('n1')),
      await breakGlass(world, 'ward-school', by('n1')),
      await breakGlass(world, 'oak-agent', by('n1')),
      await breakGlass(world, 'emergency-room', by('nobody')),
      await breakGlass(world, 'emergency-room', ...demographics('Twin', 'Sam')),
      await breakGlass(world, 'emergency-room', by('n1'), ...demographics('Núñez', 'Nora', '1990-05-02')),
      await breakGlass(world, 'emergency-room', {
        name: 'identifier',
        valueIdentifier: { system: 'urn:other', value: 'n1' },
      }),
    ]
    expect(await readable(world, await emergency(), [...opened, ...patients])).toEqual([])
    const match = await breakGlass(world, 'emergency-room', by('n1'))
    expectStatus(match, 202)
    for (const reply of replies) expect(whole(reply)).toEqual(whole(match))
    expect(match.text).not.toMatch(/nora|n1|Reyes|unresponsive/i)
    expect((await exceptionRows(world)).map(({ finding }) => finding)).toEqual([
      'no-right',
      'no-right',
      'no-right',
      'no-match',
      'several-matches',
      'no-match',
      'no-match',
      'opened',
    ])
  })

  test('opens exactly one person, whatever a consent denies, without notes', async () => {
    const who = await emergency()
    expect(await readable(world, who, [...patients, ...opened, ...closed])).toEqual([...patients, ...opened])
    expect(matches(await world.get(who, 'Observation')).toSorted()).toEqual(['mood', 'plain', 'sud'])
    expect(matches(await world.get(who, 'Patient')).toSorted()).toEqual(['nora', 'nora-2'])
  })

  test('opens for exactly that organization and that purpose', async () => {
    const all = [...patients, ...opened, ...closed]
    for (const purpose of ['TREAT', 'ETREAT', 'COC', 'HOPERAT', 'PUBHLTH'])
      expect(await readable(world, await world.token('hospital', { purpose }), all)).toEqual([])
    expect(await readable(world, await world.token('emergency-room', { purpose: 'TREAT' }), all)).toEqual([])
    for (const other of ['ward', 'psychiatry', 'oak-billing', 'health', 'school'])
      expect(await readable(world, await world.token(other, { purpose: 'BTG' }), all)).toEqual([])
    const own = await world.token('hospital', { purpose: 'BTG', patient: 'olga' })
    expect(await readable(world, own, [...patients, ...opened])).toEqual([])
  })

  test('lasts exactly four hours', async () => {
    const who = await emergency()
    world.setClock('2026-06-15T15:59:59.999Z')
    expect(await readable(world, who, opened)).toEqual(opened)
    world.setClock('2026-06-15T16:00:00Z')
    expect(await readable(world, who, [...opened, ...patients])).toEqual([])
    expect(matches(await world.get(who, 'Observation'))).toEqual([])
    world.setClock(noon)
    expect(await readable(world, who, opened)).toEqual(opened)
  })

  test('finds by family, given and birth date, whatever the accents', async () => {
    world.setClock('2026-06-16T12:00:00Z')
    const who = await emergency()
    expect(await readable(world, who, opened)).toEqual([])
    expectStatus(await breakGlass(world, 'emergency-room', ...demographics('NUNEZ', 'ana')), 202)
    expect(await readable(world, who, opened)).toEqual(opened)
    world.setClock(noon)
  })

  test('a Patient that somebody else writes under the same identifier does not stand in the way', async () => {
    world.setClock('2026-06-17T12:00:00Z')
    await world.load(
      'psychiatry',
      [{ resourceType: 'Patient', id: 'claimed', identifier: [{ system: 'urn:mrn', value: 'n1' }] }],
      'plain',
    )
    expectStatus(await breakGlass(world, 'emergency-room', by('n1')), 202)
    expect(await readable(world, await emergency(), opened)).toEqual(opened)
    world.setClock(noon)
  })

  test('a clinician off the care team breaks the glass of the own organization', async () => {
    await world.member('kim', 'Practitioner/kim', 'Organization/clinic', 'clinician')
    const kim = await world.token('clinic', { purpose: 'BTG', user: 'kim' })
    const own = ['Observation/mood', 'Observation/plain', 'Observation/therapy']
    expect(await readable(world, kim, own)).toEqual([])
    expectStatus(await breakGlass(world, kim, by('n1')), 202)
    expect(await readable(world, kim, own)).toEqual(own.slice(0, 2))
    const usual = await world.token('clinic', { purpose: 'TREAT', user: 'kim' })
    expect(await readable(world, usual, own)).toEqual([])
  })

  test('so many in ten minutes for one client, match or not', async () => {
    await clinicians.client('eager', 'hospital', ['BTG'])
    const replies = []
    for (let turn = 0; turn < 22; turn++)
      replies.push(await breakGlass(world, 'eager', by(turn % 2 === 0 ? 'nobody' : 'n1')))
    expect(replies.map(({ status }) => status)).toEqual([...Array<number>(20).fill(202), 429, 429])
    expect(whole(replies[20] as Reply)).toEqual(whole(replies[21] as Reply))
    expect(replies[20]?.headers.get('retry-after')).toBe('600')
  })

  test('nothing is opened where it cannot be recorded', async () => {
    world.setClock('2026-06-18T12:00:00Z')
    await world.rows(sql`ALTER TABLE audit RENAME COLUMN outcome TO verdict`)
    try {
      const reply = await breakGlass(world, 'emergency-room', by('n1'))
      expect([reply.status, reply.text]).toEqual([500, ''])
    } finally {
      await world.rows(sql`ALTER TABLE audit RENAME COLUMN verdict TO outcome`)
    }
    expect(await readable(world, await emergency(), opened)).toEqual([])
    world.setClock(noon)
  })
})
