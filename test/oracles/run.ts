/**
 * Runs all that is checked against other people's corpora, in two rows side by side: the way through the gateway takes as
 * long as everything else together. `node test/oracles/run.ts [--all]`; what is given goes to the round trip.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const rows = [
  [['round-trip.ts', ...process.argv.slice(2)]],
  [
    ['questionnaires.ts'],
    ['examples.ts'],
    ['validators.ts'],
    ['xml.ts'],
    ['search-parameters.ts'],
    ['authorization.ts'],
  ],
]

/** Runs a script to its end; whether it found nothing. */
const run = async ([script = '', ...words]: readonly string[]): Promise<boolean> => {
  const child = spawn(process.execPath, [fileURLToPath(new URL(script, import.meta.url)), ...words], {
    stdio: 'inherit',
  })
  const [code] = (await once(child, 'close')) as [number | null]
  if (code !== 0) console.error(`${script} found something, or failed: ended with ${String(code)}`)
  return code === 0
}

const runRow = async (scripts: readonly (readonly string[])[]): Promise<boolean> => {
  const clean: boolean[] = []
  for (const script of scripts) clean.push(await run(script))
  return clean.every(Boolean)
}

const clean = await Promise.all(rows.map(runRow))
process.exitCode = clean.every(Boolean) ? 0 : 1
