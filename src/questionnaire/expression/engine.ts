import { compile, parse, resolveInternalTypes } from 'fhirpath'
import r4 from 'fhirpath/fhir-context/r4'
import { type Fuel, createFuel, Spent } from './fuel.ts'
import { functionsWith, refused } from './functions.ts'
import { costOf } from './cost.ts'
import { comparedIn, flat, type Syntax } from './syntax.ts'

/** What `%name` stands for in an expression. */
export type Environment = Readonly<Record<string, unknown>>

/** The element that an expression looks at, and where such elements stand: their types follow from it. */
export interface Focus {
  readonly base: string
  readonly element: unknown
}

/**
 * What came of an expression. `expression`: it can never be evaluated here; `data`: it cannot be over this data. The
 * text tells nothing of the data.
 */
export type Evaluated =
  | { readonly ok: true; readonly values: readonly unknown[] }
  | { readonly ok: false; readonly fault: 'expression' | 'data'; readonly text: string }

/** What an expression names, without being evaluated. */
export interface Named {
  readonly variables: ReadonlySet<string>
  readonly texts: ReadonlySet<string>
}

/** Evaluates FHIRPath 2.0 over R4, within bounds (https://hl7.org/fhirpath/, http://hl7.org/fhir/uv/sdc/expressions.html). */
export interface Engine {
  /** Values as they are in JSON. */
  evaluate(text: string, focus: Focus, environment: Environment): Evaluated
  /** Values that keep their types, to stand for a variable. */
  typed(text: string, focus: Focus, environment: Environment): Evaluated
  named(text: string): Named
  /** Pays for other work on the same request. Throws `Spent`. */
  spend(cost: number): void
}

type Run = (element: unknown, environment: Environment) => unknown
type Parsed = { readonly named: Named; readonly compared: ReadonlySet<string>; readonly fault?: string }

/** What an evaluation is paid that ended in a fault; more where it had run out of stack, or of what it may do. */
const costOfFault = 5000
const costOfExhausted = 500_000

/** Longer expressions are not read; nor are those that nest deeper. */
const longest = 2000
const deepest = 30

/** An engine for one request: what it compiles it keeps, and all that it does is paid from one tank. */
export const createEngine = (fuel: Fuel = createFuel()): Engine => {
  const [runs, parsed] = [new Map<string, Run>(), new Map<string, Parsed>()]
  const read = (text: string): Parsed => {
    const known = parsed.get(text) ?? inspect(text, fuel)
    parsed.set(text, known)
    return known
  }
  const evaluate = (text: string, { base, element }: Focus, environment: Environment): Evaluated => {
    const { fault, named, compared } = read(text)
    if (fault !== undefined) return { ok: false, fault: 'expression', text: fault }
    if (!isDefined(named, environment)) return unnamed
    const key = `${base} ${text}`
    try {
      const run = runs.get(key) ?? compiled(text, base, compared, fuel)
      runs.set(key, run)
      const values = run(element, environment)
      return Array.isArray(values) ? { ok: true, values } : unevaluable
    } catch (thrown) {
      const isExhausted = thrown instanceof Spent || thrown instanceof RangeError
      fuel.waste(isExhausted ? costOfExhausted : costOfFault)
      return unevaluable
    }
  }
  return {
    evaluate: (text, focus, environment) => plain(evaluate(text, focus, environment)),
    typed: evaluate,
    named: (text) => read(text).named,
    spend: fuel.spend,
  }
}

/** What always has a value, without being in an environment. */
const given = new Set(['context', 'ucum', 'factory'])

/** Whether all that an expression names has a value; it may define names itself. */
const isDefined = ({ variables, texts }: Named, environment: Environment): boolean =>
  [...variables].every((name) => name in environment || given.has(name) || texts.has(name))

const unnamed: Evaluated = {
  ok: false,
  fault: 'expression',
  text: 'names a launch context or variable that has no value here',
}

const unevaluable: Evaluated = {
  ok: false,
  fault: 'data',
  text: 'cannot be evaluated over what was given, or would take too long',
}

const plain = (evaluated: Evaluated): Evaluated =>
  evaluated.ok ? { ok: true, values: resolveInternalTypes(evaluated.values) as unknown[] } : evaluated

const compiled = (text: string, base: string, compared: ReadonlySet<string>, fuel: Fuel): Run =>
  compile({ base, expression: text }, r4, {
    resolveInternalTypes: false,
    userInvocationTable: functionsWith(fuel),
    debugger: (_context, focus, result, node) => fuel.spend(costOf(focus, result, node as Syntax, compared)),
  })

/** Reads an expression: what it names, and why it cannot be evaluated here, whatever the data. */
const inspect = (text: string, fuel: Fuel): Parsed => {
  const none = {
    named: { variables: new Set<string>(), texts: new Set<string>() },
    compared: new Set<string>(),
  }
  if (text.length > longest)
    return { ...none, fault: `is longer than the ${longest} characters that are evaluated` }
  if (depthOf(text) > deepest)
    return { ...none, fault: `is nested deeper than the ${deepest} levels that are evaluated` }
  try {
    fuel.spend(100 + text.length ** 2 / 4)
    const nodes = flat(parse(text) as Syntax)
    const fault = nodes.some(isRefused)
      ? `uses one of the functions ${refused.map((name) => `\`${name}\``).join(', ')}, which look something up elsewhere`
      : undefined
    return { named: namesIn(nodes), compared: comparedIn(nodes), ...(fault === undefined ? {} : { fault }) }
  } catch (thrown) {
    const fault =
      thrown instanceof Spent ? 'would take too long, with all others' : 'is no FHIRPath that can be read'
    return { ...none, fault }
  }
}

const isRefused = ({ type, text = '' }: Syntax): boolean =>
  type === 'FunctionInvocation' && refused.some((name) => name === text)

const namesIn = (nodes: readonly Syntax[]): Named => ({
  variables: new Set(
    nodes.flatMap(({ type, text, delimitedText }) =>
      type === 'ExternalConstantTerm' ? [delimitedText ?? text ?? ''] : [],
    ),
  ),
  texts: new Set(
    nodes.flatMap(({ type, text = '' }) => (type === 'StringLiteral' ? [text.slice(1, -1)] : [])),
  ),
})

/** How deep brackets are nested; and signs in front of a term, which nest as well. */
const depthOf = (text: string): number => {
  let [depth, most, signs] = [0, 0, 0]
  for (const character of text) {
    if ('([{'.includes(character)) depth += 1
    if (')]}'.includes(character)) depth -= 1
    signs = character === '-' || character === '+' ? signs + 1 : character === ' ' ? signs : 0
    most = Math.max(most, depth, signs)
  }
  return most
}
