import { parseArgs } from 'node:util'
import { z } from 'zod'
import { casesSchema } from '../test/contract/case-schema.ts'
import { build, cases, type NamedCase, openCases } from '../test/contract/cases.ts'

const help = `npm run cases -- [options]

Prints the truth tables of consent, one case in a line, its records and Consents written out as FHIR R4
(test/cases/consent/README.md).

  --open     those that the gateway does not answer yet
  --schema   the JSON Schema of the files instead
  --help     this text
`

const written = (row: NamedCase): object => {
  const { name, note, citation, given, ask, expect, afterwards } = row
  const { custodians, known, refused, keyOf, revoked } = build(row)
  const keyed = (expected: NamedCase['expect']): object =>
    Object.fromEntries(Object.entries(expected).map(([own, effect]) => [keyOf(own), effect]))
  return {
    name,
    note,
    citation,
    custodians,
    refused,
    known,
    exceptions: given.exceptions ?? [],
    ask: ask ?? { by: 'hospital' },
    expect: keyed(expect),
    afterwards: (afterwards ?? []).map((step) => ({
      ...step,
      revoked: revoked(step.revoked ?? []),
      expect: keyed(step.expect),
    })),
  }
}

const run = (): void => {
  const { values } = parseArgs({
    options: { open: { type: 'boolean' }, schema: { type: 'boolean' }, help: { type: 'boolean' } },
  })
  if (values.help === true) console.log(help)
  else if (values.schema === true) console.log(JSON.stringify(z.toJSONSchema(casesSchema), null, 2))
  else for (const row of values.open === true ? openCases : cases) console.log(JSON.stringify(written(row)))
}

run()
