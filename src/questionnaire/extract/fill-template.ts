import type { Extension } from 'fhir/r4'
import type { Issue } from '../../problem.ts'
import type { Engine, Environment, Focus } from '../expression/engine.ts'
import { isName } from '../form/sheet.ts'
import { url } from '../sdc.ts'

/** What evaluates the expressions in a template, and who is told what cannot be. */
export interface Filler {
  readonly engine: Engine
  readonly blame: (code: Issue['code'], text: string) => void
}

type Json = { readonly [name: string]: unknown }

/** Elements that one context repeats, at the most. */
const mostRepeats = 200

/**
 * An element of a template with its values put in; undefined where an expression on it comes to nothing, and where nothing
 * is left of it (SDC 4.0, `templateExtractContext` and `templateExtractValue`).
 */
export const filled = (filler: Filler, element: unknown, focus: Focus, environment: Environment): unknown => {
  if (!isJson(element)) return element
  const value = expressionIn(element, url.templateValue)
  if (value !== undefined) return valuesAt(filler, value.text, focus, environment)[0]
  const context = expressionIn(element, url.templateContext)
  if (context === undefined) return members(filler, element, focus, environment)
  const [first] = contextsAt(filler, context, focus, environment)
  return first === undefined ? undefined : members(filler, element, first.focus, first.environment)
}

/** A list of a template: an element with a context is there for each that it finds, one with values for each of them. */
const filledList = (
  filler: Filler,
  list: readonly unknown[],
  focus: Focus,
  environment: Environment,
): unknown[] =>
  list.flatMap((element) => {
    if (!isJson(element)) return [element]
    const value = expressionIn(element, url.templateValue)
    if (value !== undefined) return valuesAt(filler, value.text, focus, environment)
    const context = expressionIn(element, url.templateContext)
    const places =
      context === undefined ? [{ focus, environment }] : contextsAt(filler, context, focus, environment)
    return places.flatMap((place) => members(filler, element, place.focus, place.environment) ?? [])
  })

/** The members of an element, without what was only there for the template. */
const members = (filler: Filler, element: Json, focus: Focus, environment: Environment): Json | undefined => {
  const found: Record<string, unknown> = {}
  for (const [name, child] of Object.entries(element)) {
    if (name.startsWith('_')) continue
    const twin = element[`_${name}`]
    const own =
      name === 'extension' && Array.isArray(child) ? child.filter((one) => !isForTemplate(one)) : child
    const made = isTemplated(twin)
      ? twinValue(filler, twin, focus, environment, Array.isArray(child))
      : valueAt(filler, own, focus, environment)
    if (made !== undefined) found[name] = made
  }
  for (const [name, twin] of Object.entries(element)) {
    const plain = name.slice(1)
    if (!name.startsWith('_')) continue
    if (!isTemplated(twin)) found[name] = twin
    else if (!Object.hasOwn(element, plain)) {
      const made = twinValue(filler, twin, focus, environment, Array.isArray(twin))
      if (made !== undefined) found[plain] = made
    }
  }
  return Object.keys(found).length === 0 ? undefined : found
}

const valueAt = (filler: Filler, child: unknown, focus: Focus, environment: Environment): unknown => {
  if (!Array.isArray(child)) return filled(filler, child, focus, environment)
  const made = filledList(filler, child, focus, environment)
  return made.length === 0 ? undefined : made
}

/** The value of a primitive whose expression stands beside it, or the values of a list of them. */
const twinValue = (
  filler: Filler,
  twin: unknown,
  focus: Focus,
  environment: Environment,
  isList: boolean,
): unknown => {
  const twins = Array.isArray(twin) ? (twin as unknown[]) : [twin]
  const values = twins.flatMap((one) => primitives(filler, one, focus, environment))
  return isList ? (values.length === 0 ? undefined : values) : values[0]
}

const primitives = (filler: Filler, twin: unknown, focus: Focus, environment: Environment): unknown[] => {
  if (!isJson(twin)) return []
  const context = expressionIn(twin, url.templateContext)
  const value = expressionIn(twin, url.templateValue)
  if (value === undefined) return []
  const places =
    context === undefined ? [{ focus, environment }] : contextsAt(filler, context, focus, environment)
  const found = places.flatMap((place) => valuesAt(filler, value.text, place.focus, place.environment))
  const simple = found.filter((one) => typeof one !== 'object')
  if (simple.length < found.length)
    filler.blame(
      'value',
      'an expression of the template gave something else than a simple value; it was left out',
    )
  return simple
}

interface Stated {
  readonly text: string
  readonly name: string | undefined
}

interface Around {
  readonly focus: Focus
  readonly environment: Environment
}

const expressionIn = (element: Json, of: string): Stated | undefined => {
  const list = Array.isArray(element.extension) ? (element.extension as Extension[]) : []
  const own = list.find((one) => isJson(one) && one.url === of)
  const text = own?.valueString ?? own?.valueExpression?.expression
  return text === undefined ? undefined : { text, name: own?.valueExpression?.name }
}

const isForTemplate = (one: unknown): boolean =>
  isJson(one) && (one.url === url.templateValue || one.url === url.templateContext)

const isTemplated = (twin: unknown): boolean =>
  Array.isArray(twin)
    ? twin.some(isTemplated)
    : isJson(twin) && Array.isArray(twin.extension) && twin.extension.some(isForTemplate)

const valuesAt = (filler: Filler, text: string, focus: Focus, environment: Environment): unknown[] => {
  const found = filler.engine.evaluate(text, focus, environment)
  if (!found.ok) filler.blame('processing', `an expression of the template ${found.text}`)
  return found.ok ? found.values.slice(0, mostRepeats).map((one) => structuredClone(one)) : []
}

/** What a context finds, each with its type. */
const contextsAt = (
  filler: Filler,
  { text, name }: Stated,
  focus: Focus,
  environment: Environment,
): Around[] => {
  const found = filler.engine.typed(text, focus, environment)
  if (!found.ok) filler.blame('processing', `a context of the template ${found.text}`)
  return (found.ok ? found.values : []).slice(0, mostRepeats).map((one) => ({
    focus: { base: '', element: one },
    environment: isName(name)
      ? Object.assign(Object.create(null) as object, environment, { [name]: [one] })
      : environment,
  }))
}

const isJson = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
