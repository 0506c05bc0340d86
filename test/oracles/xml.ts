/**
 * Takes the official R4 examples from JSON to XML and back: nothing may be lost, and decimals keep their digits.
 * The examples: hl7.fhir.r4.examples, CC0.
 */
import { readFileSync, readdirSync } from 'node:fs'
import { isDeepStrictEqual } from 'node:util'
import { parseNumbersAsText } from '../../src/fhir/exact-json.ts'
import { readXml } from '../../src/fhir/xml/read.ts'
import { writeXml } from '../../src/fhir/xml/write.ts'

const folder = new URL('node_modules/hl7.fhir.r4.examples/', import.meta.url)

/** How many examples there are, and what is wrong with those that do not come back as they were. */
export const checkXml = (): { examples: number; faults: string[] } => {
  const files = readdirSync(folder).filter((file) => /^[A-Z].*\.json$/.test(file))
  const faults = files.flatMap((file) => {
    const json = readFileSync(new URL(file, folder), 'utf8')
    try {
      return isDeepStrictEqual(valuesOf(readXml(writeXml(json))), valuesOf(json)) ? [] : [`${file}: differs`]
    } catch (fault) {
      return [`${file}: ${fault instanceof Error ? fault.message : String(fault)}`]
    }
  })
  return { examples: files.length, faults }
}

/** XML knows only one line end in a narrative (XML 1.0, 2.11). */
const valuesOf = (json: string): unknown =>
  JSON.parse(JSON.stringify(parseNumbersAsText(json)), (key, value: unknown) =>
    key === 'div' && typeof value === 'string' ? value.replaceAll(/\r\n?/g, '\n') : value,
  )

if (import.meta.main) {
  const { examples, faults } = checkXml()
  for (const line of faults) console.log(line)
  console.log(`${examples} examples through XML and back, ${faults.length} faults`)
  process.exitCode = faults.length === 0 && examples > 5_000 ? 0 : 1
}
