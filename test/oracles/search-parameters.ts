/**
 * Proves that no search parameter of R4 is lost in the generated table, none is there that nobody published, and that the
 * compiled ones find in every official example what fhirpath.js finds by the official expression.
 * The definitions and the examples: hl7.fhir.r4.examples, CC0.
 */
import { alternatives } from '../../scripts/definitions/expression.ts'
import {
  commonSearchParameters,
  type SearchParameter,
  searchParameters,
} from '../../src/fhir/definitions/search-parameters.ts'
import { resourceTypes } from '../../src/fhir/definitions/structures.ts'
import { canonical } from '../../src/fhir/names.ts'
import { valuesOf } from '../../src/fhir/path.ts'
import {
  evaluate,
  exampleFiles as files,
  officialParameters as official,
  readExample,
  type Resource,
} from './official.ts'
import explained from './search-differences.json' with { type: 'json' }

/** What is published and not in the table as it is, and what is in the table without having been published. */
const losses = (): { pairs: number; lost: string[]; foreign: string[] } => {
  const pairs = [...official.values()].flatMap((one) => one.base.map((base) => [base, one] as const))
  const tables = new Map(resourceTypes.map((type) => [type, searchParameters(type)]))
  const lost = pairs.filter(([base, { code, url, type }]) => {
    const found = (tables.get(base) ?? commonSearchParameters())[code]
    return found?.url !== url || found.kind !== type
  })
  const foreign = [...tables].flatMap(([type, table]) =>
    Object.entries(table)
      .filter(([, { url }]) => !official.get(url)?.base.includes(type) && !url.startsWith(canonical))
      .map(([code]) => `${type}.${code}`),
  )
  return { pairs: pairs.length, lost: lost.map(([base, { code }]) => `${base}.${code}`), foreign }
}

const sorted = (_: string, item: unknown): unknown =>
  typeof item === 'object' && item !== null && !Array.isArray(item)
    ? Object.fromEntries(Object.entries(item).toSorted(([a], [b]) => (a < b ? -1 : 1)))
    : item
const setOf = (values: readonly unknown[]): string =>
  [...new Set(values.map((value) => JSON.stringify(value, sorted)))].toSorted().join('\n')

/** What is compared: the values of a parameter, and of each part of a composite. */
function* questions(resource: Resource, name: string, parameter: SearchParameter, expression: string) {
  const values = valuesOf(resource, parameter.paths)
  yield { name, ours: values, expressions: alternatives(expression) }
  for (const { code, paths, url } of parameter.components ?? []) {
    const part = official.get(parameter.url)?.component?.find(({ definition }) => definition === url)
    const ours = values.flatMap((value) =>
      paths.flatMap((path) => valuesOf(path.root === true ? resource : value, [path])),
    )
    const selecting = alternatives(expression).flatMap((from) =>
      alternatives(part?.expression ?? '').map((to) => `${from}.select(${to})`),
    )
    yield { name: `${name}$${code}`, ours, expressions: selecting }
  }
}

const known = new Map(Object.entries(explained))
const seen = new Set<string>()
let compared = 0
let filled = 0
let differing = 0
let unexplained = 0
for (const [index, file] of files.entries()) {
  const resource = readExample(file)
  const type = resource.resourceType
  for (const [code, parameter] of Object.entries({
    ...commonSearchParameters(),
    ...searchParameters(type),
  })) {
    const expression = official.get(parameter.url)?.expression
    if (expression === undefined) continue
    for (const question of questions(resource, `${type}.${code}`, parameter, expression)) {
      compared++
      const [ours, theirs] = [setOf(question.ours), setOf(evaluate(question.expressions, resource))]
      if (theirs !== '') filled++
      if (ours === theirs) continue
      differing++
      seen.add(question.name)
      if (known.has(question.name)) continue
      unexplained++
      console.log(
        `${file}: ${question.name}\n  compiled: ${ours.slice(0, 300)}\n  fhirpath: ${theirs.slice(0, 300)}`,
      )
    }
  }
  if (index % 1000 === 999) console.log(`${index + 1} examples, ${compared} compared`)
}

const { pairs, lost, foreign } = losses()
for (const name of lost) console.log(`not in the table: ${name}`)
for (const name of foreign) console.log(`published by nobody: ${name}`)
for (const [name, why] of known)
  console.log(`${seen.has(name) ? 'differs' : 'does not differ any more'}: ${name}: ${why}`)
console.log(`${pairs} parameters of R4, ${lost.length} lost, ${foreign.length} foreign`)
console.log(`${filled} of those compared have values`)
console.log(`${compared} compared, ${differing} differ, ${unexplained} unexplained`)
const failed = lost.length + foreign.length + unexplained > 0 || seen.size < known.size
process.exitCode = failed || compared < 100_000 ? 1 : 0
