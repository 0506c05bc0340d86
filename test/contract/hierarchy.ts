import { addBatch, beginRelease, finishRelease } from '../../src/store/releases.ts'
import type { Database } from '../../src/store/database.ts'
import type { Statement } from '../../src/terminology/releases/release-format.ts'

/** One step in a code system: a code is a kind of another. */
export interface Step {
  readonly system: string
  readonly kind: string
  readonly of: string
}

/** Imports a release of one code system that says what is a kind of what, as an operator imports one. */
export const loadHierarchy = async (
  database: Database,
  steps: readonly Step[],
  version = '1',
): Promise<void> => {
  const now = new Date('2026-01-01T00:00:00Z')
  const system = steps[0]?.system ?? ''
  const asked = { system, name: system, version, files: [{ name: version, size: 1 }] }
  const { key } = await beginRelease(database, asked, now)
  const codes = [...new Set(steps.flatMap(({ kind, of }) => [kind, of]))]
  const statements: Statement[] = [
    ...codes.map((code): Statement => ({ kind: 'concept', code, active: true })),
    ...steps.map(({ kind, of }): Statement => ({ kind: 'parent', child: kind, parent: of })),
  ]
  const [from, to] = [
    { position: 0, line: 1 },
    { position: 1, line: 2 },
  ]
  await addBatch(database, key, 0, { from, to, isLast: true, statements, unread: [] })
  const finished = await finishRelease(database, key, false, now)
  if (typeof finished === 'string') throw new Error(finished)
}
