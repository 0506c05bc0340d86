import { compileExpression, type Expression, type ExpressionContext, type Variables } from './expression.ts'
import { type Failure, type FailureKind, MappingFailure, type SourceItem, TemplateError } from './failure.ts'
import { UnmappedCode } from './functions.ts'
import { isObject, type Json } from './json.ts'
import type { Shape } from './lint.ts'

/** What one evaluation has at hand: the source, the variables in scope, the loop's item. */
export type Scope = { readonly source: unknown; readonly variables: Variables; readonly item?: SourceItem }

export type Compiling = ExpressionContext & { readonly file: string }

/** An expression in its place: evaluates, and says where it stands when it fails. */
export type Placed = {
  readonly shape: Shape
  readonly all: (scope: Scope) => readonly Json[]
  readonly fail: (kind: FailureKind, text: string, scope: Scope) => MappingFailure
}

/** Compiles an expression for a place of the target; load-time faults name file, place and expression. */
export function place(text: string, target: string, compiling: Compiling): Placed {
  const expression = compile(text, target, compiling)
  const at = expression.shape.at
  const fail = (kind: FailureKind, text: string, scope: Scope, more: Partial<Failure> = {}) =>
    new MappingFailure({
      kind,
      file: compiling.file,
      target,
      expression: expression.text,
      ...(at && { source: at }),
      ...(scope.item && { item: scope.item }),
      ...more,
      text,
    })
  const all = (scope: Scope) => {
    try {
      return expression.evaluate(scope.source, scope.variables).map((value) => plain(value))
    } catch (error) {
      if (error instanceof UnmappedCode)
        throw fail('unmapped', error.message, scope, { policy: error.policy })
      throw fail('expression', 'the expression cannot be evaluated on this source', scope)
    }
  }
  return { shape: expression.shape, all, fail }
}

/** The one value of an expression, or undefined; several values fail, for choosing one would hide the rest. */
export function one(placed: Placed, scope: Scope, required: boolean): Json | undefined {
  const values = placed.all(scope)
  if (values.length > 1) throw placed.fail('several', 'several values where one is asked for', scope)
  if (values.length === 0 && required) throw placed.fail('missing', 'a required value is missing', scope)
  return values[0]
}

function compile(text: string, target: string, compiling: Compiling): Expression {
  try {
    return compileExpression(text, compiling)
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error
    throw new TemplateError(`${compiling.file}: ${target}: \`${text}\`: ${error.message}`)
  }
}

function plain(value: unknown): Json {
  if (value === null || value === undefined) return null
  if (typeof value === 'string' || typeof value === 'boolean' || typeof value === 'number') return value
  if (Array.isArray(value)) return value.map((item) => plain(item))
  if (!isObject(value)) return null
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]))
}
