import { readConceptMap } from './concepts.ts'
import { compileNode, type Build, type Compiling } from './directives.ts'
import { type Failure, MappingFailure, TemplateError } from './failure.ts'
import type { Variables } from './expression.ts'
import { isJson, isObject, type Json } from './json.ts'
import type { Shape, SourceModel } from './lint.ts'

/** A mapping file: the target's shape in JSON, with FHIRPath expressions in place of values. */
export type MappingFile = {
  /** How failures name it, for example `hospital/ref-i12`. */
  readonly name: string
  /** The variables the caller gives, each with its fields, or `*` for those that are not checked. */
  readonly variables?: { readonly [name: string]: string }
  readonly template: unknown
}

export type MappingOptions = {
  readonly model: SourceModel
  /** The concept maps that `translate()` may name. */
  readonly concepts?: { readonly [name: string]: unknown }
}

export type Mapped =
  | { readonly ok: true; readonly value: Json }
  | { readonly ok: false; readonly failure: Failure }

export type Mapping = (source: unknown, variables?: Variables) => Mapped

/**
 * Compiles a mapping file once into a pure function. The language is that of FHIRPath templates (FPML): a
 * string with `{{ expression }}` gives its one value, `{[ expression ]}` all its values as an array, and the
 * keys `{% if expression %}`, `{% else %}`, `{% for item in expression %}` and `{% assign %}` direct the rest.
 * Stricter than FPML: several values where one is asked for fail, and `{{! … }}` and `{[! … ]}` fail when
 * there is none. Expressions are checked against the source's model here, so a wrong path fails at load.
 */
export function compileTemplate(file: MappingFile, options: MappingOptions): Mapping {
  const maps = new Map(
    Object.entries(options.concepts ?? {}).map(([name, map]) => [name, readConceptMap(name, map)] as const),
  )
  const variables = new Map(
    Object.entries(file.variables ?? {}).map(([name, type]): [string, Shape] => [name, { type }]),
  )
  const compiling: Compiling = { file: file.name, model: options.model, maps, variables, parsed: new Map() }
  const build = compileNode(asJson(file), '', compiling)
  return (source, given = {}) => run(build, file.name, source, given)
}

function run(build: Build, file: string, source: unknown, variables: Variables): Mapped {
  try {
    const value = build({ source, variables })
    if (value !== undefined) return { ok: true, value }
    return failed({ kind: 'missing', file, target: '', expression: '', text: 'the template gives nothing' })
  } catch (error) {
    if (error instanceof MappingFailure) return failed(error.failure)
    throw error
  }
}

function failed(failure: Failure): Mapped {
  return { ok: false, failure }
}

function asJson(file: MappingFile): Json {
  if (isObject(file.template) && isJson(file.template)) return file.template
  throw new TemplateError(`${file.name}: the template is not a JSON object`)
}
