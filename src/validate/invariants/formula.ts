import { type Property, shape, structure } from '../../fhir/definitions/structures.ts'
import { isObject, list } from '../json.ts'
import type { Json } from '../json.ts'

/** What FHIRPath's logic knows: true, false, or nothing. https://hl7.org/fhirpath/N1/#boolean-logic */
type Truth = boolean | undefined

type Test = (value: Json) => Truth

type Reader = { on: string; tokens: readonly string[]; at: number }

const token = /'(?:[^'\\]|\\.)*'|[A-Za-z_][A-Za-z0-9_]*|%ucum|[0-9]+(?:\.[0-9]+)?|!=|>=|<=|[=<>().|]/y

/**
 * An invariant that asks only which elements there are, how many, and which codes or numbers they hold, as a test of its
 * own: many times faster than FHIRPath. Undefined for any other.
 * https://hl7.org/fhirpath/N1/
 */
export function formula(on: string, expression: string): ((value: Json) => boolean) | undefined {
  const tokens = tokensOf(expression)
  if (tokens === undefined) return undefined
  const reader = { on, tokens, at: 0 }
  const test = implication(reader)
  if (test === undefined || reader.at < tokens.length) return undefined
  return (value) => test(value) === true
}

function tokensOf(expression: string): string[] | undefined {
  const tokens: string[] = []
  let at = 0
  while (at < expression.length) {
    if (/\s/.test(expression.charAt(at))) {
      at += 1
      continue
    }
    token.lastIndex = at
    const found = token.exec(expression)?.[0]
    if (found === undefined) return undefined
    tokens.push(found)
    at += found.length
  }
  return tokens
}

/**
 * Whether an invariant holds for what its first part alone says: `value.empty() or …`, `type = 'document' implies …`.
 * Undefined where no such part is simple.
 */
export function shortcut(on: string, expression: string): ((value: Json) => boolean) | undefined {
  const [, first = '', operator, rest = ''] = /^(.*?)\s(or|implies)\s(.*)$/s.exec(expression) ?? []
  if (operator === undefined || (operator === 'or' && /\simplies\s/.test(rest))) return undefined
  const holds = formula(on, operator === 'or' ? first : `(${first}).not()`)
  return holds
}

/** Takes the next tokens if they are these. */
function takes(reader: Reader, ...expected: string[]): boolean {
  if (!expected.every((text, index) => reader.tokens[reader.at + index] === text)) return false
  reader.at += expected.length
  return true
}

const operators: Readonly<Record<string, (a: Truth, b: Truth) => Truth>> = {
  and: (a, b) => (a === false || b === false ? false : a === true && b === true ? true : undefined),
  or: (a, b) => (a === true || b === true ? true : a === false && b === false ? false : undefined),
  xor: (a, b) => (a === undefined || b === undefined ? undefined : a !== b),
  implies: (a, b) => (a === false || b === true ? true : a === undefined || b === undefined ? undefined : b),
}

const chain =
  (names: readonly string[], below: (reader: Reader) => Test | undefined) =>
  (reader: Reader): Test | undefined => {
    let left = below(reader)
    while (left !== undefined) {
      const name = reader.tokens[reader.at] ?? ''
      const operator = names.includes(name) ? operators[name] : undefined
      if (operator === undefined) return left
      reader.at += 1
      const [first, second] = [left, below(reader)]
      left = second && ((value) => operator(first(value), second(value)))
    }
    return left
  }

const implication = chain(['implies'], chain(['or', 'xor'], chain(['and'], term)))

function term(reader: Reader): Test | undefined {
  if (!takes(reader, '(')) return atom(reader)
  const inner = implication(reader)
  if (inner === undefined || !takes(reader, ')')) return undefined
  return negated(reader, inner)
}

function negated(reader: Reader, test: Test): Test {
  if (!takes(reader, '.', 'not', '(', ')')) return test
  return (value) => {
    const truth = test(value)
    return truth === undefined ? undefined : !truth
  }
}

type Keyed = readonly [key: string, property: Property]

/** The JSON properties that an element may have: several for a choice. */
function propertiesOf(on: string, element: string): Keyed[] {
  return [...(shape(on)?.properties ?? [])].filter(([, property]) => property.element === element)
}

const isThere = (value: Json, key: string): boolean =>
  value[key] !== undefined || value[`_${key}`] !== undefined

function atom(reader: Reader): Test | undefined {
  takes(reader, reader.on, '.')
  const name = reader.tokens[reader.at] ?? ''
  const properties = propertiesOf(reader.on, name)
  if (properties.length === 0) return undefined
  reader.at += 1
  return of(reader, properties)
}

/** What is asked of an element, which stands under one of these properties. */
function of(reader: Reader, properties: readonly Keyed[]): Test | undefined {
  const keys = properties.map(([key]) => key)
  const isOne = (value: Json) => keys.some((key) => isThere(value, key))
  if (takes(reader, '.', 'exists', '(', ')')) return negated(reader, isOne)
  if (takes(reader, '.', 'empty', '(', ')')) return negated(reader, (value) => !isOne(value))
  if (takes(reader, '.', 'count', '(', ')')) return compared(reader, (value) => countOf(value, keys))
  if (takes(reader, '.', 'all', '(')) return lacking(reader, keys)
  if (properties.some(([, { definition }]) => definition.many === true)) return undefined
  if (takes(reader, '.', 'is', '(')) return typed(reader, properties)
  if (takes(reader, '.', 'toString', '(', ')', '.', 'length', '(', ')'))
    return properties.some(([, { type }]) => isNumeric(type))
      ? undefined
      : compared(reader, (value) => lengthOf(value, keys))
  return isStep(reader) ? inside(reader, properties) : single(reader, keys)
}

/** `value.is(Quantity)`: whether what is there is of a type, or of one that is made of it. */
function typed(reader: Reader, properties: readonly Keyed[]): Test | undefined {
  const name = reader.tokens[reader.at] ?? ''
  if (structure(name)?.kind !== 'complex' || !takes(reader, name, ')')) return undefined
  const [own, others] = [true, false].map((is) =>
    properties.filter(([, { type }]) => isA(type, name) === is).map(([key]) => key),
  )
  return negated(reader, (value) => {
    if (own?.some((key) => isThere(value, key)) === true) return true
    return others?.some((key) => isThere(value, key)) === true ? false : undefined
  })
}

function isA(type: string, name: string): boolean {
  const base = structure(type)?.base
  return type === name || (base !== undefined && isA(base, name))
}

const isNumeric = (type: string): boolean =>
  ['boolean', 'decimal', 'integer', 'positiveInt', 'unsignedInt'].includes(type)

/** What is no string has no length that is known. */
function lengthOf(value: Json, keys: readonly string[]): number | undefined {
  const [found] = keys.flatMap((key) => value[key] ?? [])
  return typeof found === 'string' ? found.length : undefined
}

/** Whether a path goes on with an element, and not with a function. */
const isStep = ({ tokens, at }: Reader): boolean => tokens[at] === '.' && tokens[at + 2] !== '('

/** `value.system.empty()`: what is asked of an element of the object under one of the properties. */
function inside(reader: Reader, properties: readonly Keyed[]): Test | undefined {
  const name = reader.tokens[reader.at + 1] ?? ''
  const below = properties.flatMap(([key, { type }]) => {
    const [only, ...others] = propertiesOf(type, name)
    return only === undefined
      ? []
      : [{ key, only, isMany: others.length > 0 || only[1].definition.many === true }]
  })
  const [first] = below
  if (first === undefined || below.some(({ isMany }) => isMany)) return undefined
  reader.at += 2
  const test = of(reader, [first.only])
  return (
    test &&
    ((value) => {
      const held = below.map(({ key }) => value[key]).find(isObject)
      return test(held ?? {})
    })
  )
}

/** What asks for the value of an element that neither repeats nor is a choice. */
function single(reader: Reader, [key, ...others]: readonly string[]): Test | undefined {
  if (key === undefined || others.length > 0) return undefined
  if (takes(reader, '.', 'matches', '(')) return matching(reader, key)
  if (takes(reader, '.', 'hasValue', '(', ')')) return negated(reader, (value) => isPlain(value[key]))
  return compared(reader, (value) => value[key])
}

function matching(reader: Reader, key: string): Test | undefined {
  const literal = literalOf(reader)
  if (typeof literal !== 'string' || !takes(reader, ')')) return undefined
  const pattern = new RegExp(literal, 'su')
  return known(
    (value) => value[key],
    (found) => (typeof found === 'string' ? pattern.test(found) : undefined),
  )
}

function isPlain(value: unknown): boolean {
  return value !== undefined && !isObject(value)
}

function countOf(value: Json, keys: readonly string[]): number {
  return keys.reduce((sum, key) => sum + Math.max(list(value[key]).length, list(value[`_${key}`]).length), 0)
}

/** `low.all(comparator.empty())` */
function lacking(reader: Reader, keys: readonly string[]): Test | undefined {
  const name = reader.tokens[reader.at] ?? ''
  if (!takes(reader, name, '.', 'empty', '(', ')', ')')) return undefined
  const lacks = (item: unknown) =>
    !isObject(item) || (item[name] === undefined && item[`_${name}`] === undefined)
  return (value) => keys.every((key) => list(value[key]).every(lacks))
}

const comparisons: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  '>=': (a, b) => a >= b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '<': (a, b) => a < b,
}

function compared(reader: Reader, read: (value: Json) => unknown): Test | undefined {
  const operator = reader.tokens[reader.at] ?? ''
  reader.at += 1
  if (operator === 'in') return among(reader, read)
  const literal = literalOf(reader)
  if (literal === undefined) return undefined
  const compare = comparisons[operator]
  if (compare !== undefined && typeof literal === 'number')
    return known(read, (found) => (typeof found === 'number' ? compare(found, literal) : undefined))
  if (operator === '=') return known(read, (found) => found === literal)
  return operator === '!=' ? known(read, (found) => found !== literal) : undefined
}

/** Of what is not there nothing is known. */
const known =
  (read: (value: Json) => unknown, test: (found: unknown) => Truth): Test =>
  (value) => {
    const found = read(value)
    return found === undefined ? undefined : test(found)
  }

function among(reader: Reader, read: (value: Json) => unknown): Test | undefined {
  if (!takes(reader, '(')) return undefined
  const literals: unknown[] = []
  do literals.push(literalOf(reader))
  while (takes(reader, '|'))
  if (literals.includes(undefined) || !takes(reader, ')')) return undefined
  return known(read, (found) => literals.includes(found))
}

function literalOf(reader: Reader): string | number | boolean | undefined {
  const text = reader.tokens[reader.at] ?? ''
  reader.at += 1
  if (text === '%ucum') return 'http://unitsofmeasure.org'
  if (text === 'true' || text === 'false') return text === 'true'
  if (/^[0-9]/.test(text)) return Number(text)
  return text.startsWith("'") && !text.includes('\\') ? text.slice(1, -1) : undefined
}
