import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { describe, expect, it } from 'vitest'

const root = new URL('../../src/', import.meta.url).pathname

interface Source {
  readonly file: string
  readonly text: string
  /** Files of src that it imports, types included. */
  readonly imports: readonly string[]
}

const sources: readonly Source[] = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => {
    const text = readFileSync(join(root, file), 'utf8')
    const found = [...text.matchAll(/from '(\.{1,2}\/[^']+)'/g)].map(([, path = '']) =>
      normalize(join(dirname(file), path)),
    )
    return { file, text, imports: found.filter((path) => !path.startsWith('..')) }
  })

const entries = ['node.ts', 'worker.ts', 'cli.ts', 'tour/']
const within = (file: string, rooms: readonly string[]): boolean =>
  rooms.some((room) => file === room || file.startsWith(room))

/** Files of some rooms that import from anywhere but what they may. */
const strays = (rooms: readonly string[], allowed: readonly string[]): string[] =>
  sources
    .filter(({ file }) => within(file, rooms))
    .flatMap(({ file, imports }) =>
      imports.filter((path) => !within(path, [...rooms, ...allowed])).map((path) => `${file} -> ${path}`),
    )

/** Files in which a text stands. */
const having = (pattern: RegExp): string[] =>
  sources.filter(({ text }) => pattern.test(text)).map(({ file }) => file)

describe('the house', () => {
  it('has files to look at', () => {
    expect(sources.length).toBeGreaterThan(150)
    expect(sources.find(({ file }) => file === 'disclose.ts')?.imports).toContain('redact/redact.ts')
  })

  it('imports point one way: what R4 is knows of nothing else, and consent only of it', () => {
    expect(strays(['fhir/'], [])).toEqual([])
    expect(strays(['consent/'], ['fhir/', 'authorize/grant.ts'])).toEqual([])
    expect(strays(['mapping/', 'terminology/'], ['fhir/'])).toEqual([])
  })

  it('nobody imports an entry, and only entries import the app', () => {
    expect(
      sources
        .filter(({ file }) => !within(file, entries))
        .flatMap(({ file, imports }) =>
          imports
            .filter((path) => within(path, ['node.ts', 'worker.ts', 'cli.ts']))
            .map((path) => `${file} -> ${path}`),
        ),
    ).toEqual([])
    expect(
      sources
        .filter(
          ({ file, imports }) => imports.includes('app.ts') && !within(file, [...entries, 'admin/machine/']),
        )
        .map(({ file }) => file),
    ).toEqual([])
  })

  it('only `redact` makes a Released, only `authorize` a Grant, only `permitFor` a Permit', () => {
    expect(having(/as unknown as Released</)).toEqual(['redact/redact.ts'])
    expect(having(/as Grant\b/)).toEqual(['authorize/authorize.ts'])
    expect(having(/as Permit\b/)).toEqual(['consent/permit.ts'])
  })

  it('the doors are one screen each', () => {
    for (const door of ['disclose.ts', 'accept.ts'])
      expect(sources.find(({ file }) => file === door)?.text.split('\n').length).toBeLessThan(120)
  })
})
