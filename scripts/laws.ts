import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const help = `npm run laws -- [options]

Runs the property tests of test/laws: the decision in SQL against the reference decision, and the promise
(Sluice on D answers what the same server answers on what a naive twin leaves of D) on random worlds: for
requests that read, for exports, for sequences of writes, and for pairs of worlds that one asker cannot tell
apart.

  --runs <n>   pairs of world and request (100,000); a world of sequences, one of exports and a pair of worlds for every ten
  --each <n>   requests in each world (10)
  --seed <n>   which worlds are drawn (another one each time)
  --shrink     a find is made as small as it can be
  --help       this text
`

const whole = (text: string, name: string): number => {
  if (!/^\d{1,9}$/.test(text)) throw new Error(`\`--${name}\` is a whole number`)
  return Number(text)
}

const run = (): number => {
  const { values } = parseArgs({
    options: {
      runs: { type: 'string', default: '100000' },
      each: { type: 'string', default: '10' },
      seed: { type: 'string', default: String(Date.now() % 1_000_000_000) },
      shrink: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    console.log(help)
    return 0
  }
  const [runs, seed] = [whole(values.runs, 'runs'), whole(values.seed, 'seed')]
  const each = Math.max(1, whole(values.each, 'each'))
  const worlds = Math.max(1, Math.ceil(runs / each))
  const others = Math.max(1, Math.ceil(worlds / 10))
  const { status } = spawnSync('vitest', ['run', 'test/laws'], {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    stdio: 'inherit',
    env: {
      ...process.env,
      LAW_WORLDS: String(worlds),
      LAW_REQUESTS: String(each),
      LAW_SEQUENCE_WORLDS: String(others),
      LAW_PAIRS: String(others),
      LAW_EXPORT_WORLDS: String(others),
      LAW_RUNS: String(Math.max(100, Math.ceil(worlds / 10))),
      LAW_SEED: String(seed),
      LAW_SHRINK: String(values.shrink),
    },
  })
  const found = status === 0 ? 'nothing found' : 'SOMETHING FOUND'
  console.log(
    `laws: ${worlds * each} pairs of world and request over ${worlds} worlds, ${others * 4} sequences of writes, ${others} pairs of worlds, seed ${seed}: ${found}`,
  )
  return status ?? 1
}

process.exitCode = run()
