import table from './summaries.json' with { type: 'json' }

const summaries: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  Object.entries(table).map(([type, elements]) => [type, new Set(elements)]),
)
const none: ReadonlySet<string> = new Set()

/** The elements of a resource type that its summary has. https://hl7.org/fhir/R4/search.html#summary */
export function summaryElements(type: string): ReadonlySet<string> {
  return summaries.get(type) ?? none
}
