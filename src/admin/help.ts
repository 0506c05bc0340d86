import type { Command } from './command.ts'

const run = 'npm run gateway --'

/** All commands, a line each. */
export const overview = (commands: readonly Command[]): string =>
  [
    `usage: ${run} <command> [options] [--json]`,
    '',
    ...commands.map(({ name, summary }) => `  ${name.padEnd(18)}  ${summary}`),
    '',
    'The last line on standard output is the answer; with --json it is one JSON document.',
    'A command speaks to the gateway that runs on DATA_DIR; without one it opens the database itself.',
    `${run} <command> --help says more about one.`,
  ].join('\n')

/** One command, with an example. */
export const helpFor = ({ summary, usage, example }: Command): string =>
  [summary, '', `  ${run} ${usage.replaceAll('\n', '\n  ')}`, '', 'for example', `  ${run} ${example}`].join(
    '\n',
  )
