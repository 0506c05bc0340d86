import { type Branch, searchParameters, type SearchParameter } from '../fhir/definitions/search-parameters.ts'

/** Kinds of parameters that are indexed and searched today. */
const served = new Set(['token', 'reference', 'string', 'date', 'uri'])

/** The clinical date of a type: the parameter whose span the resource row itself carries. */
const clinical = [
  'date',
  'onset-date',
  'authored-on',
  'authored',
  'authoredon',
  'period',
  'start-date',
  'effective',
  'recorded-date',
  'sent',
  'created',
  'birthdate',
  'occurrence',
]

/** One parameter of a type that the gateway serves. */
export interface Served {
  readonly name: string
  readonly kind: 'token' | 'reference' | 'string' | 'date' | 'uri'
  readonly paths: readonly Branch[]
  readonly targets: readonly string[]
  /** Whether its span is on the resource row. */
  readonly clinical: boolean
  readonly url: string
}

/**
 * The parameters of a type that are served, by name, without those for every type. Composites and the `combo-` joins
 * of two parameters are left out.
 */
export const servedParameters = (type: string): ReadonlyMap<string, Served> => {
  const own = Object.entries(searchParameters(type)).filter(
    ([name, { kind }]) => served.has(kind) && !name.startsWith('combo-') && name !== 'phonetic',
  )
  const date = clinical.find((name) => own.some(([code, { kind }]) => code === name && kind === 'date'))
  return new Map(own.map(([name, parameter]) => [name, describe(name, parameter, date)]))
}

const describe = (
  name: string,
  { kind, paths, targets, url }: SearchParameter,
  date: string | undefined,
): Served => ({
  name,
  kind: kind as Served['kind'],
  paths,
  targets: targets ?? [],
  clinical: kind === 'date' && name === date,
  url,
})
