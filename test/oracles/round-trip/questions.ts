import { alternatives } from '../../../scripts/definitions/expression.ts'
import type { SearchParameter } from '../../../scripts/definitions/official.ts'
import { evaluate, type Resource } from '../official.ts'
import { type Asked, formsOf, wrongOf } from './forms.ts'

/** One parameter with a value of it, as a client would send it. */
export interface Question {
  readonly parameter: string
  readonly kind: string
  /** Which way of asking it is: `system|code`, say. */
  readonly form: string
  readonly key: string
  readonly value: string
  readonly target: string | undefined
}

/** What finds a resource by one parameter that it has values of, and what must not. */
export interface Questions {
  readonly parameter: string
  readonly right: readonly Question[]
  readonly wrong: readonly Question[]
}

/** Of many values of one parameter so many are asked for. */
const mostValues = 4

/** Every search parameter of a type that has an expression, with the values that the official expression finds. */
export const questionsOf = (
  resource: Resource,
  parameters: readonly SearchParameter[],
  byUrl: ReadonlyMap<string, SearchParameter>,
): Questions[] =>
  parameters.flatMap((parameter) => {
    const values =
      parameter.type === 'composite'
        ? composites(resource, parameter, byUrl)
        : distinct(evaluate(alternatives(parameter.expression ?? ''), resource))
    const right = some(values).flatMap((value) => formsOf(parameter, value))
    const wrong = right.length === 0 ? [] : wrongOf(parameter, values)
    const asQuestion = ({ form, modifier, value, target }: Asked): Question => ({
      parameter: parameter.code,
      kind: parameter.type,
      form,
      key: modifier === undefined ? parameter.code : `${parameter.code}:${modifier}`,
      value,
      target,
    })
    return values.length === 0
      ? []
      : [{ parameter: parameter.code, right: right.map(asQuestion), wrong: wrong.map(asQuestion) }]
  })

const distinct = (values: readonly unknown[]): unknown[] => [
  ...new Map(values.map((value) => [JSON.stringify(value), value])).values(),
]

/** The first ones and the last. */
const some = <T>(values: readonly T[]): readonly T[] =>
  values.length <= mostValues ? values : [...values.slice(0, mostValues - 1), ...values.slice(-1)]

/** Of each element that a composite is about, its parts: a value for each of them, or the element has none. */
const composites = (
  resource: Resource,
  { expression = '', component = [] }: SearchParameter,
  byUrl: ReadonlyMap<string, SearchParameter>,
): unknown[] =>
  alternatives(expression).flatMap((from) =>
    some([...evaluate([from], resource).keys()]).flatMap((place) => {
      const parts = component.flatMap(({ definition, expression: to }) => {
        const part = byUrl.get(definition)
        const each = alternatives(to).map((path) => `(${from})[${place}].select(${path})`)
        const [value] = evaluate(each, resource)
        return part === undefined || value === undefined ? [] : [{ parameter: part, value }]
      })
      return parts.length === component.length ? [parts] : []
    }),
  )
