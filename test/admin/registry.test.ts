import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Administered } from '../../src/admin/administered.ts'
import { findClient } from '../../src/smart/clients.ts'
import { openAdministered, run } from './desk.ts'

let world: Administered
beforeAll(async () => {
  world = await openAdministered()
})
afterAll(() => world.services.database.close())

const clinic = { id: 'clinic', name: 'Clinic', class: 'covered-entity', state: 'OR' }
const rows = <Row extends object>(statement: ReturnType<typeof sql>) =>
  world.services.database.query<Row>(statement)
const addPartner = (partner: unknown) =>
  run(world, ['partner', 'add', '--file', 'p.json'], { 'p.json': partner })

describe('partner add', () => {
  it('makes an organization known: its row and its directory entry', async () => {
    const ran = await addPartner(clinic)
    expect(ran.json).toEqual({ partners: ['Organization/clinic'] })
    expect(await rows(sql`SELECT id, class, part2, state FROM organization`)).toEqual([
      { id: 'clinic', class: 'covered-entity', part2: false, state: 'OR' },
    ])
    const [entry] = await rows<{ content: string }>(
      sql`SELECT content FROM resource WHERE type = 'Organization' AND id = 'clinic'`,
    )
    expect(JSON.parse(entry?.content ?? '')).toMatchObject({ id: 'clinic', name: 'Clinic', active: true })
  })

  it('again changes nothing, not even a version', async () => {
    const before = await rows(sql`SELECT version FROM resource WHERE id = 'clinic'`)
    await addPartner([clinic])
    expect(await rows(sql`SELECT version FROM resource WHERE id = 'clinic'`)).toEqual(before)
    expect(await rows(sql`SELECT key FROM history`)).toEqual([])
  })

  it('takes references with and without their type, in any order of the file', async () => {
    await addPartner([
      { id: 'billing', name: 'Billing', class: 'business-associate', principal: 'clinic' },
      { id: 'unit', name: 'Unit', class: 'part2-program', partOf: 'Organization/later' },
      { id: 'later', name: 'Later', class: 'covered-entity' },
    ])
    expect(
      await rows(
        sql`SELECT id, part2, part_of, principal FROM organization WHERE id IN ('billing', 'unit') ORDER BY id`,
      ),
    ).toEqual([
      { id: 'billing', part2: false, part_of: null, principal: 'Organization/clinic' },
      { id: 'unit', part2: true, part_of: 'Organization/later', principal: null },
    ])
  })

  it('labels again what an organization holds when it becomes a program, and silence does not take it back', async () => {
    await run(world, ['import', 'a.json', '--custodian', 'Organization/clinic', '--trusted'], {
      'a.json': [
        { resourceType: 'Patient', id: 'ann', name: [{ family: 'Ann' }] },
        {
          resourceType: 'Condition',
          id: 'ann-1',
          subject: { reference: 'Patient/ann' },
          code: { text: 'a' },
        },
      ],
    })
    const labels = async () =>
      (
        await rows<{ labels: { label: string }[] }>(sql`SELECT labels FROM resource WHERE id = 'ann-1'`)
      ).flatMap((row) => row.labels.map(({ label }) => label))
    expect(await labels()).not.toContain('42CFRPart2')
    await addPartner({ ...clinic, part2: true })
    expect(await labels()).toContain('42CFRPart2')
    await addPartner(clinic)
    expect(await rows(sql`SELECT part2 FROM organization WHERE id = 'clinic'`)).toEqual([{ part2: true }])
  })

  it.each([
    [{ ...clinic, class: 'clinic' }, 'entry 1, `class`'],
    [{ ...clinic, part_of: 'x' }, 'part_of'],
    [[clinic, { id: 'x' }], 'entry 2, `name`'],
    [{ ...clinic, id: 'x', partOf: 'Organization/nowhere' }, '`Organization/nowhere`'],
  ])('refuses %j', async (partner, message) => {
    await expect(addPartner(partner)).rejects.toThrow(message)
    expect(await rows(sql`SELECT id FROM organization WHERE id = 'x'`)).toEqual([])
  })
})

describe('client add', () => {
  const words = (...more: string[]) => [
    'client', 'add', '--id', 'c1', '--scope', 'system/*.rs', '--organization', 'Organization/clinic', ...more,
  ] // prettier-ignore

  it('shows a secret once, keeps it when it is added again, and renews it on demand', async () => {
    const first = await run(
      world,
      words('--secret', '--purpose', 'TREAT', '--purpose', 'COC', '--role', 'policy'),
    )
    expect(first.json).toMatchObject({ id: 'c1', purposes: ['TREAT', 'COC'], client_secret: first.text })
    const again = await run(world, words('--secret', '--purpose', 'TREAT'))
    expect(again.json).not.toHaveProperty('client_secret')
    const renewed = await run(world, words('--secret', '--renew', '--purpose', 'TREAT'))
    expect(renewed.text).not.toBe(first.text)
    expect(renewed.text).toHaveLength(43)
  })

  it('reads a key set from a file, and drops what is private', async () => {
    const { generateKeyPair, exportJWK } = await import('jose')
    const { privateKey } = await generateKeyPair('ES384', { extractable: true })
    const key = { ...(await exportJWK(privateKey)), kid: 'k', alg: 'ES384' }
    await run(world, words('--jwks', 'jwks.json', '--purpose', 'TREAT'), { 'jwks.json': { keys: [key] } })
    const client = await findClient(world.services.database, 'c1')
    expect(JSON.stringify(client)).toContain('"kid":"k"')
    expect(JSON.stringify(client)).not.toContain('"d"')
  })

  it('takes an address, and a client without a proof', async () => {
    await run(world, words('--jwks', 'https://clinic.example.org/jwks', '--purpose', 'TREAT'))
    expect(await findClient(world.services.database, 'c1')).toMatchObject({ kind: 'jwks-url' })
    await run(world, words('--public', '--redirect', 'https://a.example.org/', '--prefix', 'c1-'))
    expect(await findClient(world.services.database, 'c1')).toMatchObject({ kind: 'public', prefix: 'c1-' })
  })

  it.each([
    [words(), 'one of'],
    [words('--public', '--secret'), 'one of'],
    [words('--public', '--purpose', 'FUN'), '`FUN` is not a purpose of use'],
    [
      [...words('--public').slice(0, -2), 'Organization/none', '--public'],
      'no organization `Organization/none`',
    ],
  ])('refuses %j', async (typed, message) => {
    await expect(run(world, typed)).rejects.toThrow(message)
  })
})

describe('user add', () => {
  const words = (role: string) => [
    'user', 'add', '--id', 'u', '--practitioner', 'Practitioner/p', '--organization', 'Organization/clinic', '--role', role,
  ] // prettier-ignore

  it('makes a member, whose tokens end when the role changes', async () => {
    const ran = await run(world, words('clinician'))
    expect(ran.json).toMatchObject({ id: 'u', role: 'clinician' })
    await run(world, [
      'client', 'add', '--id', 'app', '--public', '--scope', 'user/*.rs', '--organization', 'Organization/clinic', '--purpose', 'TREAT',
    ]) // prettier-ignore
    await run(world, ['token', '--client', 'app', '--user', 'u'])
    await run(world, words('clinician'))
    expect(await rows(sql`SELECT hash FROM access_token`)).toHaveLength(1)
    await run(world, words('officer'))
    expect(await rows(sql`SELECT hash FROM access_token`)).toHaveLength(0)
  })

  const patient = ['user', 'add', '--id', 'ann', '--patient', 'Patient/ann', '--organization', 'clinic']

  it('makes a patient a user, whose tokens are a patient’s and end when the user is removed', async () => {
    expect((await run(world, patient)).json).toMatchObject({ practitioner: 'Patient/ann', role: 'patient' })
    await run(world, [
      'client', 'add', '--id', 'own', '--public', '--scope', 'patient/*.rs user/*.rs', '--organization', 'clinic', '--purpose', 'PATRQT',
    ]) // prettier-ignore
    await run(world, ['token', '--client', 'own', '--patient', 'Patient/ann'])
    await expect(run(world, ['token', '--client', 'own', '--user', 'ann'])).rejects.toThrow('is a patient')
    expect(await rows(sql`SELECT hash FROM access_token`)).toHaveLength(1)
    await run(world, ['user', 'remove', '--id', 'ann'])
    expect(await rows(sql`SELECT hash FROM access_token`)).toHaveLength(0)
    await expect(run(world, ['user', 'remove', '--id', 'ann'])).rejects.toThrow('no user `ann`')
  })

  it.each([
    [[...patient, '--role', 'clinician'], 'a Patient has the role `patient`'],
    [words('patient'), 'a Patient has the role `patient`'],
    [[...patient, '--practitioner', 'p'], 'one of them'],
    [[...patient, '--external', 'x'], 'SLUICE_OIDC_ISSUER'],
  ])('refuses %j', (typed, message) => expect(run(world, typed)).rejects.toThrow(message))
})

describe('crosswalk add', () => {
  const words = (...more: string[]) => [
    'crosswalk', 'add', '--organization', 'Organization/later', '--patient', 'Patient/ann', ...more,
  ] // prettier-ignore

  it('adds an entry once', async () => {
    expect((await run(world, words('--identifier', 'urn:a|b|1'))).json).toMatchObject({
      added: true,
      identifier: { system: 'urn:a|b', value: '1' },
    })
    expect((await run(world, words('--identifier', 'urn:a|b|1'))).json).toMatchObject({ added: false })
    expect((await run(world, words())).json).toMatchObject({ added: true })
    expect((await run(world, words())).json).toMatchObject({ added: false })
    expect(await rows(sql`SELECT key FROM crosswalk`)).toHaveLength(2)
  })

  it.each([
    [words('--identifier', 'M-1'), '`<system>|<value>`'],
    [[...words().slice(0, -1), 'Patient/nobody'], 'no `Patient/nobody` is stored'],
    [[...words().slice(0, 3), 'Organization/none', '--patient', 'Patient/ann'], '`Organization/none`'],
  ])('refuses %j', async (typed, message) => {
    await expect(run(world, typed)).rejects.toThrow(message)
  })
})
