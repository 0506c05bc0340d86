import type { Ask } from '../disclose.ts'
import { findOne } from '../search/find.ts'
import { resourceAnswer } from './resource-answer.ts'

/** https://hl7.org/fhir/R4/http.html#read */
export const read = (request: string, type: string, id: string): Ask => ({
  interaction: 'read',
  request,
  needs: [{ type, access: 'r' }],
  find: async (connection, _grant, permit) => {
    const row = await findOne(connection, permit, type, id)
    return { rows: row === undefined ? [] : [row], answer: resourceAnswer }
  },
})
