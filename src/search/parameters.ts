import {
  type Branch,
  type Component,
  searchParameters,
  type SearchKind,
  type SearchParameter,
} from '../fhir/definitions/search-parameters.ts'

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

/** One parameter that the gateway serves. */
export interface Served {
  readonly name: string
  readonly kind: SearchKind
  readonly paths: readonly Branch[]
  /** The types that a reference may point to; empty means any. */
  readonly targets: readonly string[]
  /** Whether its span is on the resource row. */
  readonly clinical: boolean
  readonly url: string
  /** Parameters of the type that it joins: `combo-code` is `code` or `component-code`. */
  readonly among: readonly string[]
  /** Parts of a composite, in the order of its value. */
  readonly parts: readonly Component[]
}

/** The parameters of a type that are served, by name, without those for every type. */
export const servedParameters = (type: string): ReadonlyMap<string, Served> => {
  const own = Object.entries(searchParameters(type))
  const date = clinical.find((name) =>
    own.some(([code, { kind, paths }]) => code === name && kind === 'date' && paths.every(isSingle)),
  )
  return new Map(own.map(([name, parameter]) => [name, describe(name, parameter, date)]))
}

/** An element of the resource itself, which has one value at the most: only that fits on the row. */
const isSingle = ({ path }: Branch): boolean => path.length === 1

const describe = (
  name: string,
  { kind, paths, targets, url, components }: SearchParameter,
  date: string | undefined,
): Served => ({
  name,
  kind,
  paths,
  targets: targets ?? [],
  clinical: kind === 'date' && name === date,
  url,
  among: name.startsWith('combo-') ? [name.slice('combo-'.length), name.replace('combo-', 'component-')] : [],
  parts: components ?? [],
})

const common = (name: string, kind: SearchKind): Served => ({
  name,
  kind,
  paths: [],
  targets: [],
  clinical: false,
  url: `http://hl7.org/fhir/SearchParameter/Resource-${name.slice(1)}`,
  among: [],
  parts: [],
})

/** Parameters of every type (FHIR R4 search 3.1.1.4.1). */
export const commonParameters: ReadonlyMap<string, Served> = new Map(
  [
    common('_id', 'token'),
    common('_lastUpdated', 'date'),
    common('_profile', 'uri'),
    common('_tag', 'token'),
    common('_security', 'token'),
    common('_source', 'uri'),
  ].map((parameter) => [parameter.name, parameter]),
)

/** Whether a composite pairs values of one element, or only joins what the resource has once (then its parts are and-ed). */
export const isPaired = ({ parts, paths }: Served): boolean =>
  parts.length > 0 && paths.some(({ path }) => path.length > 0)
