import { fork } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { median } from '../measure.ts'
import { rounded } from '../rows.ts'
import { type Name, names, missingPackages, type Task, tasks } from './contestants.ts'
import type { Answer, Order } from './process.ts'

/** How Sluice does beside another: how many times as fast, or how many bytes. */
export interface Comparison {
  readonly name: string
  readonly ratio: number
  readonly baseline: string
  readonly own: string
  readonly other: string
  readonly promised: string | undefined
  readonly kept: boolean | undefined
}

type Least = Readonly<Record<Exclude<Name, 'sluice'>, number | undefined>>

const rounds = 9
const loads = 5
const slice = 120

/** So many times as fast is promised. `fhir` comes with its own tables, and takes part in the loads out of interest. */
const promised: Least = { '@medplum/core': 2, fhir: 1 }
const promisedLoad: Least = { '@medplum/core': 1, fhir: undefined }
const others = ['@medplum/core', 'fhir'] as const
const most = 2_000_000

const start = () => {
  const child = fork(fileURLToPath(new URL('process.ts', import.meta.url)))
  const ask = async (order: Order): Promise<Answer> => {
    child.send(order)
    const [answer] = await once(child, 'message')
    return answer
  }
  return { ask, stop: () => child.disconnect() }
}

const numberIn = (answer: Answer): number => ('ready' in answer ? answer.ready : answer.micros)

/** Each in turn, again and again; the middle of what each took. */
const inTurns = async (
  times: number,
  measure: (name: Name) => Promise<number>,
): Promise<Record<Name, number>> => {
  const seen: Record<Name, number[]> = { sluice: [], '@medplum/core': [], fhir: [] }
  for (let round = 0; round < times; round++)
    for (const name of round % 2 === 0 ? names : names.toReversed()) seen[name].push(await measure(name))
  return {
    sluice: median(seen.sluice),
    '@medplum/core': median(seen['@medplum/core']),
    fhir: median(seen.fhir),
  }
}

const comparisons = (name: string, unit: string, seen: Record<Name, number>, least: Least = promised) =>
  others.map((other): Comparison => {
    const ratio = seen[other] / seen.sluice
    const wanted = least[other]
    return {
      name,
      ratio: rounded(ratio),
      baseline: other,
      own: `${rounded(seen.sluice)} ${unit}`,
      other: `${rounded(seen[other])} ${unit}`,
      promised: wanted === undefined ? undefined : `at least ${wanted}`,
      kept: wanted === undefined ? undefined : ratio >= wanted,
    }
  })

/** A fresh process each time: the import, the definitions, and a first Patient. */
const measureLoads = async (): Promise<Comparison[]> =>
  comparisons(
    'load',
    'ms',
    await inTurns(loads, async (name) => {
      const { ask, stop } = start()
      const answer = await ask({ load: name })
      stop()
      return numberIn(answer)
    }),
    promisedLoad,
  )

const measureTask = async (
  task: Task,
  ask: Record<Name, (order: Order) => Promise<Answer>>,
): Promise<Comparison[]> => {
  for (const name of names) {
    const answer = await ask[name]({ task, milliseconds: 3 * slice })
    if ('errors' in answer && answer.errors > 0)
      throw new Error(`${name} finds ${task} invalid, which it is not`)
  }
  return comparisons(
    `validate, ${task}`,
    'us',
    await inTurns(rounds, async (name) => numberIn(await ask[name]({ task, milliseconds: slice }))),
  )
}

const tables = (): Comparison => {
  const folder = new URL('../../src/fhir/definitions/', import.meta.url)
  const files = readdirSync(folder).filter((file) => file.endsWith('.json'))
  const bytes = files.reduce((sum, file) => sum + statSync(new URL(file, folder)).size, 0)
  return {
    name: 'definition tables',
    ratio: rounded(bytes / most),
    baseline: '2 MB',
    own: `${bytes} B`,
    other: `${most} B`,
    promised: 'at most 1',
    kept: bytes <= most,
  }
}

const lineOf = ({ name, ratio, baseline, own, other, kept }: Comparison): string =>
  `${name.padEnd(32)} ${baseline.padEnd(14)} ${own.padStart(11)} ${other.padStart(11)} ${String(ratio).padStart(7)} ${kept === undefined ? ' ' : kept ? '+' : '!'}`

/**
 * Measures the validator beside two others, each in a process of its own, in turns: CPU for each validation, the time to
 * load, and the bytes of the definitions.
 * @throws Error where one finds fault with what is valid
 */
export const compareValidators = async ({
  json,
  strict,
}: {
  json: boolean
  strict: boolean
}): Promise<void> => {
  const missing = missingPackages()
  if (missing.length > 0) {
    console.error(
      `to compare with ${missing.join(' and ')}, please run \`npm --prefix test/oracles ci\` first`,
    )
    process.exitCode = 1
    return
  }
  const rows: Comparison[] = [tables(), ...(await measureLoads())]
  const running = { sluice: start(), '@medplum/core': start(), fhir: start() }
  const ask = {
    sluice: running.sluice.ask,
    '@medplum/core': running['@medplum/core'].ask,
    fhir: running.fhir.ask,
  }
  try {
    for (const name of names) await ask[name]({ load: name })
    for (const task of tasks) rows.push(...(await measureTask(task, ask)))
  } finally {
    for (const name of names) running[name].stop()
  }
  const head = `${''.padEnd(32)} ${'beside'.padEnd(14)} ${'Sluice'.padStart(11)} ${'the other'.padStart(11)}   times`
  console.log(json ? JSON.stringify(rows, null, 2) : [head, ...rows.map(lineOf)].join('\n'))
  if (strict && rows.some(({ kept }) => kept === false)) process.exitCode = 1
}
