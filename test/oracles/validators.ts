/**
 * Holds the validator to two others, `@medplum/core` and `fhir` (Lantana), by base R4: on official examples, on the invalid
 * cases of test/validate, and on valid examples with one seeded change. What R4 makes of each is known; ours must say the
 * same. Where another says otherwise, a rule of validator-differences.json has to tell why, by R4; a rule that explains
 * nothing any more is told as well.
 * `node test/oracles/validators.ts [--all] [--mutations <n>] [--seed <n>] [--show]`
 * Without `--all` it takes some examples, drawn evenly over the types. The examples: hl7.fhir.r4.examples, CC0.
 */
import { parseArgs } from 'node:util'
import cases from '../validate/cases/invalid.json' with { type: 'json' }
import { exampleFiles, readText } from './official.ts'
import rules from './validator-differences.json' with { type: 'json' }
import { mutations, type Pick } from './validators/mutations.ts'
import { type Json, random } from './validators/places.ts'
import { type Fault, openJudges, type Verdict } from './validators/verdicts.ts'
import wrong from './wrong-examples.json' with { type: 'json' }

const { values: options } = parseArgs({
  options: {
    all: { type: 'boolean', default: false },
    mutations: { type: 'string', default: '820' },
    seed: { type: 'string', default: '1' },
    show: { type: 'boolean', default: false },
  },
})

/** Larger ones take long in all three and show little more. */
const largest = 60_000
const sampled = 600

type Trial = { note: string; resource: Json; expect: 'valid' | 'invalid' }

/**
 * Why another validator differs: `says` what it says, `fault` is what the one that finds something says. A rare rule may
 * explain nothing: it is for what only `--all` or another seed shows.
 */
type Rule = {
  rare?: boolean
  who: string
  says: string
  fault: string
  path?: string
  type?: string
  reason: string
}

/** Files in turns: the first of each type, the second of each, and so on. */
const evenly = (files: readonly string[]): string[] =>
  [...Map.groupBy(files, (file) => file.slice(0, file.indexOf('-'))).values()]
    .flatMap((group) => group.map((file, turn) => ({ file, turn })))
    .toSorted((one, other) => one.turn - other.turn)
    .map(({ file }) => file)

const isWrong = new Set(Object.keys(wrong))

function* examples(): Generator<Trial> {
  let taken = 0
  for (const file of evenly(exampleFiles)) {
    if (!options.all && taken === sampled) return
    const text = readText(file)
    if (!options.all && text.length > largest) continue
    taken += 1
    yield { note: file, resource: JSON.parse(text), expect: isWrong.has(file) ? 'invalid' : 'valid' }
  }
}

/** Those that base R4 alone says are wrong. */
function* known(): Generator<Trial> {
  for (const { note, resource } of cases)
    if (!JSON.stringify(resource).includes('https://sluice.example/'))
      yield { note, resource, expect: 'invalid' }
}

function* changed(seed: number, count: number): Generator<Trial> {
  const next = random(seed)
  const pick: Pick = (items) => items[Math.floor(next() * items.length)]
  const files = evenly(exampleFiles).filter((file) => !isWrong.has(file))
  for (let number = 0; number < count; number++) {
    const mutation = mutations[number % mutations.length]
    for (let attempt = 0; attempt < 400; attempt++) {
      const file = pick(files.slice(0, 1500)) ?? ''
      const text = readText(file)
      if (text.length > largest / 3) continue
      const resource: Json = JSON.parse(text)
      if (mutation?.change(resource, pick) !== true) continue
      yield { note: `${mutation.name}: ${file} (${mutation.source})`, resource, expect: mutation.expect }
      break
    }
  }
}

const { sluice, ...others } = openJudges()
const used = new Map<Rule, number>()

const explains = (rule: Rule, who: string, says: string, type: string, { path, text }: Fault): boolean =>
  rule.who.split(' ').includes(who) &&
  rule.says === says &&
  new RegExp(rule.fault).test(text) &&
  new RegExp(rule.path ?? '').test(path) &&
  new RegExp(rule.type ?? '').test(type)

/** What no rule explains. Where another finds nothing, the faults are ours; where ours finds nothing, theirs. */
const unexplained = (who: string, { resource }: Trial, ours: Verdict, theirs: Verdict): Fault[] => {
  const says = theirs.length === 0 ? 'valid' : 'invalid'
  const faults = theirs.length === 0 ? ours : theirs
  return faults.filter((fault) => {
    const rule = (rules as Rule[]).find((one) =>
      explains(one, who, says, String(resource.resourceType), fault),
    )
    if (rule !== undefined) used.set(rule, (used.get(rule) ?? 0) + 1)
    return rule === undefined
  })
}

const table: Record<string, Record<string, number>> = {}
const finds: string[] = []
const count = (corpus: string, column: string): void => {
  const row = (table[corpus] ??= {})
  row[column] = (row[column] ?? 0) + 1
}
const verdict = (faults: Verdict): 'valid' | 'invalid' => (faults.length === 0 ? 'valid' : 'invalid')
const told = (faults: readonly Fault[]): string =>
  faults
    .slice(0, 3)
    .map(({ path, text }) => `${path}: ${text}`)
    .join(' | ')

const judge = (corpus: string, trial: Trial): void => {
  const ours = sluice(trial.resource)
  count(`${corpus}, ${trial.expect}`, 'all')
  if (verdict(ours) === trial.expect) count(`${corpus}, ${trial.expect}`, 'sluice')
  else finds.push(`${trial.note}: R4 says ${trial.expect}, Sluice ${verdict(ours)}: ${told(ours)}`)
  for (const [who, ask] of Object.entries(others)) {
    const theirs = ask(structuredClone(trial.resource))
    if (verdict(theirs) === trial.expect) count(`${corpus}, ${trial.expect}`, who)
    if (verdict(theirs) === verdict(ours)) continue
    const left = unexplained(who, trial, ours, theirs)
    if (left.length > 0)
      finds.push(`${trial.note}: ${who} says ${verdict(theirs)}, Sluice ${verdict(ours)}: ${told(left)}`)
  }
}

const started = performance.now()
const seconds = (): string => `${((performance.now() - started) / 1000).toFixed(1)} s`
for (const [corpus, trials] of Object.entries({
  examples: examples(),
  cases: known(),
  mutations: changed(Number(options.seed), Number(options.mutations)),
}))
  for (const trial of trials) judge(corpus, trial)

for (const find of options.show ? finds : finds.slice(0, 40)) console.log(`FOUND ${find}`)
if (finds.length > 40 && !options.show) console.log(`and ${finds.length - 40} more (\`--show\`)`)
const idle = (rules as Rule[]).filter((rule) => rule.rare !== true && !used.has(rule))
for (const { who, says, fault } of idle)
  console.log(`explains nothing any more: ${who} says ${says}: ${fault}`)
console.log('as R4 says:')
for (const [corpus, row] of Object.entries(table))
  console.log(
    `  ${corpus}: ${['sluice', 'medplum', 'fhir'].map((who) => `${who} ${row[who] ?? 0}`).join(', ')} of ${row.all}`,
  )
const explained = [...used.values()].reduce((sum, times) => sum + times, 0)
console.log(
  `${explained} differences explained by ${used.size} rules, ${finds.length} found, ${idle.length} idle; ` +
    `seed ${options.seed}, ${seconds()}`,
)
process.exitCode = finds.length + idle.length > 0 || (table['examples, valid']?.all ?? 0) < 500 ? 1 : 0
