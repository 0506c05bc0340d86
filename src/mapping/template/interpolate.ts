import { type Json } from './json.ts'
import { TemplateError } from './failure.ts'
import { type Compiling, one, place, type Scope } from './value.ts'

const SINGLE = /^\{\{(!?)\s*((?:(?!\}\}).)+?)\s*\}\}$/s
const ARRAY = /^\{\[(!?)\s*(.+?)\s*\]\}$/s
const PART = /\{\{(!?)\s*(.+?)\s*\}\}/gs

/** Compiles a string of a template: a constant, one value, an array of values, or text around values. */
export function compileString(
  text: string,
  target: string,
  compiling: Compiling,
): (scope: Scope) => Json | undefined {
  const single = SINGLE.exec(text)
  if (single?.[2]) {
    const placed = place(single[2], target, compiling)
    return (scope) => one(placed, scope, single[1] === '!')
  }
  const array = ARRAY.exec(text)
  if (array?.[2]) return compileAll(array[2], array[1] === '!', target, compiling)
  if (text.includes('{{')) return compileText(text, target, compiling)
  if (/\{%|\{\[/.test(text))
    throw new TemplateError(`${compiling.file}: ${target}: a directive is not closed`)
  return () => text
}

function compileAll(text: string, required: boolean, target: string, compiling: Compiling) {
  const placed = place(text, target, compiling)
  return (scope: Scope) => {
    const values = placed.all(scope)
    if (values.length > 0) return values
    if (required) throw placed.fail('missing', 'a required value is missing', scope)
    return undefined
  }
}

/** Text around values is left out as a whole when one of them is missing: half a sentence would mislead. */
function compileText(text: string, target: string, compiling: Compiling) {
  const parts = [...text.matchAll(PART)].map((match) => ({
    start: match.index,
    end: match.index + match[0].length,
    placed: place(match[2] ?? '', target, compiling),
    required: match[1] === '!',
  }))
  const constants = [...parts, undefined].map((part, index) =>
    text.slice(parts[index - 1]?.end ?? 0, part?.start ?? text.length),
  )
  return (scope: Scope) => {
    const values = parts.map(({ placed, required }) => one(placed, scope, required))
    if (values.includes(undefined)) return undefined
    return constants.map((constant, index) => constant + written(values[index])).join('')
  }
}

function written(value: Json | undefined): string {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? `${value}`
    : ''
}
