import { compile, parse } from 'fhirpath'
import type { Concepts } from './concepts.ts'
import { TemplateError } from './failure.ts'
import { ownFunctions } from './functions.ts'
import { lint, type Shape, type SourceModel } from './lint.ts'

export type Variables = { readonly [name: string]: unknown }

/** A compiled FHIRPath expression: https://hl7.org/fhirpath/N1/. */
export type Expression = {
  readonly text: string
  readonly shape: Shape
  readonly evaluate: (source: unknown, variables: Variables) => readonly unknown[]
}

export type ExpressionContext = {
  readonly model: SourceModel
  readonly variables: ReadonlyMap<string, Shape>
  readonly maps: ReadonlyMap<string, Concepts>
  /** What this template's other places have parsed already: parsing costs most of the load. */
  readonly parsed: Map<string, ParsedExpression>
}

export type ParsedExpression = { readonly tree: unknown; readonly evaluate: Expression['evaluate'] }

/** The type of the model at which every expression starts. */
export const ROOT = 'Source'

/** Compiles one expression, after checking it against the model; a defect raises a TemplateError. */
export function compileExpression(text: string, context: ExpressionContext): Expression {
  const known = context.parsed.get(text) ?? parseExpression(text, context.maps)
  context.parsed.set(text, known)
  const shape = lint(known.tree, { type: ROOT }, { ...context, maps: new Set(context.maps.keys()) })
  return { text, shape, evaluate: known.evaluate }
}

function parseExpression(text: string, maps: ReadonlyMap<string, Concepts>): ParsedExpression {
  const tree = treeOf(text)
  const run = compile(text, undefined, { async: false, userInvocationTable: ownFunctions(maps) })
  return { tree, evaluate: (source, variables) => run(source, variables) }
}

function treeOf(text: string): unknown {
  try {
    return parse(text)
  } catch {
    throw new TemplateError('is not a FHIRPath expression')
  }
}
