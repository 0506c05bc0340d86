import { type Baseline, baselines, type Row } from './rows.ts'
import type { Target } from './shapes.ts'
import type { Written } from './written.ts'

const columns = ['bare', 'ceiling', 'cpu', 'consent', 'beside'] as const satisfies readonly Baseline[]

const padded = (widths: readonly number[], cells: readonly string[]): string =>
  cells
    .map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)))
    .join(' ')

const widths = [26, 8, 8, 8, 8, 8, 9, 9, 9, 9, 9]

/** The head of the table for people. */
export const head = [
  padded(widths, ['', '', 'p50', 'p99', 'node', 'pg', 'same SQL', 'ceiling', 'ceiling', 'consent', 'less']),
  padded(widths, ['', 'req/s', 'ms', 'ms', 'CPU ms', 'CPU ms', 'req/s', 'req/s', 'x CPU', 'x CPU', 'x CPU']),
].join('\n')

/** The line of one shape, out of its rows. */
export const lineOf = (rows: readonly Row[]): string => {
  const [row] = rows
  if (row === undefined) return ''
  const numbers = [row.rps, row.p50_ms, row.p99_ms, row.node_cpu_ms, row.pg_cpu_ms].map(shown)
  return padded(widths, [row.name, ...numbers, ...columns.map((column) => ratioIn(rows, column))])
}

const shown = (value: number | undefined): string => (value === undefined ? '?' : String(value))

/** A promise that is not kept has an exclamation mark. */
const ratioIn = (rows: readonly Row[], column: Baseline): string => {
  const row = rows.find(({ baseline }) => baseline === baselines[column])
  if (row === undefined) return ''
  return `${row.ratio}${row.kept === undefined ? '  ' : row.kept ? ' +' : ' !'}`
}

/** What was promised and not kept. */
export const missesOf = (rows: readonly Row[]): string[] =>
  rows
    .filter(({ kept }) => kept === false)
    .map(
      ({ name, ratio, baseline, promised }) =>
        `missed: ${name}: ${ratio} of ${baseline}, promised ${said(promised)}`,
    )

const said = (target: Target | undefined): string => {
  if (target === undefined) return 'nothing'
  return 'least' in target ? `at least ${target.least}` : `at most ${target.most}`
}

/** What writes leave behind, for people. */
export const writtenLines = (written: readonly Written[]): string[] => [
  padded([26, 10, 10, 10], ['one resource written', 'WAL', 'tables', 'indexes', '  rows']),
  ...written.map(({ name, wal_bytes, table_bytes, index_bytes, rows }) =>
    padded(
      [26, 10, 10, 10],
      [
        name,
        ...[wal_bytes, table_bytes, index_bytes].map((bytes) => `${bytes} B`),
        `  ${Object.entries(rows)
          .map(([table, more]) => `${table} ${more}`)
          .join(', ')}`,
      ],
    ),
  ),
]

/** The same shapes at several sizes: p50, whole CPU and the part of the same SQL, side by side. */
export const growthLines = (sizes: readonly (readonly [size: string, rows: readonly Row[]])[]): string[] => {
  const own = [26, ...sizes.flatMap(() => [10, 9, 9]), 9]
  const names = [...new Set(sizes.flatMap(([, rows]) => rows.map(({ name }) => name)))]
  return [
    padded(own, ['Observations', ...sizes.flatMap(([size]) => [size, '', '']), 'growth']),
    padded(own, ['', ...sizes.flatMap(() => ['p50 ms', 'CPU ms', 'same SQL']), 'x CPU']),
    ...names.map((name) => {
      const found = sizes.map(([, rows]) => rows.filter((row) => row.name === name))
      const cpu = found.map(([row]) => cpuOf(row))
      const growth = (cpu.at(-1) ?? Number.NaN) / (cpu[0] ?? Number.NaN)
      return padded(own, [
        name,
        ...found.flatMap((rows, at) => [shown(rows[0]?.p50_ms), shortly(cpu[at]), ratioIn(rows, 'bare')]),
        shortly(growth),
      ])
    }),
  ]
}

const cpuOf = (row: Row | undefined): number => (row?.node_cpu_ms ?? Number.NaN) + (row?.pg_cpu_ms ?? 0)

const shortly = (value: number | undefined): string =>
  value === undefined || Number.isNaN(value) ? '?' : String(Number(value.toPrecision(3)))
