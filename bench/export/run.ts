import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { rounded } from '../rows.ts'
import type { World } from '../world.ts'
import type { Order, Took } from './process.ts'

/** An export beside a bare cursor over the same rows. */
export interface ExportRow {
  readonly name: string
  /** How much of what the cursor sends in a second the gateway finds and sends. */
  readonly ratio: number
  readonly baseline: string
  readonly lines: number
  readonly perSecond: number
  readonly found: number
  readonly sent: number
  readonly bare: number
  readonly peakMb: number
  readonly promisedMb: number
  readonly kept: boolean
}

/** The process may have so much memory, whatever is exported. */
const mostMb = 400

const exportsOf = [
  { name: 'export-system', path: '$export?_type=Observation', types: ['Observation'] },
  {
    name: 'export-patients',
    path: 'Patient/$export?_type=Patient,Condition,Observation',
    types: ['Patient', 'Condition', 'Observation'],
  },
] as const

/** As `npm start` has it: young garbage is collected before it fills a hundred megabytes. */
const asStarted = ['--max-semi-space-size=16']

const inProcess = async (order: Order): Promise<Took> => {
  const child = fork(fileURLToPath(new URL('process.ts', import.meta.url)), { execArgv: asStarted })
  child.send(order)
  const [took] = (await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(([code]) => Promise.reject(new Error(`the export ended with ${String(code)}`))),
  ])) as [Took]
  child.disconnect()
  return took
}

/** Measures exports, each in a process of its own, beside the rows themselves. */
export const measureExports = async (url: string, { tokens }: World): Promise<ExportRow[]> => {
  const rows: ExportRow[] = []
  for (const { name, path, types } of exportsOf) {
    const order = { url, token: tokens.hospital, path, types }
    const bare = await inProcess({ ...order, kind: 'bare' })
    const own = await inProcess({ ...order, kind: 'sluice' })
    const perSecond = own.lines / (own.finding + own.sending)
    const ceiling = bare.lines / bare.sending
    rows.push({
      name,
      ratio: rounded(perSecond / ceiling),
      baseline: 'a cursor over the same rows',
      lines: own.lines,
      perSecond: Math.round(perSecond),
      found: Math.round(own.lines / own.finding),
      sent: Math.round(own.lines / own.sending),
      bare: Math.round(ceiling),
      peakMb: own.peak,
      promisedMb: mostMb,
      kept: own.peak <= mostMb,
    })
  }
  return rows
}

/** A line for each, for people. */
export const exportLines = (rows: readonly ExportRow[]): string[] => [
  'export            lines      a second   found/s    sent/s     cursor/s   ratio   peak MB',
  ...rows.map(({ name, lines, perSecond, found, sent, bare, ratio, peakMb }) =>
    [
      name.padEnd(17),
      ...[lines, perSecond, found, sent, bare].map((own) => String(own).padEnd(10)),
      String(ratio).padEnd(7),
      peakMb,
    ].join(' '),
  ),
]
