import type { ParametersParameter } from 'fhir/r4'
import { type Answer, disclose, type Found } from '../../disclose.ts'
import { itemParameter } from '../../exchange/preview/parameters.ts'
import type { Looking } from '../../exchange/preview/preview.ts'
import { ownReasons } from '../../exchange/preview/own-reasons.ts'
import { readAsked } from '../../exchange/preview/recipients.ts'
import { refuse } from '../../problem.ts'
import type { Released } from '../../redact/released.ts'
import { findOne } from '../../search/find.ts'
import { readCommonFacts } from '../../store/facts.ts'
import { fhirJson } from '../resource-answer.ts'
import type { Call } from './operation.ts'
import { mayKnow } from './own-patient.ts'
import { readGiven, requireKnown } from './parameters.ts'
import { previewAnswer, previewsFor } from './preview-disclosure.ts'

/**
 * `<type>/<id>/$why`: why a record goes to recipients or does not, label by label, for its custodian and its patient.
 * Anybody else who sees it learns by which permits it reached them, and nothing more (CONSENT rules, section 8).
 */
export const why = async (call: Call): Promise<Released<Answer>> => {
  const { services, caller, request, type = '', id = '' } = call
  const given = await readGiven(services, call.raw)
  return disclose(services, caller, {
    interaction: 'why',
    request,
    needs: [{ type, access: 'r' }],
    find: async (connection, grant, permit): Promise<Found> => {
      requireKnown(given, ['recipient', 'purpose', 'content'])
      const row = await findOne(connection, permit, type, id)
      if (row === undefined || row.deleted) return refuse({ kind: 'not-found' })
      const common = await readCommonFacts(connection)
      const looking: Looking = { services, moment: permit.moment, common, own: [row] }
      if (!mayKnow(grant, row)) {
        const item = await ownReasons(connection, looking, caller, row)
        return { rows: [row], answer: () => answerOf([itemParameter(item)]) }
      }
      const custodian = `Organization/${common.byKey.get(row.custodian)?.id ?? ''}`
      const previews = await previewsFor(
        looking,
        readAsked(given, custodian, caller.asked.patient !== undefined, common),
      )
      return { rows: [row], answer: () => previewAnswer(previews, given.get('content') === 'true') }
    },
  })
}

const answerOf = (parameter: readonly ParametersParameter[]): Answer => ({
  status: 200,
  headers: { 'content-type': fhirJson },
  body: JSON.stringify({ resourceType: 'Parameters', parameter }),
})
