import type { Binary, FhirResource } from 'fhir/r4'
import { applyFhirPathPatch } from '../fhir/patch/fhirpath-patch.ts'
import { applyJsonPatch } from '../fhir/patch/json-patch.ts'
import { PatchFault } from '../fhir/patch/patch-fault.ts'
import { type FhirPathOperation, readFhirPathPatch } from '../fhir/patch/read-fhirpath-patch.ts'
import { type JsonPatchOperation, readJsonPatch } from '../fhir/patch/read-json-patch.ts'
import { safeNarrative } from '../fhir/patch/safe-narrative.ts'
import { invalid, refuse } from '../problem.ts'
import { decode, mostBytes, parseJson, readBytes, readResource, requireUtf8 } from './body.ts'
import { jsonFault } from './json-fault.ts'

/** A patch that was read, and so is one: what is left to see is whether it fits the resource. */
export type Patch = (
  | { readonly kind: 'json'; readonly operations: readonly JsonPatchOperation[] }
  | { readonly kind: 'fhirpath'; readonly operations: readonly FhirPathOperation[] }
) & {
  /** Where the patch stands in a Bundle. */
  readonly at?: string
}

const jsonPatch = 'application/json-patch+json'

const resourceTypes = /^(?:application\/(?:fhir\+)?|text\/)(?:json|xml)$/

/** Reads the body of a PATCH, a JSON Patch or a FHIRPath Patch by its content type (FHIR R4 http 3.1.0.7). */
export const readPatch = async (request: Request): Promise<Patch> => {
  const type = request.headers.get('content-type')
  const media = type?.split(';')[0]?.trim().toLowerCase() ?? ''
  if (media === jsonPatch) {
    requireUtf8(type)
    return jsonPatchOf(jsonOf(await readBytes(request, mostBytes)))
  }
  if (!resourceTypes.test(media)) return refuse({ kind: 'unsupported-media', text: takenTypes })
  return fhirPathPatchOf(await readResource(request))
}

const takenTypes =
  'send a JSON Patch as `application/json-patch+json`, or a FHIRPath Patch (Parameters) as `application/fhir+json`'

/**
 * Reads the patch of a Bundle entry: a Binary with a JSON Patch, or the Parameters of a FHIRPath Patch
 * (FHIR R4 http 3.1.0.11.1). `at` is the entry's place, `Bundle.entry[3]`.
 */
export const readEntryPatch = (resource: FhirResource | undefined, at: string): Patch => {
  const place = `${at}.resource`
  if (resource?.resourceType === 'Parameters') return fhirPathPatchOf(resource, place)
  if (resource?.resourceType !== 'Binary')
    return invalid(
      'a PATCH entry needs a Binary with a JSON Patch, or Parameters with a FHIRPath Patch',
      place,
    )
  if (resource.contentType !== jsonPatch)
    return invalid(`the Binary of a PATCH entry is of type \`${jsonPatch}\``, `${place}.contentType`, 'value')
  return jsonPatchOf(dataOf(resource, place), `${place}.data`)
}

/** Applies a patch, all of it or nothing. What it leaves must still be validated. */
export const applyPatch = (resource: FhirResource, patch: Patch): FhirResource =>
  told(patch.at, () =>
    safeNarrative(
      resource,
      patch.kind === 'json'
        ? applyJsonPatch(resource, patch.operations)
        : applyFhirPathPatch(resource, patch.operations),
    ),
  )

const fhirPathPatchOf = (parameters: FhirResource, at?: string): Patch =>
  told(at, () => ({ kind: 'fhirpath', operations: readFhirPathPatch(parameters), ...(at && { at }) }))

const jsonPatchOf = (value: unknown, at?: string): Patch =>
  told(at, () => ({ kind: 'json', operations: readJsonPatch(value), ...(at && { at }) }))

const jsonOf = (bytes: Uint8Array): unknown => {
  if (bytes.byteLength === 0)
    return invalid('the body is empty; send a list of operations', undefined, 'structure')
  const text = decode(bytes)
  const value = parseJson(text)
  const fault = jsonFault(value, text)
  return fault === undefined ? value : invalid(fault, undefined, 'structure')
}

const dataOf = ({ data }: Binary, place: string): unknown => {
  try {
    return jsonOf(Uint8Array.from(atob(data ?? ''), (character) => character.charCodeAt(0)))
  } catch {
    return invalid('`data` must be a JSON Patch in base64', `${place}.data`, 'value')
  }
}

/** What is wrong with a patch, as the problem that answers the request, with its place in what was sent. */
const told = <T>(at: string | undefined, work: () => T): T => {
  try {
    return work()
  } catch (fault) {
    if (!(fault instanceof PatchFault)) throw fault
    const { kind, message, expression } = fault
    if (kind === 'too-large') return refuse({ kind, text: message })
    return refuse({ kind, issues: [{ code: codes[kind], text: message, ...placed(at, expression) }] })
  }
}

const codes = { invalid: 'structure', unprocessable: 'processing' } as const

const placed = (at: string | undefined, expression: string | undefined): { expression?: string } => {
  const place = at === undefined ? expression : `${at}${(expression ?? '').replace(/^Parameters/, '')}`
  return place === undefined ? {} : { expression: place }
}
