import { readFile } from 'node:fs/promises'
import { describe, expect, it, test } from 'vitest'
import { z } from 'zod'
import schema from '../cases/consent/case.schema.json' with { type: 'json' }
import town from '../cases/consent/town.json' with { type: 'json' }
import { casesSchema } from '../contract/case-schema.ts'
import { cases, files, openCases } from '../contract/cases.ts'
import { organizations } from '../contract/town.ts'

const all = [...cases, ...openCases]

/** How the citations of each law look. */
const laws: Readonly<Record<string, RegExp>> = {
  '42 CFR 2': /^42 CFR 2\.\d\d(\([a-z\d]+\))*(\([A-Z]\))?(, .+)?$/,
  HIPAA: /^45 CFR 16\d\.\d{3}(\([a-z\d]+\))*(\([A-Z]\))?(, .+)?$/,
  FERPA: /^34 CFR 99\.\d{1,2}(\([a-z\d]+\))*(\([A-Z]\))?$/,
  FHIR: /^(FHIR R4 [A-Z][A-Za-z]+([., ].+)?|v3-Act(Code|Reason) [A-Za-z]+)$/,
  state: /^State row [A-Z]{2}\/[A-Za-z\d]+ \(.+\)$/,
  settled: /^Sluice, settled: [a-z-]+$/,
}

const lawOf = (citation: string): string | undefined =>
  Object.entries(laws).find(([, form]) => form.test(citation))?.[0]

const settled = (citation: string): string | undefined => /^Sluice, settled: (.+)$/.exec(citation)?.[1]

describe('the truth tables of consent', () => {
  test.each(Object.entries(files))('%s.json is as the schema says', (_name, rows) => {
    expect(casesSchema.safeParse(rows).error).toBeUndefined()
  })

  it('have a JSON Schema that says the same (npm run cases -- --schema)', () => {
    expect(z.toJSONSchema(casesSchema)).toEqual(schema)
  })

  it('cite for each case the clause that decides it', () => {
    expect(all.filter(({ citation }) => lawOf(citation) === undefined)).toEqual([])
    const count = (law: string) => cases.filter(({ citation }) => lawOf(citation) === law).length
    const counts = Object.keys(laws).map((law) => `${law} ${String(count(law))}`)
    const rest = `${String(openCases.length)} more are not met yet`
    console.info(`${String(cases.length)} cases by what decides them: ${counts.join(', ')}; ${rest}`)
    expect(cases.length).toBeGreaterThanOrEqual(600)
  })

  it('explain what neither law nor standard decides, and nothing else', async () => {
    const readme = await readFile(new URL('../cases/consent/README.md', import.meta.url), 'utf8')
    const explained = [...readme.matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, name = '']) => name)
    expect(explained.toSorted()).toEqual(
      [...new Set(all.flatMap(({ citation }) => settled(citation) ?? []))].toSorted(),
    )
  })

  it('cite state rows that there are', () => {
    const rows = town.table.map(({ state, label }) => `${String(state)}/${String(label)}`)
    const cited = all.flatMap(({ citation }) => /^State row (\S+)/.exec(citation)?.[1] ?? [])
    expect(cited.filter((row) => !rows.includes(row))).toEqual([])
  })

  it('ask organizations of the town, which are what they are in all other tests', () => {
    const plain = organizations.map(({ channels: _channels, ...rest }) => rest)
    expect(town.organizations).toEqual(expect.arrayContaining(plain))
    const asking = all.flatMap(({ ask, afterwards = [] }) => [
      ask?.by,
      ...afterwards.map((step) => step.ask?.by),
    ])
    const known = town.organizations.map(({ id }) => id)
    expect(asking.filter((by) => by !== undefined && !known.includes(by))).toEqual([])
  })
})
