import type { Questionnaire, QuestionnaireResponse } from 'fhir/r4'
import { instrumentOf } from '../../src/questionnaire/instruments.ts'
import { questionnaireOf } from '../../src/questionnaire/library.ts'

const base = 'https://sluice.example/fhir/Questionnaire'

/** The shipped Questionnaire with this id. */
export const instrument = (id: string): Questionnaire => {
  const found = questionnaireOf(`${base}/${id}`)
  if (!found) throw new Error(`no instrument ${id}`)
  return found
}

/** A response with the nth option of every scored item; null leaves an item out. */
export const fill = (id: string, places: readonly (number | null)[]): QuestionnaireResponse => ({
  resourceType: 'QuestionnaireResponse',
  id: 'response',
  questionnaire: `${base}/${id}`,
  status: 'completed',
  subject: { reference: 'Patient/p' },
  authored: '2026-03-01T09:00:00Z',
  author: { reference: 'Practitioner/d' },
  item: (instrumentOf(`${base}/${id}`)?.items ?? []).flatMap(({ linkId }, index) => {
    const place = places[index]
    const option = instrument(id).item?.find((it) => it.linkId === linkId)?.answerOption?.[place ?? -1]
    return option ? [{ linkId, answer: [{ valueCoding: option.valueCoding }] }] : []
  }),
})

/** Places that come to this total, filled from the first item on. */
export const places = (total: number, items: number): number[] =>
  Array.from({ length: items }, (_, index) => Math.max(0, Math.min(3, total - 3 * index)))
