import type { FhirResource } from 'fhir/r4'
import { isDeeper, isJson, mostDepth } from './json.ts'
import { unfit } from './patch-fault.ts'

/** A patch changes what a resource says, never which resource it is (FHIR R4 http 3.1.0.4.1). */
export const sameResource = (before: FhirResource, after: unknown): FhirResource => {
  if (!isJson(after)) return unfit('the patch leaves no resource; use DELETE to delete it')
  if (after.resourceType !== before.resourceType)
    return unfit('the patch changes `resourceType`, which cannot change', 'resourceType')
  if (after.id !== before.id) return unfit('the patch changes `id`, which cannot change', 'id')
  if (isDeeper(after, mostDepth))
    return unfit(`the patched resource is nested deeper than ${mostDepth} levels`)
  return after as unknown as FhirResource
}
