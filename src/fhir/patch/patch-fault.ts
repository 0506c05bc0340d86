/**
 * Why a patch cannot be taken: it is not a patch (`invalid`), does not fit the resource (`unprocessable`), or is too
 * large. `expression` is the place in the patch; neither it nor the text ever holds a value of a record.
 */
export class PatchFault extends Error {
  readonly kind: 'invalid' | 'unprocessable' | 'too-large'
  readonly expression: string | undefined
  constructor(kind: PatchFault['kind'], text: string, expression?: string) {
    super(text)
    this.kind = kind
    this.expression = expression
  }
}

/** Ends a patch that is none. */
export const misread = (text: string, expression?: string): never => {
  throw new PatchFault('invalid', text, expression)
}

/** Ends a patch that cannot be done on this resource (FHIR R4 http 3.1.0.7: 422). */
export const unfit = (text: string, expression?: string): never => {
  throw new PatchFault('unprocessable', text, expression)
}

/** Ends a patch that would cost too much. */
export const tooLarge = (text: string): never => {
  throw new PatchFault('too-large', text)
}
