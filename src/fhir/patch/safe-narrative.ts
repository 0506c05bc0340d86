import type { FhirResource, Narrative } from 'fhir/r4'
import { isEqual } from './json.ts'
import { unfit } from './patch-fault.ts'

/**
 * After a patch the narrative must not be clinically unsafe (FHIR R4 http 3.1.0.7). One that the patch left as it was
 * tells of the data before it: one made from the data goes; one with words of its own must be patched too.
 */
export const safeNarrative = (before: FhirResource, after: FhirResource): FhirResource => {
  const text = narrativeOf(after)
  if (text === undefined || text.status === 'empty' || !isEqual(text, narrativeOf(before))) return after
  if (isEqual(data(before), data(after))) return after
  if (text.status === 'additional')
    return unfit('the narrative says more than the data; patch `text` together with the data', 'text')
  const { text: _stale, ...rest } = after as FhirResource & { text?: Narrative }
  return rest
}

const narrativeOf = (resource: FhirResource): Narrative | undefined =>
  'text' in resource ? resource.text : undefined

/** What a narrative tells of. */
const data = (resource: FhirResource): object => ({ ...resource, meta: undefined })
