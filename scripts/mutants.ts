import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { type Mutant, mutants } from '../test/mutants/mutants.ts'

const help = `npm run mutants -- [options]

Puts flaws back that other gateways were seen to have, one at a time, in a copy of the source, and runs the tests that
must find them. A flaw that no test finds survives: then the exit code is 1.

  --only <text>   those whose flaw has this text
  --list          the flaws, and nothing else
  --help          this text
`

const root = fileURLToPath(new URL('..', import.meta.url))

/** Files of the project as git knows them, in a folder of their own. */
const copy = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-mutants-'))
  const { stdout } = spawnSync('git', ['ls-files', '-co', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
  })
  for (const file of stdout.split('\n').filter((name) => name !== ''))
    cpSync(join(root, file), join(folder, file), { recursive: true })
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  return folder
}

type Fate = 'found' | 'SURVIVED' | 'STALE'

const fateOf = (folder: string, { file, from, to, tests }: Mutant): Fate => {
  const path = join(folder, file)
  const text = readFileSync(path, 'utf8')
  if (text.split(from).length !== 2) return 'STALE'
  writeFileSync(
    path,
    text.replace(from, () => to),
  )
  try {
    const { status } = spawnSync('vitest', ['run', '--bail', '1', ...tests], {
      cwd: folder,
      encoding: 'utf8',
    })
    return status === 0 ? 'SURVIVED' : 'found'
  } finally {
    writeFileSync(path, text)
  }
}

const run = (): number => {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', default: '' },
      list: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    console.log(help)
    return 0
  }
  const wanted = mutants.filter(({ flaw }) => flaw.includes(values.only))
  if (values.list) {
    console.log(wanted.map(({ flaw, file }) => `${flaw} (${file})`).join('\n'))
    return 0
  }
  const folder = copy()
  try {
    const fates = wanted.map((mutant, at) => {
      const fate = fateOf(folder, mutant)
      console.log(`${String(at + 1).padStart(3)} of ${wanted.length}  ${fate.padEnd(8)}  ${mutant.flaw}`)
      return fate
    })
    const bad = fates.filter((fate) => fate !== 'found').length
    console.log(`mutants: ${wanted.length} put back, ${wanted.length - bad} found, ${bad} not`)
    return bad === 0 && wanted.length > 0 ? 0 : 1
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

process.exitCode = run()
