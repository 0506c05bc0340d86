import table from './search-parameters.json' with { type: 'json' }

export type SearchKind =
  | 'token'
  | 'reference'
  | 'string'
  | 'date'
  | 'number'
  | 'quantity'
  | 'uri'
  | 'composite'
  | 'special'

/** One way from a resource to values, with the names that JSON has (`valueQuantity`, not `value`). */
export type Branch = {
  path: string[]
  /** The datatype of the values at the end. */
  type: string
  /** Only references to this type of resource: `where(resolve() is Patient)`. */
  is?: string
  /**
   * Only the items after `depth` steps whose element has this value: `telecom.where(system='email')`. The element may be
   * a path, and then one of the values there: `actor.where(role.coding.where(code='IRCP').exists())`.
   */
  where?: { depth: number; element: string; equals: string }
  /** Only the first item after this many steps: `Bundle.entry[0]`. */
  first?: number
  /** This step is taken again from where it leads, as often as it leads anywhere: `repeat(provision)`. */
  repeat?: number
  /** Instead of values, whether one of these elements is present and not false: `Patient.deceased`. */
  anyOf?: string[]
  /** In a component: starts at the resource and not at the composite's value. */
  root?: true
}

export type Component = { code: string; kind: SearchKind; url: string; paths: Branch[] }

/** One of R4 (https://hl7.org/fhir/R4/searchparameter-registry.html), or the gateway's own (profiles/SearchParameter-*). */
export type SearchParameter = {
  kind: SearchKind
  url: string
  /** Empty for `_text`, `_content`, `_query` and other parameters without an expression. */
  paths: Branch[]
  /** The resource types that a reference may point to; absent means any. */
  targets?: string[]
  /** For composites: the parts, each relative to one value at `paths`. */
  components?: Component[]
}

const parameters: ReadonlyMap<string, Record<string, SearchParameter>> = new Map(
  Object.entries(table as Record<string, Record<string, SearchParameter>>),
)

const everywhere = parameters.get('Resource') ?? {}
const none: Record<string, SearchParameter> = {}

/** The parameters that are for one resource type, without those that are for all. */
export function searchParameters(type: string): Record<string, SearchParameter> {
  return parameters.get(type) ?? none
}

/** The parameters that are for every resource type: `_id`, `_lastUpdated`, `_tag` and so on. */
export function commonSearchParameters(): Record<string, SearchParameter> {
  return everywhere
}

/** One parameter of a type, whether it is its own or for all types. */
export function searchParameter(type: string, code: string): SearchParameter | undefined {
  const own = searchParameters(type)
  if (Object.hasOwn(own, code)) return own[code]
  return Object.hasOwn(everywhere, code) ? everywhere[code] : undefined
}
