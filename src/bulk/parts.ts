import { withinCompartment } from '../api/compartment-search.ts'
import { readingOf } from '../api/search.ts'
import type { Grant } from '../authorize/grant.ts'
import type { Criterion } from '../search/criterion.ts'
import { commonParameters } from '../search/parameters.ts'
import { parseQuery, type TypeQuery } from '../search/query.ts'
import type { Services } from '../services.ts'
import type { ExportAsked } from './job.ts'

/** Of a type, which of its filters counts; none where all of it is wanted. */
export interface Filtered {
  readonly type: string
  readonly filter: string | undefined
}

/** One thing that an export looks for, as a whole; its parts come one after the other. */
export type Part =
  | { readonly kind: 'type'; readonly wanted: Filtered }
  | { readonly kind: 'patients'; readonly wanted: readonly Filtered[] }
  | { readonly kind: 'associated' }
  | { readonly kind: 'deleted'; readonly type: string }

/** All that an export looks for, in its order: it hangs on nothing but what was asked. */
export const partsOf = ({ level, types, filters, since, associated }: ExportAsked): readonly Part[] => [
  ...(level === 'system' ? ofTypes(types, filters) : ofPatients(types, filters)),
  ...(associated === undefined ? [] : [{ kind: 'associated' } as const]),
  ...(since === undefined ? [] : types.map((type) => ({ kind: 'deleted', type }) as const)),
]

const filtersOf = (type: string, filters: ExportAsked['filters']): readonly (string | undefined)[] =>
  filters[type] ?? [undefined]

const ofTypes = (types: readonly string[], filters: ExportAsked['filters']): Part[] =>
  types.flatMap((type) =>
    filtersOf(type, filters).map((filter) => ({ kind: 'type', wanted: { type, filter } }) as const),
  )

/** The first filters of all types together, then the second ones, and so on. */
const ofPatients = (types: readonly string[], filters: ExportAsked['filters']): Part[] => {
  const rounds = Math.max(...types.map((type) => filtersOf(type, filters).length))
  return Array.from({ length: rounds }, (_, round) => ({
    kind: 'patients',
    wanted: types.flatMap((type) => {
      const own = filtersOf(type, filters)
      return round < own.length ? [{ type, filter: own[round] }] : []
    }),
  }))
}

/** The search for resources of a type, as far as they may have been changed since; of one patient, where one is named. */
export const queryOf = (
  services: Services,
  grant: Grant,
  { since, lenient }: ExportAsked,
  { type, filter = '' }: Filtered,
  patient?: string,
): TypeQuery => {
  const { types } = parseQuery([type], new URLSearchParams(filter), readingOf(services, grant), lenient)
  const within = patient === undefined ? undefined : ofPatient(services, type, patient)
  return {
    type,
    criteria: [
      ...(within === undefined ? [] : [within]),
      ...(since === undefined ? [] : changedSince(since)),
      ...(types[0]?.criteria ?? []),
    ],
  }
}

/** A patient is its own: the compartment has other patients who are linked to it. */
const ofPatient = (services: Services, type: string, id: string): Criterion | undefined => {
  const parameter = commonParameters.get('_id')
  return type === 'Patient' && parameter !== undefined
    ? { kind: 'value', parameter, modifier: undefined, values: [id] }
    : withinCompartment(services, { type: 'Patient', id }, type)
}

const changedSince = (since: string): Criterion[] => {
  const parameter = commonParameters.get('_lastUpdated')
  return parameter === undefined
    ? []
    : [{ kind: 'value', parameter, modifier: undefined, values: [`ge${since}`] }]
}
