/**
 * The official R4 examples and search parameters, and what an official expression finds, by fhirpath.js.
 * hl7.fhir.r4.examples, CC0.
 */
import { readFileSync, readdirSync } from 'node:fs'
import { compile, type UserInvocationTable } from 'fhirpath'
import r4 from 'fhirpath/fhir-context/r4'
import type { SearchParameter as Official } from '../../scripts/definitions/official.ts'
import { isOfR4 } from '../../scripts/definitions/search-parameters.ts'

export type Json = { readonly [name: string]: unknown }
export type Resource = Json & { readonly resourceType: string; readonly id: string }

const folder = new URL('node_modules/hl7.fhir.r4.examples/', import.meta.url)

/** The names of the files, one for each example. */
export const exampleFiles: readonly string[] = readdirSync(folder).filter((file) =>
  /^[A-Z].*\.json$/.test(file),
)

export const readText = (file: string): string => readFileSync(new URL(file, folder), 'utf8')

export const readExample = <T = Resource>(file: string): T => JSON.parse(readText(file)) as T

/** The search parameters of R4 itself, by their URL. */
export const officialParameters: ReadonlyMap<string, Official> = new Map(
  exampleFiles
    .filter((file) => file.startsWith('SearchParameter-'))
    .map((file) => readExample<Official>(file))
    .filter(isOfR4)
    .map((parameter) => [parameter.url, parameter]),
)

const local = /(?:^|\/)([A-Za-z]+)\/[A-Za-z0-9.-]+(?:\/_history\/[A-Za-z0-9.-]+)?$/

/** The type of what a Reference leads to, as far as it can be told without following it. */
const targetType = (reference: Json, resource: Resource): unknown => {
  const literal = typeof reference.reference === 'string' ? reference.reference : ''
  if (literal === '#') return resource.resourceType
  if (!literal.startsWith('#')) return local.exec(literal)?.[1] ?? reference.type
  const contained = (resource.contained ?? []) as readonly Resource[]
  return contained.find(({ id }) => `#${id}` === literal)?.resourceType
}

const withTargets = (resource: Resource): UserInvocationTable => ({
  targetType: {
    fn: (references: Json[]) => references.map((one) => targetType(one, resource)),
    arity: { 0: [] },
  },
})

/** The expression as fhirpath.js takes it: `as` chooses among several items, and nothing is fetched. */
const evaluable = (expression: string): string =>
  expression
    .replaceAll(/\((\S+) as (\w+)\)/g, '$1.ofType($2)')
    .replaceAll('.as(', '.ofType(')
    .replaceAll('ofType(DateTime)', 'ofType(dateTime)')
    .replaceAll(/resolve\(\) is (\w+)/g, "targetType() = '$1'")

/** Alternatives are evaluated one by one: the union of FHIRPath takes nearly equal quantities for one. */
export const evaluate = (expressions: readonly string[], resource: Resource): unknown[] =>
  expressions.flatMap((expression) => {
    const find = compile(evaluable(expression), r4, { userInvocationTable: withTargets(resource) })
    return find(resource, { resource }) as unknown[]
  })
