import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { z } from 'zod'

const root = new URL('../../', import.meta.url).pathname

const toldSchema = z.object({
  steps: z.array(
    z.object({
      name: z.string(),
      ok: z.boolean(),
      checks: z.array(z.looseObject({ name: z.string(), ok: z.boolean() })),
    }),
  ),
  passed: z.number(),
  failed: z.number(),
})

/** Plays the tour as `npm run tour -- --json` does, where no gateway runs. */
const tour = async (): Promise<{ code: number; told: z.output<typeof toldSchema> }> => {
  const dataDir = mkdtempSync(join(tmpdir(), 'sluice-no-gateway-'))
  try {
    const { code, output } = await new Promise<{ code: number; output: string }>((done) => {
      const child = execFile(
        process.execPath,
        ['src/tour/tour.ts', '--json'],
        { cwd: root, env: { ...process.env, DATA_DIR: dataDir, SLUICE_ENV: '' } },
        (_fault, stdout) => done({ code: child.exitCode ?? -1, output: stdout }),
      )
    })
    return { code, told: toldSchema.parse(JSON.parse(output)) }
  } finally {
    rmSync(dataDir, { recursive: true, force: true })
  }
}

it('plays the tour on a gateway of its own, and every promise is kept', { timeout: 60_000 }, async () => {
  const { code, told } = await tour()
  const broken = told.steps.flatMap(({ checks }) => checks.filter(({ ok }) => !ok))
  expect(broken).toEqual([])
  expect(told.steps).toHaveLength(9)
  expect(told.passed).toBeGreaterThan(50)
  expect([code, told.failed]).toEqual([0, 0])
})
