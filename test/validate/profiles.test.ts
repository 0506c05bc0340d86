import type { FhirResource, QuestionnaireResponse } from 'fhir/r4'
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { county } from '../../src/demo/county.ts'
import { questionnaireOf, questionnaires } from '../../src/questionnaire/library.ts'
import { score } from '../../src/questionnaire/score.ts'
import { type AuditRow, auditEvent } from '../../src/record/audit-event.ts'
import { expansions, profiles } from '../../src/validate/profiles.ts'
import { createValidator } from '../../src/validate/validate.ts'

const validator = createValidator(profiles, expansions)
const folder = new URL('../../profiles/examples/', import.meta.url)

/** One example, and how it fails if it is to fail. */
interface Example {
  readonly file: string
  readonly missing: string | null
  readonly citation?: string
  readonly issue?: { readonly code: string; readonly expression: string; readonly key?: string }
}

const json = <T>(path: string): T => JSON.parse(readFileSync(new URL(path, folder), 'utf8')) as T

/** The examples of Part 2 consents have a folder of their own name, which other tests read as well. */
const profileOf = (name: string): string => (name === 'consent' ? 'part2-consent' : name)

const folders = readdirSync(folder, { withFileTypes: true }).flatMap((it) =>
  it.isDirectory() ? [it.name] : [],
)
const examples = folders.flatMap((name) =>
  json<Example[]>(`${name}/index.json`).map((example) => ({
    ...example,
    name,
    path: `${name}/${example.file}`,
  })),
)
const valid = examples.filter(({ missing }) => missing === null)
const deficient = examples.filter(({ missing }) => missing !== null)

const faultsOf = (resource: FhirResource) =>
  validator.validate(resource).filter(({ severity }) => severity === 'error')

const urlOf = (name: string): string => `https://sluice.example/fhir/StructureDefinition/${profileOf(name)}`

/** Whether a resource claims its profile, or has the extension that its folder is of. */
const isOf = (resource: FhirResource, name: string): boolean =>
  (resource.meta?.profile ?? []).includes(urlOf(name)) ||
  JSON.stringify(resource).includes(`"url":"${urlOf(name)}"`)

describe('the examples of the profiles', () => {
  it('are there for every profile: good ones and deficient ones', () => {
    const without = (some: readonly { name: string }[]) =>
      profiles.map(({ id }) => id).filter((id) => !some.some(({ name }) => profileOf(name) === id))
    expect(without(valid)).toEqual([])
    expect(without(deficient)).toEqual([])
    expect(folders.filter((name) => !profiles.some(({ id }) => id === profileOf(name)))).toEqual([])
  })

  it.each(folders)('%s: every file is in its index', (name) => {
    const files = readdirSync(new URL(`${name}/`, folder)).filter((file) => file !== 'index.json')
    expect(files.toSorted()).toEqual(examples.flatMap((it) => (it.name === name ? [it.file] : [])).toSorted())
  })

  it.each(examples)('$path is of its profile', ({ name, path }) => {
    expect(isOf(json(path), name)).toBe(true)
  })

  it.each(valid)('$path conforms', ({ path }) => {
    expect(faultsOf(json(path))).toEqual([])
  })

  it.each(deficient)('$path lacks $missing, and nothing else', ({ path, name, issue, citation }) => {
    const found = faultsOf(json(path))
    expect(found).toHaveLength(1)
    expect(found[0]?.profile).toBe(urlOf(name))
    if (citation !== undefined) expect(found[0]?.text).toContain(citation)
    if (issue !== undefined) expect(found[0]).toMatchObject(issue)
  })
})

describe('the demo county', () => {
  const records = county(new Date('2026-11-01')).records.flatMap(
    ({ resources }) => resources as FhirResource[],
  )

  it.each([
    ['Condition', 'behavioral-health-problem'],
    ['MedicationRequest', 'medication-order'],
    ['Goal', 'treatment-goal'],
    ['CareTeam', 'care-team'],
    ['RelatedPerson', 'personal-representative'],
    ['QuestionnaireResponse', 'instrument-response'],
    ['ServiceRequest', 'referral-request'],
  ])('has each %s as %s', (type, profile) => {
    const some = records.filter(({ resourceType }) => resourceType === type)
    const url = `https://sluice.example/fhir/StructureDefinition/${profile}`
    const faults = some.flatMap((resource) => validator.validate(resource, [url]))
    expect(some.length).toBeGreaterThan(0)
    expect(faults.filter(({ severity }) => severity === 'error')).toEqual([])
  })
})

describe('what the gateway makes', () => {
  const url = (id: string): string => `https://sluice.example/fhir/StructureDefinition/${id}`
  const faults = (resource: FhirResource, id: string) =>
    validator.validate(resource, [url(id)]).filter(({ severity }) => severity === 'error')

  it.each(questionnaires.map((form) => [form.id, form] as const))('%s is an instrument', (_, form) => {
    expect(faults(form, 'instrument')).toEqual([])
  })

  it('is a score as its profile has it', () => {
    const response = json<QuestionnaireResponse>('instrument-response/valid-phq-2.json')
    const form = questionnaireOf(response.questionnaire)
    const result = form === undefined ? undefined : score(form, response)
    if (result?.complete !== true) throw new Error('the example has no score')
    expect(result.total).toBe(1)
    expect(faults(result.observation, 'screening-observation')).toEqual([])
  })

  const row: AuditRow = {
    id: 'a1',
    at: new Date('2026-03-01T10:00:00Z'),
    request: 'r1',
    interaction: 'search-type',
    outcome: 'disclosed',
    client: 'moodtrack',
    organization: 'Organization/moodtrack',
    purpose: 'PATRQT',
    custodians: null,
    persons: null,
    detail: {
      user: 'Practitioner/chen',
      patient: 'Patient/maya',
      resources: [['Observation/1', 'v1', 'consent']],
    },
  }

  it.each([row, { ...row, outcome: 'refused', interaction: 'create', detail: {} }])(
    'is an entry of the trail as its profile has it: $interaction',
    (entry) => {
      expect(faults(auditEvent(entry, 'https://gateway.example/fhir'), 'trail-audit-event')).toEqual([])
    },
  )
})
