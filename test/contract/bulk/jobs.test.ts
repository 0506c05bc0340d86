import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { within } from '../../../src/admin/administered.ts'
import { storeRecords } from '../../../src/admin/store-records.ts'
import { runExport, tidyExports } from '../../../src/bulk/run.ts'
import { longKinds } from '../databases.ts'
import { expectOutcome, expectStatus } from '../outcome.ts'
import { observation, patient } from '../records.ts'
import { openWorld, type World } from '../world.ts'
import { drain, exported, fetched, kickOff, kickOffHeaders, manifestAt, pathOf } from './exporting.ts'

const ids = Array.from({ length: 25 }, (_, place) => `p${String(place).padStart(2, '0')}`)

describe.each(longKinds)('jobs of $export on %s', (kind) => {
  let world: World
  /** Real time is moved by so much. */
  let moved = 0

  beforeAll(async () => {
    world = await openWorld(kind, {
      change: (services) => ({
        ...services,
        settings: { ...services.settings, exportHours: 2, exportLines: 10, exportJobs: 3 },
        clock: { now: services.clock.now, real: () => new Date(Date.now() + moved) },
      }),
    })
    await world.load('clinic', [
      ...ids.map((id) => patient(id)),
      ...ids.flatMap((id) => [observation(`${id}-a`, id), observation(`${id}-b`, id)]),
    ])
    for (const id of ids) await world.know('hospital', `Patient/${id}`)
  })
  beforeEach(async () => {
    moved = 0
    await world.rows(sql`UPDATE export_job SET state = 'gone'`)
    await tidyExports(world.services)
  })
  afterAll(() => world.close())

  const rows = async (): Promise<number> =>
    (
      await world.rows<{ n: number }>(
        sql`SELECT ((SELECT count(*) FROM export_job) + (SELECT count(*) FROM export_line) + (SELECT count(*) FROM export_patient))::int AS n`,
      )
    )[0]?.n ?? -1

  test('the status says that it is under way, then where the files are, and until when', async () => {
    const job = await kickOff(world, 'hospital', '$export?_type=Patient,Observation')
    const reply = expectStatus(await world.get('hospital', job), 202)
    expect(reply.headers.get('x-progress')).toBe('in progress')
    expect(Number(reply.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(reply.text).toBe('')
    await runExport(world.services, 1)
    expect((await world.get('hospital', job)).status).toBe(202)
    await drain(world)
    const done = expectStatus(await world.get('hospital', job), 200)
    const left = Date.parse(done.headers.get('expires') ?? '') - Date.now()
    expect(left).toBeGreaterThan(1.9 * 3_600_000)
    expect(left).toBeLessThan(2.1 * 3_600_000)
  })

  test('files hold so many lines of one type at the most, all of them together each once', async () => {
    const { manifest, keys } = await exported(world, 'hospital', 'Patient/$export')
    expect(manifest.output.map(({ type, url, count }) => [type, url.split('/').at(-1), count])).toEqual([
      ...[1, 2, 3, 4, 5].map((n) => ['Observation', `Observation.${n}.ndjson`, 10]),
      ['Patient', 'Patient.1.ndjson', 10],
      ['Patient', 'Patient.2.ndjson', 10],
      ['Patient', 'Patient.3.ndjson', 5],
    ])
    expect(keys).toEqual([
      ...ids.flatMap((id) => [`Observation/${id}-a`, `Observation/${id}-b`]),
      ...ids.map((id) => `Patient/${id}`),
    ])
  })

  test('what was interrupted goes on with another process, from where it came to', async () => {
    const job = await kickOff(world, 'hospital', '$export?_type=Patient,Observation')
    await runExport(world.services, 1)
    const before = await rows()
    // A process that dies at its next step: nothing of it is stored, and its lease runs out.
    await world.rows(sql`UPDATE export_job SET lease = now() + interval '1 minute'`)
    expect(await runExport(world.services, 1)).toBe(false)
    expect(await rows()).toBe(before)
    moved = 120_000
    await drain(world)
    expect((await fetched(world, 'hospital', job)).keys).toHaveLength(75)
  })

  test('several processes share the jobs, and none is done twice', async () => {
    const jobs = await Promise.all(
      ['hospital', 'clinic', 'hospital'].map((who) =>
        kickOff(world, who, '$export?_type=Patient,Observation'),
      ),
    )
    const steps: string[] = []
    const process = async (name: string): Promise<void> => {
      for (let idle = 0; idle < 50;) {
        if (await runExport(world.services, 1)) steps.push(name)
        else {
          idle += 1
          await new Promise((done) => setTimeout(done, 5))
        }
      }
    }
    await Promise.all([process('one'), process('other')])
    await drain(world)
    for (const [place, job] of jobs.entries())
      expect((await fetched(world, place === 1 ? 'clinic' : 'hospital', job)).keys).toHaveLength(75)
    expect(await world.rows(sql`SELECT DISTINCT step FROM export_job`)).toEqual([{ step: 2 }])
  })

  test('a step that somebody else made stores nothing', async () => {
    await kickOff(world, 'hospital', '$export?_type=Patient,Observation')
    const late = runExport(
      {
        ...world.services,
        database: {
          ...world.database,
          transaction: async (work) => {
            await world.rows(sql`UPDATE export_job SET step = step + 1`)
            return world.database.transaction(work)
          },
        },
      },
      5,
    )
    await late
    expect(await world.rows(sql`SELECT * FROM export_line`)).toEqual([])
  })

  test('a job that is cancelled is there no more, and leaves nothing', async () => {
    for (const isDone of [false, true]) {
      const job = await kickOff(world, 'hospital', 'Patient/$export')
      if (isDone) await drain(world)
      const files = isDone ? (await manifestAt(world, 'hospital', job)).output : []
      expectStatus(await world.del('hospital', job), 202)
      expectOutcome(await world.get('hospital', job), 404)
      expectOutcome(await world.del('hospital', job), 404)
      for (const { url } of files) expectOutcome(await world.get('hospital', pathOf(url)), 404)
      await drain(world)
      await tidyExports(world.services)
      expect(await rows()).toBe(0)
    }
  })

  test('a job is over after its time, and leaves nothing', async () => {
    const job = await kickOff(world, 'hospital', '$export?_type=Patient')
    await drain(world)
    const [file] = (await manifestAt(world, 'hospital', job)).output
    moved = 2.1 * 3_600_000
    const later = await world.token('hospital')
    await world.rows(sql`UPDATE access_token SET expires = now() + interval '1 day'`)
    expectOutcome(await world.get(later, job), 404)
    expectOutcome(await world.get(later, pathOf(file?.url ?? '')), 404)
    await tidyExports(world.services)
    expect(await rows()).toBe(0)
  })

  test('a client has so many at once; a status is asked for so often', async () => {
    const jobs = []
    for (let n = 0; n < 3; n++) jobs.push(await kickOff(world, 'hospital', '$export?_type=Patient'))
    const many = await world.get('hospital', '$export', kickOffHeaders)
    expectOutcome(many, 429)
    expect(many.headers.get('retry-after')).toBe('60')
    await kickOff(world, 'clinic', '$export?_type=Patient')
    let asked = 0
    while ((await world.get('hospital', jobs[0] ?? '')).status === 202 && asked < 200) asked += 1
    expect(asked).toBe(120)
    const often = await world.get('hospital', jobs[0] ?? '')
    expectOutcome(often, 429)
    expect(often.headers.get('retry-after')).toBe('60')
    expectStatus(await world.get('hospital', jobs[1] ?? ''), 202)
    moved = 61_000
    expectStatus(await world.get('hospital', jobs[0] ?? ''), 202)
  })

  test('a client that may do less by now gets less, and nothing where its purpose is gone', async () => {
    const brief = { id: 'brief', organization: 'Organization/hospital' }
    const begin = async (scope: string, purposes: string[]): Promise<unknown[]> => {
      await world.client({ ...brief, scope: 'system/*.rs', purposes: ['TREAT'] })
      world.forgetTokens()
      await kickOff(world, 'brief', '$export?_type=Patient,Observation')
      await world.client({ ...brief, scope, purposes })
      await drain(world)
      return world.rows(sql`SELECT state, (SELECT string_agg(DISTINCT type, ' ') FROM export_line WHERE job = key) AS types
        FROM export_job ORDER BY key DESC LIMIT 1`)
    }
    expect(await begin('system/Observation.rs', ['TREAT'])).toEqual([{ state: 'done', types: 'Observation' }])
    expect(await begin('system/*.rs', ['COC'])).toEqual([{ state: 'failed', types: null }])
    expect(await begin('user/*.rs', ['TREAT'])).toEqual([{ state: 'failed', types: null }])
  })

  test('an export that failed says so', async () => {
    const job = await kickOff(world, 'hospital', '$export?_type=Patient')
    await world.rows(sql`UPDATE export_job SET state = 'failed'`)
    expectOutcome(await world.get('hospital', job), 500)
  })

  test.runIf(kind === 'postgres')(
    'a write that had begun is waited for, so that no export misses it',
    async () => {
      const job = await world.database.transaction(async (connection) => {
        await storeRecords(
          within(world.services, connection),
          'Organization/clinic',
          [observation('slow', 'p00')],
          'trusted',
        )
        const begun = await kickOff(world, 'hospital', '$export?_type=Observation')
        expect(await runExport(world.services, 5)).toBe(false)
        return begun
      })
      await drain(world)
      expect((await fetched(world, 'hospital', job)).keys).toContain('Observation/slow')
      await world.del('clinic', 'Observation/slow')
    },
  )

  test('what was asked for is kept sealed', async () => {
    await kickOff(
      world,
      'hospital',
      `$export?_type=Patient&_typeFilter=${encodeURIComponent('Patient?family=Whoever')}`,
    )
    const [row] = await world.rows<{ text: string }>(sql`SELECT j::text AS text FROM export_job j`)
    expect(row?.text).not.toMatch(/Whoever|family/)
  })
})
