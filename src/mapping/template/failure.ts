/** Where a value comes from in the source, outermost first: `['PID', 3, 1]` is PID-3.1. */
export type SourcePath = readonly (string | number)[]

export type FailureKind = 'missing' | 'several' | 'unmapped' | 'type' | 'expression'

/** What is known about a failed mapping. It names places and never carries a value: values are PHI. */
export type Failure = {
  readonly kind: FailureKind
  /** The mapping file, for example `hospital/ref-i12`. */
  readonly file: string
  /** Where in the target, for example `entry[0].resource.birthDate`. */
  readonly target: string
  /** The expression as it stands in the template. */
  readonly expression: string
  /** Where the expression reads, where that is known. */
  readonly source?: SourcePath
  /** The entry of the enclosing loop's collection that was being mapped, where it says what it is. */
  readonly item?: SourceItem
  /** For `unmapped`: what the concept map says is to be done. */
  readonly policy?: 'reject' | 'hold'
  readonly text: string
}

/** What a source may say of its repeating parts, so that failures can point at them. */
export type SourceItem = { readonly line?: number; readonly occurrence?: number }

/** Raised while a template is compiled: a defect of the mapping file, found when it is loaded. */
export class TemplateError extends Error {
  override name = 'TemplateError'
}

/** Raised inside an evaluation, and caught by it: never leaves `compileTemplate`'s result. */
export class MappingFailure extends Error {
  override name = 'MappingFailure'
  readonly failure: Failure

  constructor(failure: Failure) {
    super(`${failure.file}: ${failure.target}: ${failure.text}`)
    this.failure = failure
  }
}
