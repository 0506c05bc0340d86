import type { Ask } from '../disclose.ts'
import { findVersion } from '../search/versions.ts'
import { resourceAnswer } from './resource-answer.ts'

/** https://hl7.org/fhir/R4/http.html#vread */
export const vread = (request: string, type: string, id: string, version: string): Ask => ({
  interaction: 'vread',
  request,
  needs: [{ type, access: 'r' }],
  find: async (connection, _grant, permit) => {
    const row = await findVersion(connection, permit, type, id, version)
    return { rows: row === undefined ? [] : [row], answer: resourceAnswer }
  },
})
