import { exactNumber } from '../exact-json.ts'

/** The `value` of a primitive as JSON has it; undefined for what is not written as the type is. Decimals keep their digits. */
export const readPrimitive = (type: string, written: string): unknown => {
  if (type === 'boolean') return { true: true, false: false }[written]
  if (type === 'decimal') return decimal.test(written) ? exactNumber(written) : undefined
  if (integers.includes(type))
    return integer.test(written) ? exactNumber(written.replace('+', '')) : undefined
  return written
}

/** https://hl7.org/fhir/R4/datatypes.html#decimal, which is how JSON writes numbers. */
const decimal = /^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$/

/** https://hl7.org/fhir/R4/datatypes.html#integer, a sign allowed. Ranges are judged by the validation. */
const integer = /^(0|[-+]?[1-9][0-9]*)$/

const integers = ['integer', 'unsignedInt', 'positiveInt']
