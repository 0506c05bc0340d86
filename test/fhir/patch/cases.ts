import type { FhirResource } from 'fhir/r4'
import { expect } from 'vitest'
import { PatchFault } from '../../../src/fhir/patch/patch-fault.ts'

/** One patch of one resource: what is expected of it, or how and where it is refused. */
export interface PatchCase {
  readonly note: string
  readonly given: FhirResource
  readonly patch: unknown
  readonly expect?: FhirResource
  readonly refused?: { readonly kind: PatchFault['kind']; readonly expression?: string }
}

/** The fault that a patch ends with. */
export const faultOf = (work: () => unknown): PatchFault => {
  try {
    work()
  } catch (fault) {
    if (fault instanceof PatchFault) return fault
    throw fault
  }
  throw new Error('the patch was taken')
}

/** Holds a case against what a patch does; the resource that was given stays as it was. */
export const judge = (one: PatchCase, apply: (given: FhirResource, patch: unknown) => FhirResource): void => {
  const before = JSON.stringify(one.given)
  if (one.refused === undefined) expect(apply(one.given, one.patch)).toStrictEqual(one.expect)
  else {
    const { kind, expression, message } = faultOf(() => apply(one.given, one.patch))
    expect({ kind, expression }).toEqual({ expression: undefined, ...one.refused })
    expect(message).toMatch(/^[^A-Z].*[^.]$/)
  }
  expect(JSON.stringify(one.given)).toBe(before)
}
