import type { Answer, Ask } from '../disclose.ts'
import { readSubset, type Subset } from '../search/query.ts'
import { subset } from './subset.ts'

/** A read of a part: `_summary` and `_elements` hold for reads as for searches (FHIR R4 http 3.1.0.1.11). */
export const partialRead = (type: string, given: URLSearchParams, ask: Ask): Ask => {
  const wanted = readSubset(given)
  return {
    ...ask,
    find: async (connection, grant, permit) => {
      const found = await ask.find(connection, grant, permit)
      return { ...found, answer: (released) => partOf(type, found.answer(released), wanted) }
    },
  }
}

const partOf = (type: string, answer: Answer, wanted: Subset): Answer =>
  answer.status === 200 ? { ...answer, body: subset({ type, text: answer.body }, wanted) } : answer
