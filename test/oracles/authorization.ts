/**
 * Asks Sluice and oidc-provider (MIT, development dependency of this folder alone) the same some hundreds of requests at
 * authorize, token, introspection and revocation, and compares status, error, redirect, headers, and the shape of success. Where they differ
 * the reason stands in authorization-differences.json; what differs without one, and a reason that explains nothing, is a fault.
 * `node test/oracles/authorization.ts [--all] [words that a question's name holds]`; without `--all` a fifth of the questions, and few with two faults
 */
import { makeKey } from '../smart/world.ts'
import explained from './authorization-differences.json' with { type: 'json' }
import { openReference } from './authorization/reference.ts'
import { drawn, questions } from './authorization/requests.ts'
import type { Seen } from './authorization/party.ts'
import { openSluice } from './authorization/sluice.ts'

/** Why the two may differ: in what, at which questions, and which clause allows it. */
interface Explained {
  readonly questions: string
  readonly what: string
  readonly ours: string
  readonly theirs: string
  readonly reason: string
}

const rows: readonly Explained[] = explained
const used = new Set<Explained>()
const explains = (row: Explained, name: string, what: string, ours: string, theirs: string): boolean =>
  new RegExp(row.questions).test(name) &&
  new RegExp(`^(?:${row.what})$`).test(what) &&
  new RegExp(`^(?:${row.ours})$`, 's').test(ours) &&
  new RegExp(`^(?:${row.theirs})$`, 's').test(theirs)

const words = process.argv.slice(2)
const isAll = words.includes('--all')
const only = words.filter((word) => word !== '--all').join(' ')
const chosen = questions.filter(
  ({ name }, place) => name.includes(only) && (isAll || only !== '' || place % 5 === 0),
)
const keys = { es: await makeKey('es', 'ES384'), rs: await makeKey('rs', 'RS384') }
const [ours, theirs] = await Promise.all([openSluice(keys), openReference(keys)])
let [differing, unexplained] = [0, 0]
const said = new Map<string, string[]>()
for (const { name, ask } of chosen) {
  const [own, other] = [await ask(ours), await ask(theirs)]
  const differences =
    own.answer === other.answer
      ? Object.keys({ ...own, ...other }).filter((what) => own[what] !== other[what])
      : ['answer']
  if (differences.length > 0) differing++
  for (const what of differences) {
    const [a, b] = [own[what] ?? '-', other[what] ?? '-']
    const row = rows.find((one) => explains(one, name, what, a, b))
    if (row !== undefined) used.add(row)
    else {
      unexplained++
      const line = `${what}: sluice \`${a}\`, reference \`${b}\``
      said.set(line, [...(said.get(line) ?? []), name])
    }
  }
}

/** Whether an answer is a success, where it is one that OAuth knows. */
const isGood = ({ answer = '' }: Seen): boolean | undefined =>
  answer === 'ok 200' ? true : /^\w+ (?:400|401|404|405|413)$/.test(answer) ? false : undefined

let pairs = 0
for (const { name, single, both } of only === '' ? drawn(isAll ? 300 : 30) : []) {
  const alone: boolean[] = []
  for (const ask of single) alone.push(isGood(await ask(ours)) === isGood(await ask(theirs)))
  const [own, other] = [await both(ours), await both(theirs)]
  pairs++
  if (isGood(own) !== undefined && (isGood(own) === isGood(other) || alone.includes(false))) continue
  unexplained++
  console.log(`${name}: sluice \`${own.answer}\`, reference \`${other.answer}\``)
}
await Promise.all([ours.close(), theirs.close()])

for (const [line, names] of said) console.log(`${line}\n${names.map((name) => `  ${name}`).join('\n')}`)
const idle = isAll && only === '' ? rows.filter((row) => !used.has(row)) : []
for (const { questions: where, what, reason } of idle)
  console.log(`does not differ any more: ${what} at ${where}: ${reason}`)
console.log(
  `${chosen.length} asked of both, ${differing} differ; ${pairs} with two faults; ${unexplained} unexplained`,
)
process.exitCode = unexplained > 0 || idle.length > 0 ? 1 : 0
