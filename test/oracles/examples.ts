/**
 * Validates the official R4 examples: no fault may be found in any but those that are known to be wrong. Warnings are counted.
 * The examples: hl7.fhir.r4.examples, CC0.
 */
import { readFileSync, readdirSync } from 'node:fs'
import { createValidator } from '../../src/validate/validate.ts'
import wrong from './wrong-examples.json' with { type: 'json' }

const folder = new URL('node_modules/hl7.fhir.r4.examples/', import.meta.url)
const { validate } = createValidator([])
const known = new Map(Object.entries(wrong))

const warnings = new Map<string, number>()

const files = readdirSync(folder).filter((file) => /^[A-Z].*\.json$/.test(file))
const found = files.flatMap((file) => {
  const resource: unknown = JSON.parse(readFileSync(new URL(file, folder), 'utf8'))
  const issues = validate(resource)
  for (const { severity, key = 'others' } of issues)
    if (severity === 'warning') warnings.set(key, (warnings.get(key) ?? 0) + 1)
  return issues
    .filter(({ severity }) => severity !== 'warning')
    .filter(({ text }) => !known.get(file)?.some((reason) => text.startsWith(reason)))
    .map(({ expression, text }) => `${file}: ${expression}: ${text}`)
})

for (const line of found) console.log(line)
console.log(
  `${files.length} examples, ${known.size} known to be wrong, ${found.length} faults found elsewhere`,
)
console.log(`warnings: ${[...warnings].map(([key, count]) => `${key} ${count}`).join(', ')}`)
process.exitCode = found.length === 0 && files.length > 5_000 ? 0 : 1
