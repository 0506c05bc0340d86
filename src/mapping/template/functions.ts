import type { UserInvocationTable } from 'fhirpath'
import type { Concepts } from './concepts.ts'

/** The FHIRPath functions a template may call: https://hl7.org/fhirpath/N1/#functions. All are pure. */
export const FUNCTIONS: ReadonlySet<string> = new Set([
  'where',
  'select',
  'all',
  'exists',
  'iif',
  'empty',
  'not',
  'count',
  'distinct',
  'isDistinct',
  'first',
  'last',
  'single',
  'tail',
  'skip',
  'take',
  'union',
  'combine',
  'intersect',
  'exclude',
  'indexOf',
  'substring',
  'startsWith',
  'endsWith',
  'contains',
  'matches',
  'matchesFull',
  'replace',
  'replaceMatches',
  'length',
  'upper',
  'lower',
  'trim',
  'split',
  'join',
  'toString',
  'toInteger',
  'toDecimal',
  'toBoolean',
  'translate',
  'known',
  'searchToken',
])

/** Functions whose arguments are evaluated once for each item of their input. */
export const ITERATING: ReadonlySet<string> = new Set(['where', 'select', 'all', 'exists', 'iif'])

/** Functions whose result is drawn from their input, and so has its shape. */
export const KEEPING: ReadonlySet<string> = new Set([
  'where',
  'distinct',
  'first',
  'last',
  'single',
  'tail',
  'skip',
  'take',
  'union',
  'combine',
  'intersect',
  'exclude',
  'trim',
  'upper',
  'lower',
  'substring',
  'replace',
  'known',
])

/** Raised by `translate` for a code without a translation; names the map and not the code. */
export class UnmappedCode extends Error {
  override name = 'UnmappedCode'
  readonly policy: 'reject' | 'hold'

  constructor(map: string, policy: 'reject' | 'hold') {
    super(`a code is not in the concept map \`${map}\``)
    this.policy = policy
  }
}

/** The functions that are ours: `translate(map)`, `known(map)` and `searchToken(system)`. */
export function ownFunctions(maps: ReadonlyMap<string, Concepts>): UserInvocationTable {
  return {
    translate: {
      arity: { 1: ['String'] },
      fn: (input: readonly unknown[], name: string) =>
        input.flatMap((code) => {
          const translation = maps.get(name)?.translate(String(code)) ?? 'reject'
          if (typeof translation === 'string') throw new UnmappedCode(name, translation)
          return translation.map((coding) => ({ ...coding }))
        }),
    },
    known: {
      arity: { 1: ['String'] },
      fn: (input: readonly unknown[], name: string) =>
        input.filter((code) => maps.get(name)?.knows(String(code))),
    },
    searchToken: {
      arity: { 1: ['String'] },
      fn: (input: readonly unknown[], system: string) =>
        input.map((value) => `${searchValue(system)}|${searchValue(String(value))}`),
    },
  }
}

/** One half of a token in a search URL: https://hl7.org/fhir/R4/search.html#escaping, then percent-encoded. */
function searchValue(value: string): string {
  return encodeURIComponent(value.replaceAll(/[\\,$|]/g, String.raw`\$&`)).replaceAll(
    /%(3A|2F)/g,
    (escaped) => decodeURIComponent(escaped),
  )
}
