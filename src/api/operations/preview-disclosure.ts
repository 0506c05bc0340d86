import { type Answer, disclose, type Found } from '../../disclose.ts'
import { previewText } from '../../exchange/preview/parameters.ts'
import { type Looking, type Preview, previewFor } from '../../exchange/preview/preview.ts'
import { readAsked } from '../../exchange/preview/recipients.ts'
import { isResourceType } from '../../fhir/definitions/structures.ts'
import { invalid } from '../../problem.ts'
import type { Released } from '../../redact/released.ts'
import { findChart } from '../../search/chart.ts'
import { readCommonFacts } from '../../store/facts.ts'
import { rehearse } from '../../store/rehearse.ts'
import type { Asked } from '../../consent/asked.ts'
import { fhirJson } from '../resource-answer.ts'
import type { Call } from './operation.ts'
import { demandPatient } from './own-patient.ts'
import { readGiven, requireKnown } from './parameters.ts'

/** Records in one preview, at the most. */
const mostRecords = 1000

/**
 * `Patient/<id>/$preview-disclosure`: what each of several recipients would get of a patient's records now, for each of
 * several purposes, record by record, and why. For the custodian of the records and for the patient.
 */
export const previewDisclosure = async (call: Call): Promise<Released<Answer>> => {
  const { services, caller, request, id = '' } = call
  const given = await readGiven(services, call.raw)
  return disclose(services, caller, {
    interaction: 'preview-disclosure',
    request,
    needs: [{ type: 'Patient', access: 'r' }],
    find: async (connection, grant, permit): Promise<Found> => {
      requireKnown(given, ['recipient', 'purpose', 'content', '_type'])
      const types = readTypes(given)
      const patient = await demandPatient(connection, grant, permit, id)
      const common = await readCommonFacts(connection)
      const custodian = `Organization/${common.byKey.get(patient.custodian)?.id ?? ''}`
      const asked = readAsked(given, custodian, caller.asked.patient !== undefined, common)
      const rows = await findChart(connection, permit, {
        person: patient.person ?? -1,
        custodian: caller.asked.patient === undefined ? patient.custodian : undefined,
        types,
        most: mostRecords,
      })
      const own = rows.filter(({ type }) => grant.allows(type, 'r'))
      if (own.length > mostRecords)
        invalid(
          `there are more than ${mostRecords} records; name types with \`_type\``,
          '_type',
          'too-costly',
        )
      const previews = await previewsFor({ services, moment: permit.moment, common, own }, asked)
      return { rows: own, answer: () => previewAnswer(previews, given.get('content') === 'true') }
    },
  })
}

/** All of them, each decided by itself, in one transaction that is undone. */
export const previewsFor = (looking: Looking, asked: readonly Asked[]): Promise<Preview[]> =>
  rehearse(looking.services.database, async (connection) => {
    const previews: Preview[] = []
    for (const one of asked) {
      const preview = await previewFor(connection, looking, one)
      previews.push(
        preview ??
          invalid('`recipient` is no organization that this gateway knows', 'recipient', 'not-found'),
      )
    }
    return previews
  })

/** Previews as Parameters. */
export const previewAnswer = (previews: readonly Preview[], isWhole: boolean): Answer => ({
  status: 200,
  headers: { 'content-type': fhirJson },
  body: parametersText(previews.map((preview) => previewText(preview, isWhole))),
})

/** FHIR has no empty lists. */
const parametersText = (parameters: readonly string[]): string =>
  parameters.length === 0
    ? '{"resourceType":"Parameters"}'
    : `{"resourceType":"Parameters","parameter":[${parameters.join(',')}]}`

const readTypes = (given: URLSearchParams): string[] => {
  const types = given.getAll('_type').flatMap((value) => value.split(','))
  return types.every(isResourceType)
    ? types
    : invalid('`_type` takes names of R4 resource types, with commas between them', '_type', 'value')
}
