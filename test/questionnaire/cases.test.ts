import type {
  BundleEntry,
  Patient,
  Questionnaire,
  QuestionnaireResponse,
  QuestionnaireResponseItem,
} from 'fhir/r4'
import { describe, expect, test } from 'vitest'
import { extract } from '../../src/questionnaire/extract/extract.ts'
import { populate } from '../../src/questionnaire/populate/populate.ts'
import differences from './cases/differences.json' with { type: 'json' }
import extracted from './cases/extract.json' with { type: 'json' }
import populated from './cases/populate.json' with { type: 'json' }

interface PopulateCase {
  readonly note: string
  readonly questionnaire: Questionnaire
  readonly patient: Patient
  readonly expect: QuestionnaireResponseItem[]
}

interface ExtractCase {
  readonly note: string
  readonly questionnaire: Questionnaire
  readonly response: QuestionnaireResponse
  readonly expect: BundleEntry[]
}

const populateCases = populated as unknown as readonly PopulateCase[]
const extractCases = extracted as unknown as readonly ExtractCase[]

/** Cases on which other implementations are asked too (test/oracles/questionnaires.ts). */
describe('shared cases', () => {
  test.each(populateCases.map((one) => [one.note, one] as const))(
    'populate: %s',
    (_, { questionnaire, patient, expect: wanted }) => {
      const { response } = populate({
        questionnaire,
        subject: { reference: `Patient/${patient.id}` },
        launch: { patient: [structuredClone(patient)] },
        authored: '2026-03-01T09:00:00Z',
      })
      expect(response.item ?? []).toEqual(wanted)
    },
  )

  test.each(extractCases.map((one) => [one.note, one] as const))(
    'extract: %s',
    (_, { questionnaire, response, expect: wanted }) => {
      const { bundle } = extract(questionnaire, response, () => 'id')
      expect((bundle.entry ?? []).map(({ request, resource }) => ({ request, resource }))).toEqual(wanted)
    },
  )

  test('every known difference is one of a case, and says why', () => {
    const names = new Set([
      ...populateCases.map(({ note }) => `populate: ${note}`),
      ...extractCases.map(({ note }) => `extract: ${note}`),
    ])
    expect(differences.filter((own) => !names.has(own.case) || own.reason.length < 20)).toEqual([])
  })
})
