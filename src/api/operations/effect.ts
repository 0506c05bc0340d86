import type { Consent, FhirResource, ParametersParameter } from 'fhir/r4'
import { type Answer, disclose, type Found } from '../../disclose.ts'
import { type Effect, effectOf, namedBy } from '../../exchange/preview/effect.ts'
import { itemParameter } from '../../exchange/preview/parameters.ts'
import type { Item } from '../../exchange/preview/preview.ts'
import { readAsked } from '../../exchange/preview/recipients.ts'
import { system } from '../../fhir/names.ts'
import type { Grant } from '../../authorize/grant.ts'
import type { Permit } from '../../consent/permit.ts'
import { invalid, refuse } from '../../problem.ts'
import type { Released } from '../../redact/released.ts'
import { findChart } from '../../search/chart.ts'
import { findOne } from '../../search/find.ts'
import type { Services } from '../../services.ts'
import type { Connection } from '../../store/database.ts'
import { readCommonFacts } from '../../store/facts.ts'
import { fhirJson } from '../resource-answer.ts'
import type { Call } from './operation.ts'
import { demandPatient } from './own-patient.ts'
import { readParameters } from './parameters.ts'

/** Records that are looked at, at the most. */
const mostRecords = 1000

/**
 * `Consent/$effect`: what a consent would change for each partner before it is signed, and `Consent/<id>/$effect` what its
 * revocation would; with what has left already and stays where it is.
 */
export const effect = async (call: Call): Promise<Released<Answer>> => {
  const { services, caller, request, id } = call
  const given = await readParameters(services, call.raw)
  return disclose(services, caller, {
    interaction: 'effect',
    request,
    needs: [
      { type: 'Consent', access: 'r' },
      { type: 'Patient', access: 'r' },
    ],
    find: async (connection, grant, permit): Promise<Found> => {
      const consent =
        id === undefined
          ? draft(services, given)
          : await revoked(connection, permit, id, simple(given, 'status') ?? 'inactive')
      const patient = await demandPatient(connection, grant, permit, patientOf(consent))
      const common = await readCommonFacts(connection)
      const custodian = `Organization/${common.byKey.get(patient.custodian)?.id ?? ''}`
      const asked = readAsked(
        questions(given, consent),
        custodian,
        caller.asked.patient !== undefined,
        common,
      )
      const own = await ownRecords(connection, grant, permit, patient)
      const looking = { services, moment: permit.moment, common, own }
      const effects = await effectOf(looking, consent, patient.custodian, asked)
      return { rows: own, answer: () => answerOf(effects) }
    },
  })
}

const ownRecords = async (
  connection: Connection,
  grant: Grant,
  permit: Permit,
  { person, custodian }: { person: number | null; custodian: number },
) => {
  const rows = await findChart(connection, permit, {
    person: person ?? -1,
    custodian,
    types: [],
    most: mostRecords,
  })
  return rows.filter(({ type }) => grant.allows(type, 'r') && type !== 'Consent').slice(0, mostRecords)
}

/** A consent as it is about to be signed: valid, and with an id that nothing has. */
const draft = ({ validate, ids }: Services, given: readonly ParametersParameter[]): Consent => {
  const resource = given.find(({ name }) => name === 'consent')?.resource as FhirResource | undefined
  if (resource?.resourceType !== 'Consent')
    return invalid(
      'the operation takes a parameter `consent` with a Consent; `Consent/<id>/$effect` asks about a stored one',
      'Parameters.parameter',
      'required',
    )
  const issues = validate(resource).filter(({ severity }) => severity !== 'warning')
  if (issues.length > 0) refuse({ kind: 'unprocessable', issues: issues.slice(0, 100) })
  return { ...resource, id: ids.resource() }
}

/** A stored consent with another status: by itself, its revocation. */
const revoked = async (
  connection: Connection,
  permit: Permit,
  id: string,
  status: string,
): Promise<Consent> => {
  const row = await findOne(connection, permit, 'Consent', id)
  if (row === undefined || row.deleted) return refuse({ kind: 'not-found' })
  if (!['active', 'inactive', 'rejected', 'entered-in-error'].includes(status))
    return invalid('`status` is `inactive`, `rejected`, `entered-in-error` or `active`', 'status', 'value')
  return { ...(JSON.parse(row.content) as Consent), status: status as Consent['status'] }
}

const patientOf = ({ patient }: Consent): string =>
  /^Patient\/([A-Za-z0-9.-]{1,64})$/.exec(patient?.reference ?? '')?.[1] ??
  invalid('`Consent.patient` names a Patient of this gateway', 'Consent.patient', 'value')

const simple = (given: readonly ParametersParameter[], name: string): string | undefined => {
  const own = given.find((parameter) => parameter.name === name)
  return own?.valueCode ?? own?.valueString
}

/** For whom and for what: as asked, else for those and for what the consent names, and for whoever knows the patient. */
const questions = (given: readonly ParametersParameter[], consent: Consent): URLSearchParams => {
  const named = namedBy(consent)
  const stated = (name: string): string[] =>
    given
      .filter((own) => own.name === name)
      .flatMap((own) => own.valueString ?? own.valueCode ?? own.valueReference?.reference ?? [])
  const [recipients, purposes] = [stated('recipient'), stated('purpose')]
  return new URLSearchParams([
    ...(recipients.length > 0 ? recipients : named.recipients).map((one) => ['recipient', one]),
    ...(purposes.length > 0 ? purposes : named.purposes).map((one) => ['purpose', one]),
  ])
}

const answerOf = (effects: readonly Effect[]): Answer => ({
  status: 200,
  headers: { 'content-type': fhirJson },
  body: JSON.stringify({ resourceType: 'Parameters', parameter: effects.map(effectParameter) }),
})

const effectParameter = ({ asked, before, after, accounted, held }: Effect): ParametersParameter => ({
  name: 'effect',
  part: [
    { name: 'recipient', valueReference: { reference: asked.patient ?? asked.organization } },
    { name: 'purpose', valueCoding: { system: system.actReason, code: asked.purpose } },
    counted('before', before),
    counted('after', after),
    ...after.flatMap((item, place) => {
      const was = before[place]
      return was === undefined || isSame(was, item) ? [] : [changed(was, item)]
    }),
    { name: 'already-disclosed', valueInteger: accounted },
    { name: 'held', valueInteger: held },
    ...(accounted + held === 0 ? [] : [{ name: 'note', valueString: stays }]),
  ],
})

const stays =
  'what has been disclosed stays where it is: a revocation stops further disclosure (42 CFR 2.31(a)(6))'

const isSame = (one: Item, other: Item): boolean => one.effect === other.effect && one.text === other.text

const counted = (name: string, items: readonly Item[]): ParametersParameter => ({
  name,
  part: (['shared', 'redacted', 'withheld'] as const).map((effect) => ({
    name: effect,
    valueInteger: items.filter((item) => item.effect === effect).length,
  })),
})

const changed = (was: Item, item: Item): ParametersParameter => {
  const { part = [] } = itemParameter(item)
  return { name: 'changed', part: [{ name: 'was', valueCode: was.effect }, ...part] }
}
