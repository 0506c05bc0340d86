import type { Consent } from 'fhir/r4'
import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { missingForPart2, missingForPermit } from './requirements.ts'
import { world } from './examples.ts'

const folder = new URL('../../../profiles/examples/consent/', import.meta.url)

const read = (file: string): unknown => JSON.parse(readFileSync(new URL(file, folder), 'utf8'))

const expected = read('index.json') as readonly { file: string; missing: string | null }[]

/** CONSENT.md section 7: ten valid and ten deficient examples, each deficient by one element. */
test.each(readdirSync(folder).filter((file) => file !== 'index.json'))('%s', (file) => {
  const consent = read(file) as Consent
  const chain = consent.provision === undefined ? [] : [consent.provision]
  const missing = [...missingForPermit(world([]), consent, chain), ...missingForPart2(consent, chain)]
  const one = expected.find((each) => each.file === file)?.missing
  expect(missing).toEqual(one === null || one === undefined ? [] : [one])
})
