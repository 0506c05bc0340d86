/** A request that is wrong, and in whose form it has to be answered. */
export interface BadRequest {
  readonly name: string
  readonly protocol: 'fhir' | 'oauth' | 'hl7v2'
  readonly method: string
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array<ArrayBuffer>
  /** Statuses that are right; any 4xx where nothing is said. */
  readonly status?: readonly number[]
}

/** Stands in the values that are sent: no answer may hold it. */
export const sentinel = 'Zq7Wx9Kp'

const encoder = new TextEncoder()

export const bytes = (text: string): Uint8Array<ArrayBuffer> => encoder.encode(text)

export const fhirJson = { 'content-type': 'application/fhir+json' }

/** A valid resource with values by which it would be known again. */
export const valid = {
  resourceType: 'Observation',
  status: 'final',
  identifier: [{ system: 'urn:bad', value: sentinel }],
  category: [{ coding: [{ system: 'urn:bad', code: sentinel }], text: sentinel }],
  code: { coding: [{ system: 'http://loinc.org', code: '8480-6', display: sentinel }], text: sentinel },
  subject: { reference: 'Patient/ann', display: sentinel },
  effectiveDateTime: '2026-03-01T09:00:00Z',
  valueQuantity: { value: 120, unit: 'mmHg' },
  note: [{ text: `a note about ${sentinel}` }],
}

/** The wrong resource, sent to be created. */
export const creating = (
  name: string,
  body: string | Uint8Array<ArrayBuffer>,
  more: Partial<BadRequest> = {},
): BadRequest => ({
  name,
  protocol: 'fhir',
  method: 'POST',
  path: 'Observation',
  headers: fhirJson,
  body,
  ...more,
})

/** `count` places from the first to the last but one, evenly. */
export const places = (length: number, count: number): number[] =>
  Array.from({ length: count }, (_, at) => 1 + Math.floor((at * (length - 2)) / Math.max(1, count - 1)))
