import type { Issue } from '../../problem.ts'
import type { Loaded } from '../../terminology/compose.ts'
import type { Concept } from '../../terminology/selection.ts'
import type { Sheet } from '../form/sheet.ts'

/** A response as it is being checked. */
export interface Checking {
  readonly sheet: Sheet
  readonly terminology: Loaded
  /** Whether it is completed or amended: then nothing may be missing. */
  readonly isDone: boolean
  /** Value sets that were looked at, by their canonical. */
  readonly expansions: Map<string, readonly Concept[] | undefined>
}

/** One thing that is wrong with a response. */
export const error = (expression: string, code: Issue['code'], text: string): Issue => ({
  severity: 'error',
  code,
  text,
  expression,
})
