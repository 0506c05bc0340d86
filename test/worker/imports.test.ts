import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { describe, expect, it } from 'vitest'

const entry = new URL('../../src/worker.ts', import.meta.url)

/** Packages that run on Workers; postgres has a build of its own for it. */
const known = [
  '@noble/hashes',
  '@simplewebauthn/server',
  '@medplum/core',
  'drizzle-orm',
  'fast-xml-parser',
  'fhirpath',
  'hono',
  'jose',
  'oauth4webapi',
  'otpauth',
  'postgres',
  'qr',
  'rfc6902',
  '@lhncbc/ucum-lhc',
  'zod',
]

/** What a module imports or exports from another while it runs; imports of types alone are erased. */
const statement =
  /^\s*(?:import|export)\s+(?!type\b)(?:[\w*{}\s,$]*?\sfrom\s*)?['"](?<specifier>[^'"]+)['"]|\bimport\(\s*['"](?<lazy>[^'"]+)['"]/gm

const withoutComments = (source: string): string =>
  source.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/(^|\s)\/\/.*$/gm, '$1')

const specifiersOf = (source: string): string[] =>
  [...source.matchAll(statement)].flatMap(({ groups }) => groups?.specifier ?? groups?.lazy ?? [])

/** Every module of the project that the Worker loads, with its source. */
const reached = (): Map<string, { readonly source: string; readonly imports: readonly string[] }> => {
  const found = new Map<string, { source: string; imports: string[] }>()
  const waiting = [entry]
  for (let url = waiting.pop(); url !== undefined; url = waiting.pop()) {
    if (found.has(url.href) || !url.pathname.endsWith('.ts')) continue
    const source = withoutComments(readFileSync(url, 'utf8'))
    const imports = specifiersOf(source)
    found.set(url.href, { source, imports })
    for (const name of imports) if (name.startsWith('.')) waiting.push(new URL(name, url))
  }
  return found
}

const named = (href: string): string =>
  fileURLToPath(href).replace(fileURLToPath(new URL('../../', import.meta.url)), '')

describe('what the Worker loads', () => {
  const modules = [...reached()]

  it('is the gateway, both doors and the store', () => {
    const names = modules.map(([href]) => named(href))
    expect(names).toEqual(
      expect.arrayContaining(['src/app.ts', 'src/accept.ts', 'src/disclose.ts', 'src/store/postgres.ts']),
    )
  })

  it('is seen by its imports, however they are written', () => {
    const source = withoutComments(`import { a,
      b } from 'one' // import 'no'
      import type { C } from 'no'
      export * from './two.ts'
      import 'three'
      const four = await import('four') /* import 'no' */`)
    expect(specifiersOf(source)).toEqual(['one', './two.ts', 'three', 'four'])
  })

  it('imports nothing of Node and no package that is not known to run there', () => {
    const packages = modules.flatMap(([href, { imports }]) =>
      imports
        .filter((name) => !name.startsWith('.'))
        .filter((name) => !known.some((own) => name === own || name.startsWith(`${own}/`)))
        .map((name) => `${named(href)}: ${name}`),
    )
    expect(packages).toEqual([])
  })

  it('uses no global of Node', () => {
    const used = modules.flatMap(([href, { source }]) =>
      [
        ...source.matchAll(
          /\b(?:Buffer\s*[.(]|process\s*\.\s*\w|__dirname|__filename|require\s*\(|setImmediate\s*\()/g,
        ),
      ].map(([text]) => `${named(href)}: ${text}`),
    )
    expect(used).toEqual([])
  })

  it('keeps no state between requests', () => {
    const kept = modules.flatMap(([href, { source }]) =>
      [...source.matchAll(/^(?:export )?(?:let|var)\s.*$/gm)].map(([text]) => `${named(href)}: ${text}`),
    )
    expect(kept).toEqual([])
  })

  it('is less than 1 MB, minified and compressed', async () => {
    const made = await build({
      entryPoints: [fileURLToPath(entry)],
      bundle: true,
      minify: true,
      write: false,
      format: 'esm',
      platform: 'browser',
      mainFields: ['module', 'main'],
      conditions: ['workerd', 'worker', 'browser'],
      external: ['node:*', 'cloudflare:*'],
      logLevel: 'silent',
    })
    const size = gzipSync(made.outputFiles[0]?.contents ?? '').byteLength
    expect(size).toBeGreaterThan(100_000)
    expect(size).toBeLessThan(1_000_000)
  })
})
