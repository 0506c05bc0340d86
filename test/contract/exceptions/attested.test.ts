import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { kinds } from '../databases.ts'
import { labelled, observation, patient } from '../records.ts'
import type { World } from '../world.ts'
import { closed, noon, openClinicians, readable } from './emergency.ts'
import { add, audit, command, courtOrder, research } from './officer.ts'

const held = { recovery: ['Observation/sud'], clinic: ['Observation/mood', 'Observation/plain'] }

describe.each(kinds)('exceptions that an officer opens on %s', (kind) => {
  let world: World

  beforeAll(async () => {
    const clinicians = await openClinicians(kind)
    world = clinicians.world
    for (const [id, purposes] of [
      ['holder', ['TREAT', 'HLEGAL', 'HCOMPL', 'HRESCH', 'HOPERAT']],
      ['health', ['PUBHLTH', 'HCOMPL', 'HOPERAT']],
      ['hie', ['HRESCH', 'HLEGAL']],
    ] as const)
      await clinicians.client(id, id, purposes)
    await world.load('recovery', [
      observation('old', 'nora', { ...labelled(['SUD']), effectiveDateTime: '2025-01-01T09:00:00Z' }),
    ])
  })
  afterAll(() => world.close())

  const all = [...held.recovery, ...held.clinic, 'Observation/old', ...closed]
  const seen = async (client: string, purpose: string) =>
    readable(world, await world.token(client, { purpose }), all)

  test.each([
    ['order', '42 CFR 2.61(b)'],
    ['compulsion', '42 CFR 2.61(a)'],
    ['court', '42 CFR 2.61'],
    ['docket', '42 CFR 2.61'],
    ['date', 'date of the order'],
    ['scope', '42 CFR 2.64(e)'],
    ['end', '42 CFR 2.64(e)'],
    ['patient', 'Patient/<id>'],
    ['custodian', 'Organization/<id>'],
    ['organization', 'Organization/<id>'],
    ['by', 'officer'],
  ])('a court order without `%s` is refused, and why', async (name, why) => {
    const { [name as 'order']: _left, ...rest } = courtOrder
    await expect(add(world, rest)).rejects.toThrow(why)
    await expect(add(world, rest)).rejects.toThrow(`\`${name}\`: is missing`)
    await expect(add(world, { ...courtOrder, [name]: '' })).rejects.toThrow(`\`${name}\``)
    expect(await seen('holder', 'HLEGAL')).toEqual([])
  })

  test.each(['attestation', 'attestedBy', 'noOnwardIdentification', 'scope', 'end'])(
    'audit and research without `%s` are refused, with the section',
    async (name) => {
      const { [name as 'end']: _left, ...rest } = audit
      await expect(add(world, rest)).rejects.toThrow(new RegExp(`\`${name}\`: is missing.*42 CFR 2\\.53`))
      await expect(add(world, { ...rest, kind: 'research' })).rejects.toThrow('42 CFR 2.52')
      await expect(add(world, { ...audit, noOnwardIdentification: false })).rejects.toThrow('42 CFR 2.53')
    },
  )

  test('tells every fault at once', async () => {
    const faults = add(world, { kind: 'court-order', extra: 1 }).catch((fault: Error) => fault.message)
    expect((await faults).split('\n').length).toBeGreaterThanOrEqual(11)
    await expect(add(world, { kind: 'emergency' })).rejects.toThrow('$break-glass')
    await expect(add(world, { ...courtOrder, end: '2026-06-14' })).rejects.toThrow('is over already')
    await expect(add(world, { ...courtOrder, patient: 'Patient/olga' })).rejects.toThrow('holds no records')
    for (const label of ['PSYTHPN', 'counseling-notes', 'stored-consent', 'nonsense'])
      await expect(
        add(world, { ...courtOrder, scope: { description: 'x', labels: [label] } }),
      ).rejects.toThrow(`\`${label}\` is not a sensitivity label that an exception can open`)
  })

  test('a court order opens its scope, to its recipient and purpose, until the end of its last day', async () => {
    const id = await add(world, courtOrder)
    expect(await seen('holder', 'HLEGAL')).toEqual(['Observation/sud', 'Observation/old'])
    for (const purpose of ['TREAT', 'HOPERAT', 'HCOMPL', 'HRESCH'])
      expect(await seen('holder', purpose)).toEqual([])
    expect(await seen('hie', 'HLEGAL')).toEqual([])
    world.setClock('2026-06-30T23:59:59Z')
    expect(await seen('holder', 'HLEGAL')).toEqual(['Observation/sud', 'Observation/old'])
    world.setClock('2026-07-01T00:00:00Z')
    expect(await seen('holder', 'HLEGAL')).toEqual([])
    world.setClock(noon)
    await command(world, ['exception', 'end', '--id', id, '--by', 'P. Officer'])
    expect(await seen('holder', 'HLEGAL')).toEqual([])
    await expect(command(world, ['exception', 'end', '--id', id])).rejects.toThrow('over already')
  })

  test.each([
    [{ types: ['Condition'] }, []],
    [{ types: ['Observation'], from: '2026-01-01' }, ['Observation/sud']],
    [{ until: '2025-12-31' }, ['Observation/old']],
    [{ labels: ['42CFRPart2'] }, []],
    [{ labels: ['42CFRPart2', 'SUD'] }, ['Observation/sud', 'Observation/old']],
    [{ labels: ['MH', 'HIV', 'ordinary'] }, []],
  ])('a scope of %j opens no more', async (narrow, expected) => {
    const id = await add(world, { ...courtOrder, scope: { ...courtOrder.scope, ...narrow } })
    expect(await seen('holder', 'HLEGAL')).toEqual(expected)
    await command(world, ['exception', 'end', '--id', id])
  })

  test('an audit opens all that one custodian holds, whoever comes to be a patient meanwhile', async () => {
    const id = await add(world, audit)
    const who = await world.token('health', { purpose: 'HCOMPL' })
    expect(await seen('health', 'HCOMPL')).toEqual(
      [...held.clinic, 'Observation/other', 'Patient/olga'].toSorted(byPlace),
    )
    await world.load('clinic', [patient('late'), observation('later', 'late', labelled(['HIV']))])
    expect(await readable(world, who, ['Observation/later'])).toEqual(['Observation/later'])
    for (const purpose of ['PUBHLTH', 'HOPERAT']) expect(await seen('health', purpose)).toEqual([])
    await command(world, ['exception', 'end', '--id', id])
    expect(await readable(world, who, [...all, 'Observation/later'])).toEqual([])
  })

  const byPlace = (one: string, other: string) => all.indexOf(one) - all.indexOf(other)

  test('research of one patient opens that patient', async () => {
    const id = await add(world, { ...research, patient: 'Patient/nora-2', noOnwardIdentification: true })
    expect(await seen('hie', 'HRESCH')).toEqual(held.clinic)
    await command(world, ['exception', 'end', '--id', id])
    expect(await seen('hie', 'HRESCH')).toEqual([])
  })
})
