import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import postgres from 'postgres'
import { ask, clean, type Environment, gateway, newEnvironment, startGateway, stop } from './process.ts'

let environment: Environment
beforeAll(async () => {
  environment = await newEnvironment({ SLUICE_SEED: 'none', SLUICE_CLOCK: '2026-06-15T12:00:00Z' })
  const world = {
    partners: [{ id: 'clinic', name: 'Clinic', class: 'covered-entity' }],
    patient: { resourceType: 'Patient', id: 'ann', name: [{ family: 'Ann' }] },
  }
  for (const [name, content] of Object.entries(world))
    await writeFile(inData(`${name}.json`), JSON.stringify(content))
})
afterAll(() => clean(environment))

const inData = (name: string): string => join(environment.DATA_DIR ?? '', name)
const last = (text: string): string => text.trim().split('\n').at(-1) ?? ''

describe('the CLI', { timeout: 60_000 }, () => {
  it('works on the data directory itself where no gateway runs', async () => {
    expect((await gateway(environment, 'partner', 'add', '--file', inData('partners.json'))).code).toBe(0)
    const added = await gateway(
      environment, 'client', 'add', '--id', 'c', '--secret', '--scope', 'system/*.cruds', '--purpose', 'TREAT', '--organization', 'Organization/clinic', '--json',
    ) // prettier-ignore
    expect(JSON.parse(added.out)).toMatchObject({ id: 'c', client_secret: expect.stringMatching(/^.{43}$/) })
    const imported = await gateway(
      environment, 'import', inData('patient.json'), '--custodian', 'Organization/clinic', '--json',
    ) // prettier-ignore
    expect(JSON.parse(imported.out)).toMatchObject({ imported: 1, problems: [] })
    expect(imported.err).toContain('1 of 1 stored')
    expect(existsSync(inData('lock'))).toBe(false)
  })

  it('labels again what is stored, by itself or on demand, and tells how that stands', async () => {
    const status = await gateway(environment, 'relabel', '--status', '--json')
    expect(JSON.parse(status.out)).toMatchObject({ due: false, held: 0, own: true })
    const again = await gateway(environment, 'relabel', '--all')
    expect(again.code).toBe(0)
    expect(last(again.out)).toMatch(/^nothing is due; last: \d+ records labelled again, 0 changed$/)
    expect((await gateway(environment, 'doctor')).out).toContain('✓ labels: nothing is due')
  })

  it('lets commands wait for one another', async () => {
    const ran = await Promise.all([1, 2, 3].map(() => gateway(environment, 'token', '--client', 'c')))
    expect(ran.map(({ code }) => code)).toEqual([0, 0, 0])
    expect(new Set(ran.map(({ out }) => last(out))).size).toBe(3)
  })

  it('speaks to the gateway that runs, and sees one world with it', async () => {
    const running = await startGateway(environment)
    try {
      const token = last((await gateway(environment, 'token', '--client', 'c')).out)
      expect((await ask(environment, '/fhir/Patient/ann', token)).status).toBe(200)
      expect((await gateway(environment, 'clock')).out).toMatch(/^2026-06-15T12:/)
      const doctor = await gateway(environment, 'doctor', '--json')
      expect(JSON.parse(doctor.out)).toMatchObject({ ok: true })
      expect((await gateway(environment, 'reset', '--yes')).code).toBe(0)
      expect((await ask(environment, '/fhir/Patient/ann', token)).status).toBe(401)
      expect((await gateway(environment, 'clock')).out).toMatch(/^2026-06-15T12:/)
    } finally {
      await stop(running)
    }
  })

  it('tells faults on standard error: 2 for what was mistyped, 1 for what cannot be done', async () => {
    const [unknown, option, nobody, file] = await Promise.all([
      gateway(environment, 'dance'),
      gateway(environment, 'token', '--klient', 'x'),
      gateway(environment, 'token', '--client', 'nobody'),
      gateway(environment, 'import', '/nowhere.json', '--custodian', 'Organization/clinic'),
    ])
    expect([unknown.code, option.code, nobody.code, file.code]).toEqual([2, 2, 1, 1])
    expect(nobody.err).toBe('no client `nobody` is registered: see `client add`\n')
    expect([unknown, option, nobody, file].map(({ out }) => out).join('')).toBe('')
  })

  it('finds what is wrong', async () => {
    const { code, out } = await gateway({ ...environment, PORT: 'x' }, 'doctor')
    expect(code).toBe(1)
    expect(out).toContain('✗ settings: PORT')
    const unreachable = { ...environment, DATABASE_URL: 'postgres://127.0.0.1:1/none' }
    const refused = await gateway(unreachable, 'doctor', '--json')
    expect(refused.code).toBe(1)
    expect(JSON.parse(refused.out)).toMatchObject({ ok: false })
  })
})

describe('with PostgreSQL', { timeout: 60_000 }, () => {
  it('plants the county in a database that was empty, and finds it there the next time', async () => {
    const { url } = inject('databases')
    const name = `sluice_entry_${process.pid}`
    const admin = postgres(url, { max: 1, onnotice: () => undefined })
    await admin.unsafe(`CREATE DATABASE ${name}`)
    const own = await newEnvironment({
      DATABASE_URL: Object.assign(new URL(url), { pathname: `/${name}` }).href,
    })
    try {
      const running = await startGateway(own)
      expect(await (await ask(own, '/readyz')).json()).toMatchObject({ database: 'postgres' })
      await stop(running)
      const { out } = await gateway(own, 'seed', '--json')
      expect(JSON.parse(out)).toMatchObject({ planted: false })
    } finally {
      await admin.unsafe(`DROP DATABASE ${name} WITH (FORCE)`)
      await admin.end()
      await clean(own)
    }
  })
})
