import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Administered } from '../../src/admin/administered.ts'
import { openAdministered, run } from './desk.ts'

let world: Administered
beforeAll(async () => {
  world = await openAdministered()
  await run(world, ['partner', 'add', '--file', 'p'], {
    p: [
      { id: 'clinic', name: 'Clinic', class: 'covered-entity' },
      { id: 'program', name: 'Program', class: 'part2-program', part2: true },
    ],
  })
})
afterAll(() => world.services.database.close())

const patient = (id: string, more: object = {}) => ({
  resourceType: 'Patient',
  id,
  name: [{ family: `Family-${id}` }],
  ...more,
})
const condition = (id: string, whose: string, code?: object) => ({
  resourceType: 'Condition',
  id,
  subject: { reference: `Patient/${whose}` },
  ...(code === undefined ? {} : { code: { coding: [code] } }),
})
const bundleOf = (...resources: object[]) => ({
  resourceType: 'Bundle',
  type: 'collection',
  entry: resources.map((resource) => ({ resource })),
})
const opioid = { system: 'http://hl7.org/fhir/sid/icd-10-cm', code: 'F11.20' }

const load = (files: Record<string, unknown>, custodian = 'Organization/clinic', ...more: string[]) =>
  run(world, ['import', ...Object.keys(files), '--custodian', custodian, ...more], files)

const stored = async (reference: string) => {
  const [type = '', id = ''] = reference.split('/')
  const [row] = await world.services.database.query<{ content: string; custodian: string }>(
    sql`SELECT r.content, o.id AS custodian FROM resource r JOIN organization o ON o.key = r.custodian
      WHERE type = ${type} AND r.id = ${id} AND richer IS NULL AND NOT deleted`,
  )
  return row === undefined ? undefined : { custodian: row.custodian, ...(JSON.parse(row.content) as object) }
}

describe('import', () => {
  it('stores what cites before what is cited, whatever the order, and tells the labels', async () => {
    const ran = await load({ 'w.json': bundleOf(condition('c1', 'p1', opioid), patient('p1')) })
    expect(ran.json).toEqual({
      imported: 2,
      problems: [],
      resources: [
        { reference: 'Patient/p1', labels: [] },
        { reference: 'Condition/c1', labels: expect.arrayContaining(['OPIOIDUD']) },
      ],
    })
    expect(ran.told).toEqual(['2 of 2 stored'])
    expect(await stored('Condition/c1')).toMatchObject({ custodian: 'clinic' })
  })

  it("labels a program's records as such", async () => {
    const ran = await load({ w: [patient('p2'), condition('c2', 'p2')] }, 'Organization/program')
    expect(ran.json).toMatchObject({
      resources: [
        { reference: 'Patient/p2', labels: expect.arrayContaining(['42CFRPart2']) },
        { reference: 'Condition/c2', labels: expect.arrayContaining(['42CFRPart2']) },
      ],
    })
  })

  it('reads NDJSON, a resource alone, and several files at once', async () => {
    const lines = [patient('n1'), patient('n2')].map((one) => JSON.stringify(one)).join('\r\n')
    const ran = await load({ 'a.ndjson': `${lines}\n`, 'b.json': patient('n3') })
    expect(ran.json).toMatchObject({ imported: 3 })
  })

  it('keeps versions and dates of a trusted import alone', async () => {
    const meta = { versionId: 'v7', lastUpdated: '2020-01-01T00:00:00Z' }
    await load({ w: patient('t1', { meta }) }, 'Organization/clinic', '--trusted')
    await load({ w: patient('t2', { meta }) })
    expect(await stored('Patient/t1')).toMatchObject({ meta })
    expect(await stored('Patient/t2')).not.toMatchObject({ meta: { versionId: 'v7' } })
  })

  it('twice is the same as once', async () => {
    const world = { w: [patient('i1'), condition('i2', 'i1')] }
    await load(world)
    const before = await stored('Condition/i2')
    await load(world)
    expect(await stored('Condition/i2')).toEqual(before)
  })

  it('may bring its own custodian, and renew a directory entry of another, if it is trusted', async () => {
    const own = { resourceType: 'Organization', id: 'fresh', name: 'Fresh' }
    const other = { resourceType: 'Organization', id: 'clinic', name: 'Clinic & Sons' }
    await expect(load({ w: [own, patient('f1')] }, 'Organization/fresh')).rejects.toThrow(
      'Organization/fresh',
    )
    const ran = await load({ w: [own, other, patient('f1')] }, 'Organization/fresh', '--trusted')
    expect(ran.json).toMatchObject({ imported: 3, problems: [] })
    expect(await stored('Patient/f1')).toMatchObject({ custodian: 'fresh' })
    expect(await stored('Organization/clinic')).toMatchObject({ custodian: 'clinic', name: 'Clinic & Sons' })
  })

  it('turns references to a fullUrl into references to the id', async () => {
    const entry = [
      { fullUrl: 'urn:uuid:1', resource: patient('u1') },
      { fullUrl: 'urn:uuid:2', resource: { ...condition('u2', ''), subject: { reference: 'urn:uuid:1' } } },
    ]
    await load({ w: { resourceType: 'Bundle', type: 'collection', entry } })
    expect(await stored('Condition/u2')).toMatchObject({ subject: { reference: 'Patient/u1' } })
  })

  it('stores nothing of a part with an invalid resource, and names the element', async () => {
    const ran = await load({ w: [patient('x1'), patient('x2', { birthDate: 'yesterday' })] })
    expect(ran.fault).toContain('`Patient/x2`')
    expect(ran.fault).toContain('Patient.birthDate')
    expect(ran.fault).toContain('0 of 2 were stored')
    expect(ran.json).toMatchObject({ imported: 0, resources: [] })
    expect(await stored('Patient/x1')).toBeUndefined()
  })

  it('keeps the parts before the one that is refused, and says how many', async () => {
    const many = Array.from({ length: 501 }, (_, at) => patient(`m${at}`))
    const ran = await load({ w: [...many, { resourceType: 'Observation', id: 'bad' }] })
    expect(ran.json).toMatchObject({ imported: 500 })
    expect(ran.fault).toContain('500 of 502 were stored')
  })

  it.each([
    [{ w: bundleOf(patient('a'), { resourceType: 'Patient' }) }, 'entry 2: the Patient has no id'],
    [{ w: bundleOf({ resourceType: 'Pet', id: '1' }) }, '`Pet` is not an R4 resource type'],
    [{ w: { resourceType: 'Bundle', entry: [{ fullUrl: 'urn:x' }] } }, 'entry 1: there is no resource'],
    [{ w: '{"resourceType":"Patient","id":"1"}\n{oops' }, '`w`, line 2: is not JSON'],
    [{ a: patient('d'), b: patient('d', { active: true }) }, 'with other content'],
  ])('refuses %j', async (files, message) => {
    await expect(load(files)).rejects.toThrow(message)
  })

  it('refuses a custodian that is not known, and a record that another one holds', async () => {
    await expect(load({ w: patient('z') }, 'Organization/none')).rejects.toThrow('`Organization/none`')
    expect((await load({ w: patient('p1') }, 'Organization/program')).fault).toContain('another custodian')
  })
})
