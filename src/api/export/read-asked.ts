import type { ParametersParameter } from 'fhir/r4'
import type { Grant } from '../../authorize/grant.ts'
import type { ExportAsked } from '../../bulk/job.ts'
import { patientCompartment } from '../../fhir/definitions/compartments.ts'
import { isResourceType, resourceTypes } from '../../fhir/definitions/structures.ts'
import { instantText, span } from '../../fhir/dates.ts'
import { invalid, refuse } from '../../problem.ts'
import type { Services } from '../../services.ts'
import { readFilters } from './type-filter.ts'

/** What a kick-off says, as it came in. */
export interface Stated {
  readonly level: ExportAsked['level']
  readonly given: URLSearchParams
  readonly patients: readonly ParametersParameter[]
  readonly lenient: boolean
}

/** What is asked for, without what was passed over, and a note on each of that. */
export interface ReadAsked {
  readonly asked: Omit<ExportAsked, 'request' | 'named'>
  readonly notes: readonly string[]
}

const served = new Set([
  '_outputFormat', '_since', '_until', '_type', '_typeFilter', '_elements', 'includeAssociatedData',
]) // prettier-ignore

const passive = new Set(['_format', '_pretty'])

const formats = new Set(['application/fhir+ndjson', 'application/ndjson', 'ndjson'])

/** A parameter that is not served: refused, or, under lenient handling, noted and passed over. */
export type PassOver = (text: string, expression: string) => void

/**
 * Reads the parameters of a kick-off (https://hl7.org/fhir/uv/bulkdata/STU2/export.html#query-parameters). Types that are
 * named need their scope; where none is, those that the token may read are meant.
 */
export const readExport = (services: Services, stated: Stated, grant: Grant): ReadAsked => {
  const { level, given, lenient } = stated
  const notes: string[] = []
  const passOver: PassOver = (text, expression) => {
    if (!lenient) invalid(text, expression, 'not-supported')
    notes.push(text)
  }
  readFormat(given)
  for (const name of new Set(given.keys())) if (!passive.has(name)) requireServed(name, level, passOver)
  const since = readInstant(given, '_since')
  const until = readInstant(given, '_until')
  const types = readTypes(given, level, grant, passOver)
  const associated = readAssociated(given, grant, passOver)
  return {
    notes,
    asked: {
      level,
      types,
      filters: readFilters(services, given.getAll('_typeFilter'), types, { grant, lenient, passOver }),
      lenient,
      elements: valuesOf(given, '_elements'),
      ...(since === undefined ? {} : { since }),
      ...(until === undefined ? {} : { until }),
      ...(associated === undefined ? {} : { associated }),
    },
  }
}

const requireServed = (name: string, level: ExportAsked['level'], passOver: PassOver): void => {
  if (served.has(name)) return
  if (name === 'patient')
    passOver(
      level === 'system'
        ? '`patient` is for exports of patients and groups; kick off at Patient/$export'
        : '`patient` is said by POST, in a Parameters resource, as a reference',
      'patient',
    )
  else
    passOver(
      name === 'organizeOutputBy'
        ? 'output is organized by type alone; leave `organizeOutputBy` out'
        : 'the export has a parameter that it does not know; the CapabilityStatement names its definition',
      isName(name) ? name : 'Parameters.parameter',
    )
}

const isName = (name: string): boolean => /^_?[A-Za-z]{1,40}$/.test(name)

const readFormat = (given: URLSearchParams): void => {
  for (const value of given.getAll('_outputFormat'))
    if (!formats.has(value.replace(' ', '+')))
      invalid(
        '`_outputFormat` is `application/fhir+ndjson`, `application/ndjson` or `ndjson`',
        '_outputFormat',
        'not-supported',
      )
}

const instant = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})$/

const readInstant = (given: URLSearchParams, name: '_since' | '_until'): string | undefined => {
  const [value, ...others] = given.getAll(name)
  if (value === undefined) return undefined
  if (others.length > 0) invalid(`say \`${name}\` once`, name, 'value')
  const [start] = instant.test(value) ? span(value) : [Number.NaN]
  const text = Number.isNaN(start) ? undefined : instantText(start)
  return text?.startsWith('20') === true || text?.startsWith('19') === true
    ? text
    : invalid(
        `\`${name}\` takes an instant such as \`2026-01-31T09:00:00Z\`; write \`+\` as \`%2B\``,
        name,
        'value',
      )
}

/** What is no record of its own, or is not kept as one. */
const never = new Set(['AuditEvent', 'Bundle', 'Parameters'])

/** Values of a parameter, repeated or with commas between them. */
const valuesOf = (given: URLSearchParams, name: string): string[] =>
  given.getAll(name).flatMap((value) =>
    value
      .split(',')
      .map((one) => one.trim())
      .filter((one) => one !== ''),
  )

const readTypes = (
  given: URLSearchParams,
  level: ExportAsked['level'],
  grant: Grant,
  passOver: PassOver,
): string[] => {
  const named = [...new Set(valuesOf(given, '_type'))]
  const possible = resourceTypes.filter(
    (type) => !never.has(type) && (level === 'system' || patientCompartment(type).length > 0),
  )
  const may = (type: string): boolean => grant.allows(type, 's') && grant.allows(type, 'r')
  const wanted = named.filter((type) => {
    if (possible.includes(type)) return true
    passOver(
      isResourceType(type)
        ? level === 'system'
          ? '`_type` names a type that has no records here to export'
          : '`_type` names a type that is in no compartment of a patient; a system export has it'
        : '`_type` takes names of R4 resource types, with commas between them',
      '_type',
    )
    return false
  })
  const lacking = wanted.filter((type) => !may(type))
  if (lacking.length > 0)
    refuse({
      kind: 'forbidden',
      text: `the token lacks the scope ${lacking.map((type) => `\`system/${type}.rs\``).join(', ')}`,
    })
  const types = named.length === 0 ? possible.filter(may) : wanted
  if (named.length === 0 && types.length === 0)
    refuse({
      kind: 'forbidden',
      text: 'the token lacks a scope to read and search any type, such as `system/*.rs`',
    })
  return types
}

const associations: Readonly<Record<string, 'latest' | 'all'>> = {
  LatestProvenanceResources: 'latest',
  RelevantProvenanceResources: 'all',
}

const readAssociated = (
  given: URLSearchParams,
  grant: Grant,
  passOver: PassOver,
): ExportAsked['associated'] => {
  const values = valuesOf(given, 'includeAssociatedData')
  const known = values.flatMap((value) => associations[value] ?? [])
  if (known.length < values.length)
    passOver(
      '`includeAssociatedData` is `LatestProvenanceResources` or `RelevantProvenanceResources`',
      'includeAssociatedData',
    )
  if (known.length > 0 && !(grant.allows('Provenance', 's') && grant.allows('Provenance', 'r')))
    refuse({ kind: 'forbidden', text: 'the token lacks the scope `system/Provenance.rs`' })
  return known.includes('all') ? 'all' : known[0]
}
