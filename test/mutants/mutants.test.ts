import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { mutants } from './mutants.ts'

test.each(mutants)('can be put back: $flaw', async ({ file, from, to, tests }) => {
  const text = await readFile(new URL(`../../${file}`, import.meta.url), 'utf8')
  expect(text.split(from)).toHaveLength(2)
  expect(to).not.toBe(from)
  expect(tests).not.toEqual([])
})
