import { parseArgs } from 'node:util'
import type { Effort } from './measure.ts'
import { perPatient } from './records.ts'
import { authenticationShapes } from './authentication.ts'
import { consentShapes } from './consents.ts'
import { shapes } from './shapes.ts'
import { timingNames } from './timing.ts'
import type { Size } from './world.ts'

/** What is measured, on what, and how long. */
export interface Options {
  /** Shapes whose name begins like this. */
  readonly only: string
  readonly json: boolean
  readonly strict: boolean
  readonly url: string | undefined
  /** Where CPU profiles of the servers are left. */
  readonly profile: string | undefined
  /** Pairs of what is hidden and what is absent that are timed; 0 leaves it out. */
  readonly pairs: number
  readonly sizes: readonly Size[]
  readonly effort: Effort
  /** Whether the validator is measured beside others, and nothing else. */
  readonly validate: boolean
  /** Whether exports are measured beside a cursor over the same rows, and nothing else. */
  readonly exports: boolean
}

const help = `npm run bench -- [options]

Measures the gateway on PostgreSQL, one process, 16 connections (2 where one
request alone takes more than 100 ms), beside
  the same SQL      the very statements that find the rows, sent bare by Hono and postgres.js
  the ceiling       Hono and postgres.js with one row by its id, and nothing else
  without consent   the same gateway, with a decision that permits everything
  less              the same of a patient without consents, or with few records
in turns, slice by slice, in one run. CPU is told in milliseconds for each request.

  --only <name>    only what begins with this name
  --long           200,000 Observations of 2,000 patients, and longer
  --growth         the same rows at 20,000, 200,000 and 1,000,000 Observations, side by side
  --validate       the validator beside @medplum/core and fhir, and nothing else; needs no database
  --export         bulk exports beside a cursor over the same rows, with their memory, and nothing else
  --timing         1,000 pairs of what is hidden and what does not exist, one connection, and nothing else
  --url <url>      an empty database on another PostgreSQL (also DATABASE_URL); its CPU is not told
  --json           rows as JSON
  --strict         exit code 1 where a promise is not kept
  --profile <dir>  leaves a CPU profile of each server there
  --help           this text

Names: ${[...[...shapes(1), ...authenticationShapes(1), ...consentShapes(1)].map(({ name }) => name), ...timingNames].join(', ')}
`

const efforts = {
  short: { connections: 16, rounds: 4, slice: 150, warmUp: 150, records: 500 },
  growth: { connections: 16, rounds: 4, slice: 250, warmUp: 250, records: 500 },
  long: { connections: 16, rounds: 8, slice: 500, warmUp: 1500, records: 5000 },
} as const

const size = (patients: number): Size => ({ patients, observations: perPatient })

/** Options of the command line; undefined where only help was asked for, which is then printed. */
export const readOptions = (): Options | undefined => {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', default: '' },
      json: { type: 'boolean', default: false },
      strict: { type: 'boolean', default: false },
      long: { type: 'boolean', default: false },
      timing: { type: 'boolean', default: false },
      validate: { type: 'boolean', default: false },
      growth: { type: 'boolean', default: false },
      export: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
      url: { type: 'string', default: process.env.DATABASE_URL ?? '' },
      profile: { type: 'string' },
    },
  })
  if (values.help) {
    console.log(help)
    return undefined
  }
  return {
    ...values,
    url: values.url === '' ? undefined : values.url,
    profile: values.profile,
    exports: values.export,
    pairs: values.timing ? 1000 : 0,
    sizes: values.growth ? [200, 2000, 10_000].map(size) : [size(values.long ? 2000 : 200)],
    effort: values.growth ? efforts.growth : values.long ? efforts.long : efforts.short,
  }
}
