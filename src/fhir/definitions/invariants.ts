import table from './invariants.json' with { type: 'json' }

/** Rows of key, severity, words and FHIRPath, under the type or backbone element that they stand on. */
export type InvariantTable = Readonly<
  Record<string, readonly (readonly [key: string, severity: string, human: string, expression: string])[]>
>

/** R4's own constraints that are evaluated as they are published. https://hl7.org/fhir/R4/validation.html#invariants */
export const invariantTable = table as unknown as InvariantTable
