import { FUNCTIONS, ITERATING, KEEPING } from './functions.ts'
import { isObject } from './json.ts'
import { TemplateError, type SourcePath } from './failure.ts'

/** The source's shape: a type's fields, each with its type and its place in the type. */
export type SourceModel = { readonly [type: string]: SourceType }
export type SourceType = { readonly [field: string]: SourceField }
/** `type` names a type of the model; `*` is not checked further; any other type has no fields. */
export type SourceField = { readonly type: string; readonly at?: string | number }

/** What is known of an expression's result before it is evaluated. */
export type Shape = { readonly type: string; readonly at?: SourcePath }

/** The syntax tree as fhirpath.js gives it. */
type Node = { readonly type: string; readonly text?: string; readonly children?: readonly Node[] }

export type LintContext = {
  readonly model: SourceModel
  readonly variables: ReadonlyMap<string, Shape>
  readonly maps: ReadonlySet<string>
}

const ANY: Shape = { type: '*' }
const VALUE: Shape = { type: 'value' }

const OPERATORS: ReadonlySet<string> = new Set([
  'AdditiveExpression',
  'MultiplicativeExpression',
  'PolarityExpression',
  'InequalityExpression',
  'EqualityExpression',
  'MembershipExpression',
  'AndExpression',
  'OrExpression',
  'ImpliesExpression',
])

/**
 * Checks an expression against the source's model before any message arrives: every path must exist, every
 * function be allowed, every variable be in scope, every concept map be known. Returns the result's shape.
 */
export function lint(tree: unknown, focus: Shape, context: LintContext): Shape {
  if (!isNode(tree)) throw new TemplateError('is not an expression')
  return shapeOf(tree, focus, focus, context)
}

function isNode(tree: unknown): tree is Node {
  return isObject(tree) && typeof tree['type'] === 'string'
}

function shapeOf(node: Node, input: Shape, focus: Shape, context: LintContext): Shape {
  const children = node.children ?? []
  const [left, right] = children
  switch (node.type) {
    case 'EntireExpression':
    case 'TermExpression':
    case 'InvocationTerm':
    case 'ParenthesizedTerm':
    case 'ExternalConstantTerm':
      return left ? shapeOf(left, input, focus, context) : ANY
    case 'LiteralTerm':
      return VALUE
    case 'ThisInvocation':
      return focus
    case 'IndexInvocation':
      return VALUE
    case 'ExternalConstant':
      return variable(identifier(left), context)
    case 'MemberInvocation':
      return member(identifier(left), input, context)
    case 'FunctionInvocation':
      return call(left, input, focus, context)
    case 'InvocationExpression':
      if (!left || !right) break
      return shapeOf(right, shapeOf(left, input, focus, context), focus, context)
    case 'IndexerExpression':
      if (!left || !right) break
      shapeOf(right, focus, focus, context)
      return shapeOf(left, input, focus, context)
    case 'UnionExpression':
      return either(
        children.map((child) => shapeOf(child, focus, focus, context)),
        ANY,
      )
    default:
      break
  }
  if (!OPERATORS.has(node.type)) throw new TemplateError(`\`${node.type}\` is not allowed`)
  const shapes = children.map((child) => shapeOf(child, focus, focus, context))
  return { ...VALUE, ...place(shapes.find((shape) => shape.at)) }
}

function member(name: string, input: Shape, { model }: LintContext): Shape {
  if (input.type === '*') return input
  const field = model[input.type]?.[name]
  if (!field) throw new TemplateError(`\`${input.type}\` has no \`${name}\``)
  const at = field.at === undefined ? input.at : [...(input.at ?? []), field.at]
  return { type: field.type, ...(at && { at }) }
}

function variable(name: string, { variables }: LintContext): Shape {
  const shape = variables.get(name)
  if (!shape) throw new TemplateError(`the variable \`%${name}\` is not in scope`)
  return shape
}

function call(functn: Node | undefined, input: Shape, focus: Shape, context: LintContext): Shape {
  const name = identifier(functn?.children?.[0])
  const parameters = functn?.children?.[1]?.children ?? []
  if (!FUNCTIONS.has(name)) throw new TemplateError(`the function \`${name}\` is not allowed`)
  if (name === 'translate' || name === 'known') checkMap(parameters[0], context)
  const inner = ITERATING.has(name) ? input : focus
  const shapes = parameters.map((parameter) => shapeOf(parameter, inner, inner, context))
  if (name === 'translate') return { type: '*', ...place(input) }
  if (name === 'select') return { ...place(input), ...(shapes[0] ?? ANY) }
  if (name === 'iif') return either(shapes.slice(1), input)
  if (KEEPING.has(name)) return input
  return { ...VALUE, ...place(input) }
}

/** What may be any of several shapes: their type where they agree, the place of the first that has one. */
function either(shapes: readonly Shape[], input: Shape): Shape {
  const [one] = shapes
  const agree = one && shapes.every((shape) => shape.type === one.type)
  return { type: agree ? one.type : '*', ...place(shapes.find((shape) => shape.at) ?? input) }
}

function checkMap(parameter: Node | undefined, { maps }: LintContext): void {
  const name = parameter?.text?.replaceAll("'", '')
  if (!name || !maps.has(name)) throw new TemplateError(`the concept map \`${name}\` is not known`)
}

function place(shape: Shape | undefined): { at?: SourcePath } {
  return shape?.at ? { at: shape.at } : {}
}

function identifier(node: Node | undefined): string {
  return (node?.text ?? node?.children?.[0]?.text ?? '').replaceAll('`', '')
}
