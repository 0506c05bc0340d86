import { sql } from 'drizzle-orm'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { aboveSql, belowSql } from '../../src/search/terminology/hierarchy-sql.ts'
import { readExpansion } from '../../src/search/terminology/expansion.ts'
import { holdsSql } from '../../src/search/terminology/selection-sql.ts'
import type { Database } from '../../src/store/database.ts'
import { addBatch, beginRelease, finishRelease } from '../../src/store/releases.ts'
import { start } from '../../src/terminology/releases/records.ts'
import {
  type Condition,
  enumerate,
  type Imported,
  keyOf,
  type Selection,
} from '../../src/terminology/selection.ts'
import { kinds, openDatabase } from '../contract/databases.ts'

const system = 'urn:random'
const size = 40
const codes = Array.from({ length: size }, (_none, at) => `c${at}`)

/** A hierarchy in which each code has up to three parents among those before it, and one is above itself. */
const hierarchy =
  fc
    .sample(
      fc.tuple(
        ...codes.map((_code, at) =>
          fc.uniqueArray(fc.integer({ min: 0, max: Math.max(0, at - 1) }), { maxLength: at === 0 ? 0 : 3 }),
        ),
      ),
      { numRuns: 1, seed: 4 },
    )[0]
    ?.map((parents) => parents.map((at) => `c${at}`)) ?? []
const parentsOf = new Map(codes.map((code, at) => [code, hierarchy[at] ?? []]))
parentsOf.set('c7', [...(parentsOf.get('c7') ?? []), 'c7'])

/** Everything above a code, by walking up in all ways. */
const above = (code: string, seen: ReadonlySet<string> = new Set()): ReadonlySet<string> => {
  const own = new Set([...seen, code])
  return (parentsOf.get(code) ?? []).reduce(
    (all, parent) => (all.has(parent) ? all : above(parent, all)),
    own as ReadonlySet<string>,
  )
}

describe.each(kinds)('selections on %s', (kind) => {
  let database: Database
  let from: Imported

  beforeAll(async () => {
    database = await openDatabase(kind)
    const now = new Date()
    const { key } = await beginRelease(
      database,
      { system, name: 'Random', version: '1', files: [{ name: 'x', size: 1 }] },
      now,
    )
    const batch = {
      from: start,
      to: { position: 1, line: 2 },
      isLast: true,
      unread: [],
      statements: [
        ...codes.map(
          (code, at) =>
            ({ kind: 'concept', code, display: `Word${at % 5} of ${code}`, active: at % 4 !== 0 }) as const,
        ),
        ...codes.flatMap((child) =>
          (parentsOf.get(child) ?? []).map((parent) => ({ kind: 'parent', child, parent }) as const),
        ),
      ],
    }
    await addBatch(database, key, 0, batch)
    await finishRelease(database, key, false, now)
    from = { key, system, version: '1', name: 'Random', isSubsuming: true, properties: [] }
  })
  afterAll(() => database.close())

  const walked = async (statement: ReturnType<typeof sql>): Promise<string[]> =>
    (await database.query<{ code: string }>(sql`SELECT code FROM ${statement} way ORDER BY code`)).map(
      ({ code }) => code,
    )

  test('what is above and below a code is what a naive walk finds', async () => {
    for (const code of codes) {
      expect(await walked(aboveSql(from.key, sql`${code}`))).toEqual([...above(code)].toSorted())
      expect(await walked(belowSql(from.key, sql`${code}`))).toEqual(
        codes.filter((one) => above(one).has(code)).toSorted(),
      )
    }
  })

  const meets = (code: string, condition: Condition): boolean => {
    switch (condition.kind) {
      case 'below':
        return above(code).has(condition.code) && (condition.itself || code !== condition.code)
      case 'not-below':
        return !above(code).has(condition.code)
      case 'above':
        return above(condition.code).has(code)
      default:
        return true
    }
  }

  /** The same selection with every imported part listed. */
  const listed = (selection: Selection): Selection => {
    switch (selection.kind) {
      case 'listed':
        return selection
      case 'imported': {
        const own = codes.filter((code) => selection.conditions.every((condition) => meets(code, condition)))
        return { kind: 'listed', concepts: own.map((code) => ({ system, code })) }
      }
      case 'any':
      case 'all':
        return { ...selection, of: selection.of.map(listed) }
      case 'but':
        return { ...selection, of: listed(selection.of), without: listed(selection.without) }
    }
  }

  const code = fc.constantFrom(...codes)
  const { selection } = fc.letrec<{ selection: Selection }>((tie) => ({
    selection: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc
        .array(code, { maxLength: 8 })
        .map((own): Selection => ({ kind: 'listed', concepts: own.map((one) => ({ system, code: one })) })),
      fc
        .array(
          fc.oneof(
            fc.record({ kind: fc.constant('below' as const), code, itself: fc.boolean() }),
            fc.record({ kind: fc.constant('not-below' as const), code }),
            fc.record({ kind: fc.constant('above' as const), code }),
          ),
          { maxLength: 2 },
        )
        .map((conditions): Selection => ({ kind: 'imported', from: imported, conditions })),
      fc
        .array(tie('selection'), { minLength: 1, maxLength: 3 })
        .map((of): Selection => ({ kind: 'any', of })),
      fc
        .array(tie('selection'), { minLength: 1, maxLength: 2 })
        .map((of): Selection => ({ kind: 'all', of })),
      fc
        .tuple(tie('selection'), tie('selection'))
        .map(([of, without]): Selection => ({ kind: 'but', of, without })),
    ),
  }))
  const imported: Imported = {
    key: -1,
    system,
    version: '1',
    name: 'Random',
    isSubsuming: true,
    properties: [],
  }

  /** The release is known only when it is imported. */
  const bound = (one: Selection): Selection =>
    JSON.parse(JSON.stringify(one).replaceAll('"key":-1', `"key":${from.key}`)) as Selection

  test('the database finds what the lists say, one by one and in pages, and a filter never adds', async () => {
    await fc.assert(
      fc.asyncProperty(
        selection,
        code,
        fc.integer({ min: 1, max: 15 }),
        fc.constantFrom('word1', 'c1', 'of c2', 'x'),
        async (drawn, one, count, filter) => {
          const own = bound(drawn)
          const expected = (enumerate(listed(own)) ?? []).map(keyOf)
          const page = (offset: number, size_: number, text?: string) =>
            readExpansion(database, own, { filter: text, offset, count: size_ })
          const whole = await page(0, 1000)
          expect(whole.concepts.map(keyOf).toSorted()).toEqual([...new Set(expected)].toSorted())
          expect(whole.total).toBe(whole.concepts.length)
          const paged: string[] = []
          for (let offset = 0; offset < whole.total; offset += count)
            paged.push(...(await page(offset, count)).concepts.map(keyOf))
          expect(paged).toEqual(whole.concepts.map(keyOf))
          for (const { code: found } of (await page(0, 1000, filter)).concepts)
            expect(expected).toContain(`${system}|${found}`)
          const [row] = await database.query<{ holds: boolean }>(
            sql`SELECT ${holdsSql(own, system, one)} AS holds`,
          )
          expect(row?.holds).toBe(expected.includes(`${system}|${one}`))
        },
      ),
      { numRuns: 60 },
    )
  }, 60_000)
})
