import type { FhirResource } from 'fhir/r4'
import { describe, expect, it } from 'vitest'
import { county } from '../../../src/demo/county.ts'
import { letter } from '../../../src/exchange/school/letter.ts'
import { schoolModel } from '../../../src/exchange/school/source.ts'
import { compileTemplate } from '../../../src/mapping/template/compile.ts'
import { problemOf, summaryOf } from './fixtures.ts'

const resources = county(new Date('2026-06-15T12:00:00Z')).records.flatMap(
  (it) => it.resources as readonly FhirResource[],
)
const isFor = (resource: FhirResource, patient: string): boolean =>
  'subject' in resource && JSON.stringify(resource.subject).includes(`"Patient/${patient}"`)

/** Everything there is on a patient, as if no consent had held anything back. */
const everything = (id: string) => ({
  patient: resources.flatMap((it) => (it.resourceType === 'Patient' && it.id === id ? [it] : []))[0] ?? {
    resourceType: 'Patient' as const,
  },
  documents: resources.flatMap((it) =>
    (it.resourceType === 'CarePlan' || it.resourceType === 'DocumentReference') && isFor(it, id) ? [it] : [],
  ),
  people: new Map(
    resources.flatMap((it) =>
      it.resourceType === 'Practitioner' ? [[`Practitioner/${it.id}`, it] as const] : [],
    ),
  ),
})

describe('the demo county', () => {
  it.each([
    ['lena', ['accommodation-letter', 'excuse'], ['extended-time', 'quiet-room', 'breaks']],
    ['sam', ['accommodation-letter', 'return-to-school'], ['breaks', 'quiet-room']],
  ])('%s: the papers for the school, and nothing of the care', (id, types, codes) => {
    const summary = summaryOf(everything(id))
    expect(summary.documents.map(({ type }) => type)).toEqual(types)
    expect(
      summary.documents.flatMap((it) =>
        'accommodations' in it ? it.accommodations.map(({ code }) => code) : [],
      ),
    ).toEqual(codes)
    const all = JSON.stringify(summary) + letter(summary)
    expect(all).not.toMatch(
      /anxiety|adhd|ptsd|abuse|therap|fluoxetine|riverbend|gad-7|icd|snomed|alvarez-role/i,
    )
  })

  it('jordan: no paper was consented to, so the answer is that for nobody', () => {
    expect(problemOf({ ...everything('jordan'), documents: [] })).toEqual({ kind: 'not-found' })
  })
})

describe('the map', () => {
  it.each([
    'documents.plan.addresses',
    'documents.paper.content',
    'patient.address',
    'documents.plan.category.text',
  ])('cannot be made to read %s', (path) => {
    const file = { name: 'school/wider', template: { more: `{[ ${path} ]}` } }
    expect(() => compileTemplate(file, { model: schoolModel })).toThrow(/has no/)
  })
})
