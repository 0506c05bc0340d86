import type { Ask } from '../disclose.ts'
import { findVersions } from '../search/versions.ts'
import { resourceAnswer } from './resource-answer.ts'

/** https://hl7.org/fhir/R4/http.html#vread */
export const vread = (request: string, type: string, id: string, version: string): Ask => ({
  interaction: 'vread',
  request,
  needs: [{ type, access: 'r' }],
  find: async (connection, _grant, permit) => ({
    rows: await findVersions(connection, permit, type, id, version),
    answer: resourceAnswer,
  }),
})
