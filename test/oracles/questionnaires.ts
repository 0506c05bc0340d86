/**
 * Asks @aehrc/sdc-populate and @aehrc/sdc-template-extract what the shared cases of test/questionnaire/cases come to. Where
 * they say otherwise than what is expected here, the reason stands in differences.json; one that is no difference any more
 * is told as well.
 */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { isDeepStrictEqual } from 'node:util'

/** Their ES modules import a folder, which Node does not; the others run. */
const require = createRequire(import.meta.url)
const { populateQuestionnaire } = require('@aehrc/sdc-populate')
const { inAppExtract } = require('@aehrc/sdc-template-extract')

const folder = new URL('../questionnaire/cases/', import.meta.url)

const read = (file: string) => JSON.parse(readFileSync(new URL(file, folder), 'utf8'))

/** Items as they are compared: those that are answered, without texts. */
const answered = (items: any[] = []): any[] =>
  items.flatMap(({ linkId, answer = [], item }) => {
    const below = answered(item)
    if (answer.length === 0 && below.length === 0) return []
    return [
      { linkId, ...(answer.length === 0 ? {} : { answer }), ...(below.length === 0 ? {} : { item: below }) },
    ]
  })

/** Entries as they are compared, in no order of their own. */
const entries = (list: any[] = []): any[] =>
  list
    .map(({ request, resource }) => ({ request, resource }))
    .toSorted((one, other) => (textOf(one) < textOf(other) ? -1 : 1))

const textOf = (value: unknown): string =>
  JSON.stringify(value, (_, own) =>
    own !== null && typeof own === 'object' && !Array.isArray(own)
      ? Object.fromEntries(Object.entries(own).toSorted())
      : own,
  )

const populated = async ({ questionnaire, patient }: any): Promise<any> => {
  const { populateResult } = await populateQuestionnaire({
    questionnaire: structuredClone(questionnaire),
    patient: structuredClone(patient),
    fetchResourceCallback: async () => ({ resourceType: 'Bundle', type: 'searchset' }),
    fetchResourceRequestConfig: { sourceServerUrl: 'https://none.example/fhir' },
    fetchTerminologyCallback: async () => ({ resourceType: 'OperationOutcome', issue: [] }),
    fetchTerminologyRequestConfig: { terminologyServerUrl: 'https://none.example/fhir' },
  } as any)
  return answered(populateResult?.populatedResponse.item)
}

const extracted = async ({ questionnaire, response }: any): Promise<any> => {
  const { extractResult } = (await inAppExtract(
    structuredClone(response),
    structuredClone(questionnaire),
    null,
  )) as any
  return entries(extractResult.extractedBundle?.entry)
}

const kinds = [
  { file: 'populate.json', theirs: populated, ours: answered },
  { file: 'extract.json', theirs: extracted, ours: entries },
]

const known: { case: string; reason: string }[] = read('differences.json')
const faults: string[] = []
let count = 0
for (const { file, theirs, ours } of kinds)
  for (const one of read(file)) {
    count++
    const name = `${file.replace('.json', '')}: ${one.note}`
    const found = await theirs(one).catch((fault: unknown) => String(fault))
    const isSame = isDeepStrictEqual(found, ours(one.expect))
    const isKnown = known.some((own) => own.case === name)
    if (!isSame && !isKnown)
      faults.push(`${name}: theirs ${JSON.stringify(found)}, expected ${JSON.stringify(ours(one.expect))}`)
    if (isSame && isKnown) faults.push(`${name}: is no difference any more`)
  }
for (const line of faults) console.log(line)
console.log(`${count} cases of questionnaires, ${known.length} known differences, ${faults.length} faults`)
process.exitCode = faults.length === 0 && count > 20 ? 0 : 1
