import { keeps, type Ratio, type Row } from './rows.ts'

const widths = [26, 8, 17, 9, 9, 9, 9, 9, 16]

const line = (cells: readonly string[]): string =>
  cells
    .map((cell, at) => (at === 0 || at === 2 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)))
    .join(' ')

const promised = ({ target }: Ratio): string => {
  if (target === undefined) return ''
  return 'least' in target ? `>= ${target.least}` : `<= ${target.most}`
}

const number = (value: number | undefined): string => (value === undefined ? '?' : String(value))

/** The table for people, a line at a time. */
export const lines = {
  head: line(['name', 'ratio', 'to', 'req/s', 'p50 ms', 'p99 ms', 'node ms', 'pg ms', 'promised']),
  of: (row: Row, ratio: Ratio): string => {
    const verdict = { true: 'kept', false: 'MISSED', undefined: '' }[String(keeps(ratio, row.ratio))] ?? ''
    return line([
      row.name,
      number(row.ratio),
      row.baseline,
      number(row.rps),
      number(row.p50_ms),
      number(row.p99_ms),
      number(row.node_cpu_ms),
      number(row.pg_cpu_ms),
      `${promised(ratio)} ${verdict}`.trim(),
    ])
  },
}
