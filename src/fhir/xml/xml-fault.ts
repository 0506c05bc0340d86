/**
 * What is wrong with XML that was sent: the text says what, where and how to mend it, and never holds a value.
 * `expression` is the element's path, where one is known.
 */
export class XmlFault extends Error {
  readonly expression: string | undefined
  constructor(text: string, expression?: string) {
    super(text)
    this.expression = expression
  }
}

export const fault = (text: string, expression?: string): never => {
  throw new XmlFault(text, expression)
}

/** The line of a place in a text, counted from 1. */
export const lineOf = (text: string, at: number): number => text.slice(0, at).split('\n').length

/** A name as it may be told: what is no name of XML in FHIR is not repeated. */
export const told = (name: string, kind = 'element'): string =>
  /^[A-Za-z][A-Za-z0-9]{0,63}$/.test(name) ? `\`${name}\`` : `this ${kind}`
