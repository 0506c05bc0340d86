import { readFileSync, readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { SearchParameter as Published } from '../../../scripts/definitions/official.ts'
import { compileSearchParameters } from '../../../scripts/definitions/search-parameters.ts'
import {
  type Branch,
  commonSearchParameters,
  type SearchParameter,
  searchParameters,
} from '../../../src/fhir/definitions/search-parameters.ts'
import structures from '../../../src/fhir/definitions/structures.json' with { type: 'json' }
import {
  isResourceType,
  resourceTypes,
  shape,
  type Structure,
} from '../../../src/fhir/definitions/structures.ts'
import { canonical } from '../../../src/fhir/names.ts'
import { servedParameters } from '../../../src/search/parameters.ts'
import { createValidator } from '../../../src/validate/validate.ts'

const folder = new URL('../../../profiles/', import.meta.url)
const files = readdirSync(folder).filter((file) => file.startsWith('SearchParameter-'))
const own = files.map((file) => JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as Published)

const parameters: readonly (readonly [string, string, SearchParameter])[] = [
  'Resource',
  ...resourceTypes,
].flatMap((type) =>
  Object.entries(type === 'Resource' ? commonSearchParameters() : searchParameters(type)).map(
    ([code, parameter]) => [type, code, parameter] as const,
  ),
)

/** The type at each depth of a path, the root's first; undefined from where no element has the name. */
const typesAlong = (root: string, path: readonly string[]): (string | undefined)[] => {
  const types: (string | undefined)[] = [root]
  for (const name of path) {
    const from = types.at(-1)
    types.push(from === undefined ? undefined : shape(from)?.properties.get(name)?.type)
  }
  return types
}

/** What is wrong with a branch that starts at a type, if anything is. */
const faultOf = (root: string, branch: Branch): string | undefined => {
  if (branch.anyOf !== undefined)
    return branch.anyOf.some((name) => typesAlong(root, [name]).includes(undefined))
      ? 'no element'
      : undefined
  const types = typesAlong(root, branch.path)
  if (types.at(-1) !== branch.type) return `ends in ${types.at(-1)}, not in ${branch.type}`
  const { where, first, repeat, is } = branch
  if (
    where !== undefined &&
    typesAlong(types[where.depth] ?? '', where.element.split('.')).includes(undefined)
  )
    return `no ${where.element} to filter by`
  if (first !== undefined && types[first] === undefined) return 'no item to take the first of'
  if (
    repeat !== undefined &&
    typesAlong(types[repeat] ?? '', [branch.path[repeat - 1] ?? '']).at(-1) !== types[repeat]
  )
    return 'what repeats does not lead to itself'
  return is === undefined || resourceTypes.includes(is) ? undefined : `no type ${is}`
}

describe('the table of search parameters', () => {
  it('leads along real elements to the stated types', () => {
    const branches = parameters.flatMap(([type, code, { paths, components }]) => [
      ...paths.map((branch) => ({ code, branch, roots: [type] })),
      ...(components ?? []).flatMap((component) =>
        component.paths.map((branch) => ({
          code: `${code}$${component.code}`,
          branch,
          roots: branch.root === true ? [type] : paths.map((path) => path.type),
        })),
      ),
    ])
    expect(branches.length).toBeGreaterThan(1_900)
    const faults = branches.map(({ code, branch, roots }) => ({
      code,
      found: roots.map((root) => faultOf(root, branch)),
    }))
    expect(faults.filter(({ found }) => found.every((fault) => fault !== undefined))).toEqual([])
  })

  it('names targets that are resource types, on references alone', () => {
    const targeted = parameters.filter(([, , { targets }]) => targets !== undefined)
    expect(targeted.length).toBeGreaterThan(300)
    for (const [type, code, { kind, targets }] of targeted) {
      expect([type, code, kind]).toEqual([type, code, 'reference'])
      expect([type, code, targets?.filter((target) => !isResourceType(target))]).toEqual([type, code, []])
    }
  })

  it('resolves every part of a composite to a parameter', () => {
    const known = new Map(parameters.map(([, code, { url, kind }]) => [url, { code, kind }]))
    const composites = parameters.filter(([, , { kind }]) => kind === 'composite')
    expect(composites.length).toBeGreaterThan(30)
    for (const [type, code, { components = [] }] of composites) {
      expect([type, code, components.length > 1]).toEqual([type, code, true])
      for (const { url, code: part, kind, paths } of components)
        expect([url, { code: part, kind }, paths.length > 0]).toEqual([url, known.get(url), true])
    }
  })
})

describe("the gateway's own search parameters", () => {
  it('are valid resources, each under its canonical URL', () => {
    const { validate } = createValidator([])
    expect(own.length).toBeGreaterThanOrEqual(5)
    for (const [index, parameter] of own.entries()) {
      expect(validate(parameter).filter(({ severity }) => severity === 'error')).toEqual([])
      expect(parameter.url).toBe(`${canonical}/SearchParameter/${parameter.id ?? ''}`)
      expect(files[index]).toBe(`SearchParameter-${parameter.id ?? ''}.json`)
    }
  })

  it('compile to what is in the table, which has no others under that base', () => {
    const compiled = compileSearchParameters(own, structures as Record<string, Structure>)
    const held = parameters.filter(([, , { url }]) => url.startsWith(canonical))
    const table: Record<string, Record<string, SearchParameter>> = {}
    for (const [type, code, parameter] of held) table[type] = { ...table[type], [code]: parameter }
    expect(table).toEqual(compiled)
  })

  it('are found by type and code like those of R4', () => {
    for (const { base, code, url, type } of own)
      for (const resourceType of base)
        expect(servedParameters(resourceType).get(code)).toMatchObject({ name: code, url, kind: type })
  })
})
