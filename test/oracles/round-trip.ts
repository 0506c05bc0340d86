/**
 * Takes the official R4 examples through the gateway and back: each is accepted, read back equal in meaning, and found
 * again by every one of its own search parameters, built from the official expressions and nothing of the gateway's.
 * `node test/oracles/round-trip.ts [--all] [--only Type] [--database <url of an empty PostgreSQL>]`
 * Without `--all` every example is stored and read back, and a twentieth of the questions is asked, in CI a fortieth.
 * The definitions and the examples: hl7.fhir.r4.examples, CC0.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import type { SearchParameter } from '../../scripts/definitions/official.ts'
import { exampleFiles, officialParameters, readText, type Resource } from './official.ts'
import explained from './round-trip-exceptions.json' with { type: 'json' }
import { askAll, askNone, type Negative } from './round-trip/ask.ts'
import { openGateway } from './round-trip/gateway.ts'
import { meansTheSame } from './round-trip/meaning.ts'
import { type Question, questionsOf } from './round-trip/questions.ts'
import { type Entry, inTurns, storeAll } from './round-trip/store.ts'
import wrong from './wrong-examples.json' with { type: 'json' }

const { values: options } = parseArgs({
  options: {
    all: { type: 'boolean', default: false },
    only: { type: 'string' },
    database: { type: 'string' },
  },
})
/** One in so many is taken. */
const part = process.env['CI'] === 'true' ? 40 : 20

/** Some of many, the same in every run. */
const some = <T>(items: readonly T[], from = 0): T[] =>
  options.all ? [...items] : items.filter((_, place) => (place + from) % part === 0)
const started = performance.now()
const seconds = (): string => `${Math.round((performance.now() - started) / 1000)} s`
const progress = (every: number, what: string) => (done: number) => {
  if (done % every === 0) console.log(`${seconds()}: ${done} ${what}`)
}

/** The site's own parameters. */
const profiles = new URL('../../profiles/', import.meta.url)
const own = readdirSync(profiles)
  .filter((file) => file.startsWith('SearchParameter-'))
  .map((file) => JSON.parse(readFileSync(new URL(file, profiles), 'utf8')) as SearchParameter)
const byUrl = new Map([...officialParameters, ...own.map((one) => [one.url, one] as const)])
const parametersFor = (type: string): SearchParameter[] =>
  [...byUrl.values()].filter(
    ({ base, expression }) =>
      expression !== undefined && [type, 'Resource', 'DomainResource'].some((name) => base.includes(name)),
  )

/** What was found, under the name that explains it; each with one place of it. */
const known = new Map<string, string>(Object.entries(explained))
const findings = new Map<string, number>()
const finds: string[] = []
const find = (key: string, place: string): void => {
  findings.set(key, (findings.get(key) ?? 0) + 1)
  if (known.has(key)) return
  finds.push(`${key}: ${place}`)
  if ((findings.get(key) ?? 0) <= 3) console.log(`FOUND ${key}: ${place}`)
}

/** Base R4 itself says what is wrong with these. */
const wrongExamples = new Map<string, string[]>(Object.entries(wrong))
const isKnownWrong = ({ file, refused }: Entry): boolean =>
  refused.every((text) => wrongExamples.get(file)?.some((reason) => text.includes(reason)) === true)

const gateway = await openGateway(options.database)
const files = exampleFiles.filter((file) => options.only === undefined || file.startsWith(`${options.only}-`))
const entries = await storeAll(gateway, files, progress(500, 'accepted'))
const accepted = entries.filter(({ door }) => door !== 'none')
const refused = entries.filter(({ door }) => door === 'none')
const excused = refused.filter(isKnownWrong)
for (const entry of refused)
  if (!isKnownWrong(entry)) find(`${entry.file}: not accepted`, entry.refused.join('; '))
for (const { file } of accepted)
  if (wrongExamples.has(file)) find(`${file}: accepted`, 'it is no wrong example any more')
console.log(
  `${seconds()}: ${accepted.length} accepted, ${accepted.filter(({ door }) => door === 'PUT').length} of them by PUT`,
)

const patients = new Set(accepted.filter(({ type }) => type === 'Patient').map(({ id }) => `Patient/${id}`))
const nameOf = (file: string, { parameter, target }: Question, answer: string): string =>
  target?.startsWith('Patient/') === true && !patients.has(target) && answer === '0'
    ? 'by a Patient who is no example'
    : `${file}: ${parameter}`

let same = 0
let pairs = 0
let mute = 0
let asked = 0
let done = 0
const negatives: Negative[] = []
const tellSearched = progress(500, 'read back and searched')
await inTurns(accepted, async ({ file, type, id }) => {
  const { status, text } = await gateway.get(id, `${type}/${id}`)
  if (status === 200 && meansTheSame(readText(file), text)) same += 1
  else find(`${file}: not the same`, String(status))
  if (status !== 200) return
  const all = questionsOf(JSON.parse(text) as Resource, parametersFor(type), byUrl)
  const right = some(
    all.flatMap((one) => one.right),
    done,
  )
  pairs += all.filter((one) => one.right.length > 0).length
  mute += all.filter((one) => one.right.length === 0).length
  asked += right.length
  negatives.push(...all.flatMap((one) => one.wrong).map((question) => ({ type, id, question })))
  for (const { question, answer } of await askAll(gateway, type, id, right))
    find(nameOf(file, question, answer), `${question.form}: ${question.key}=${question.value}: ${answer}`)
  tellSearched((done += 1))
})
console.log(`${seconds()}: ${asked} questions asked, now ${some(negatives).length} that must find nothing`)
for (const { type, id, question } of await askNone(gateway, some(negatives)))
  find(
    `${type}-${id}.json: ${question.parameter}`,
    `${question.form}: ${question.key}=${question.value} finds it`,
  )
await gateway.close()

const stale = [...known.keys()].filter(
  (key) => options.all && !findings.has(key) && (options.only === undefined || key.startsWith(options.only)),
)
for (const [key, count] of findings)
  console.log(`${count} x ${key}${known.has(key) ? `: ${known.get(key)}` : ''}`)
for (const key of stale) console.log(`no exception any more: ${key}`)
console.log(
  `${files.length} examples, ${accepted.length} accepted, ${same} read back, ${excused.length} refused that R4 itself calls wrong`,
)
console.log(
  `${mute} parameters of examples have only values that none can ask for: words, a display, what is contained`,
)
console.log(
  `${pairs} parameters of examples searched by ${asked} questions, and by ${some(negatives).length} that find nothing`,
)
console.log(`${finds.length} found that nothing explains, in ${seconds()} on ${gateway.kind}`)
process.exitCode = finds.length + stale.length > 0 ? 1 : 0
