/** The clinical date of a record (CONSENT.md section 3, dataPeriod): the first that is there, else lastUpdated. */
import type { FhirResource } from 'fhir/r4'
import type { Interval } from './dates.ts'
import { intervalOf, readPeriod } from './dates.ts'
import { isNode, nodeOf, words } from './json.ts'

/** In this order: when it happened, when it was written down. */
const elements: readonly string[] = words(`
  effectiveDateTime effectivePeriod effectiveInstant onsetDateTime onsetPeriod performedDateTime
  performedPeriod occurrenceDateTime occurrencePeriod servicedDate servicedPeriod period
  executionPeriod start startDate sent authored authoredOn recordedDate recorded occurredDateTime
  occurredPeriod assertedDate dateAsserted date dateTime created issued whenHandedOver
`)

const read = (value: unknown): Interval | undefined => {
  if (!isNode(value)) return intervalOf(value)
  const period = readPeriod(value)
  return period === 'broken' ? undefined : period
}

export const clinicalInterval = (resource: FhirResource): Interval | undefined => {
  const node = nodeOf(resource)
  for (const element of elements) {
    const interval = read(node[element])
    if (interval !== undefined) return interval
  }
  return intervalOf(resource.meta?.lastUpdated)
}
