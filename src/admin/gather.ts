import { isResourceType } from '../fhir/definitions/structures.ts'
import { rewriteReferences } from '../fhir/references.ts'
import { fail } from './fault.ts'

/** A file as it was read. */
export interface SourceText {
  readonly name: string
  readonly text: string
  /** The line that it begins with, where it is a part of a file. */
  readonly line?: number
}

/** A resource with a type and an id; what else it holds is for validation to say. */
export interface Gathered {
  readonly resourceType: string
  readonly id: string
}

interface Entry {
  readonly resource: unknown
  readonly place: string
  readonly fullUrl?: string
}

/**
 * The resources of files, each a Bundle, a resource, an array or NDJSON, in an order in which the later ones can cite
 * the earlier ones. References to a `fullUrl` of the same Bundle become references to the id that the entry has.
 */
export const gather = (sources: readonly SourceText[]): Gathered[] => {
  const seen = new Map<string, { place: string; text: string }>()
  const all = sources.flatMap(entriesOf).flatMap(({ resource, place }) => {
    const own = demandId(resource, place)
    const reference = `${own.resourceType}/${own.id}`
    const text = JSON.stringify(own)
    const before = seen.get(reference)
    seen.set(reference, { place, text })
    if (before === undefined) return [own]
    return before.text === text
      ? []
      : fail(`${place}: \`${reference}\` is in ${before.place} already, with other content`)
  })
  return all.toSorted((one, other) => rank(one) - rank(other))
}

const first = ['Organization', 'Practitioner', 'Patient']

const rank = ({ resourceType }: Gathered): number => {
  const place = first.indexOf(resourceType)
  return place < 0 ? first.length : place
}

const demandId = (resource: unknown, place: string): Gathered => {
  if (!isRecord(resource) || typeof resource.resourceType !== 'string')
    return fail(`${place}: there is no resource`)
  const { resourceType, id } = resource
  if (!isResourceType(resourceType))
    return fail(`${place}: \`${String(resourceType)}\` is not an R4 resource type`)
  if (typeof id !== 'string') return fail(`${place}: the ${resourceType} has no id`)
  return { ...resource, resourceType, id }
}

const entriesOf = (source: SourceText): Entry[] =>
  documents(source).flatMap(({ value, place }) => {
    if (Array.isArray(value))
      return value.map((resource: unknown, at) => ({ resource, place: `${place}, entry ${at + 1}` }))
    return isRecord(value) && value.resourceType === 'Bundle'
      ? bundled(value, place)
      : [{ resource: value, place }]
  })

const bundled = (bundle: Readonly<Record<string, unknown>>, place: string): Entry[] => {
  const entries = (Array.isArray(bundle.entry) ? (bundle.entry as unknown[]) : []).map((entry, at): Entry => {
    const { resource, fullUrl } = isRecord(entry) ? entry : {}
    const where = `${place}, entry ${at + 1}`
    return { resource, place: where, ...(typeof fullUrl === 'string' ? { fullUrl } : {}) }
  })
  const targets = new Map(
    entries.flatMap(({ resource, fullUrl }) =>
      fullUrl === undefined || !isRecord(resource)
        ? []
        : [[fullUrl, `${String(resource.resourceType)}/${String(resource.id)}`] as const],
    ),
  )
  return entries.map((entry) => ({
    ...entry,
    resource: rewriteReferences(entry.resource, (reference) => targets.get(reference) ?? reference),
  }))
}

/** The JSON documents of a file: one, or one on each line. */
const documents = ({ name, text, line: from }: SourceText): { value: unknown; place: string }[] => {
  const whole = from === undefined ? parse(text) : undefined
  if (whole !== undefined) return [{ value: whole.value, place: `\`${name}\`` }]
  const lines = text
    .split(/\r?\n/)
    .map((line, at) => ({ line, place: `\`${name}\`, line ${at + (from ?? 1)}` }))
  const used = lines.filter(({ line }) => line.trim() !== '')
  if (used.length === 0) return fail(`\`${name}\` is empty`)
  return used.map(({ line, place }) => ({
    value: (parse(line) ?? fail(`${place}: is not JSON`)).value,
    place,
  }))
}

const parse = (text: string): { value: unknown } | undefined => {
  try {
    return { value: JSON.parse(text) as unknown }
  } catch {
    return undefined
  }
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
