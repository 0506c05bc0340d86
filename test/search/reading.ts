import type { Common } from '../../src/search/common.ts'

/** Every index entry there is. */
const all: ReadonlySet<string> = Object.assign(new Set<string>(), { has: () => true })
const none: ReadonlySet<string> = new Set()

/** How a gateway reads what no patient is named for: by what index leads there, or row by row in a window of so many. */
export interface Reading {
  readonly window: number | undefined
  readonly counted: number
}

/** Statistics as a test wants them, whatever the database has, and whatever the test wants next. */
export const read = (as: () => Reading): Common => ({
  tokens: async () => (as().window === undefined ? none : all),
  get window() {
    return as().window ?? 0
  },
  get counted() {
    return as().counted
  },
})
