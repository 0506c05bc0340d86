/** https://tc39.es/proposal-json-parse-with-source/: a number as it is written, which a JavaScript number is not. */
declare global {
  interface JSON {
    rawJSON(text: string): unknown
    parse(
      text: string,
      reviver: (key: string, value: unknown, context: { source?: string }) => unknown,
    ): unknown
  }
}

/** A number of JSON that is written out just as it stands here: `1.50` stays `1.50` (FHIR R4 datatypes, decimal). */
export const exactNumber = (written: string): unknown => JSON.rawJSON(written)

/** JSON as values, numbers as the texts that they are written as. */
export const parseNumbersAsText = (json: string): unknown =>
  JSON.parse(json, (_, value, { source }) => (typeof value === 'number' ? source : value))

/** The same JSON with line ends and indentation, every number as it is written. */
export const prettyJson = (json: string): string =>
  JSON.stringify(
    JSON.parse(json, (_, value, { source }) =>
      typeof value === 'number' && source !== undefined ? exactNumber(source) : value,
    ),
    null,
    2,
  )
