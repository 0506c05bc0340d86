import type { ParametersParameter, Patient } from 'fhir/r4'
import type { Caller } from '../../authenticate/caller.ts'
import { kinds } from '../../consent/purposes.ts'
import { type Answer, disclose, type Found } from '../../disclose.ts'
import { findMatch } from '../../exchange/match.ts'
import { invalid, refuse } from '../../problem.ts'
import type { Released } from '../../redact/released.ts'
import { fhirBase } from '../../services.ts'
import { type Rate, takeTurn } from '../../store/rate.ts'
import { fhirJson } from '../resource-answer.ts'
import { searchset } from '../searchset.ts'
import type { Call } from './operation.ts'
import { readParameters } from './parameters.ts'

/** How often one client may ask. */
const rate: Rate = { most: 30, seconds: 60 }

/**
 * https://hl7.org/fhir/R4/patient-operation-match.html, for treatment partners and for certain matches only (PARTNERS,
 * identity): it is no search by demographics. A patient whom the caller may not know is one who does not exist.
 */
export const match = ({ services, caller, request, raw }: Call): Promise<Released<Answer>> =>
  disclose(services, caller, {
    interaction: 'match',
    request,
    needs: [
      { type: 'Patient', access: 's' },
      { type: 'Patient', access: 'r' },
    ],
    find: async (connection, _grant, permit): Promise<Found> => {
      requirePartner(caller)
      if (!(await takeTurn(connection, `match ${caller.client}`, services.clock.real(), rate)))
        refuse({
          kind: 'throttled',
          text: `at most ${rate.most} matches in ${rate.seconds} seconds; try again then`,
          seconds: rate.seconds,
        })
      const asked = readAsked(await readParameters(services, raw))
      const found = await findMatch(connection, caller, permit, asked)
      return {
        rows: found === undefined ? [] : [found],
        answer: (released) => ({
          status: 200,
          headers: { 'content-type': fhirJson },
          body: searchset(
            fhirBase(services),
            released.length,
            [],
            released.map((own) => ({ own, mode: 'match', said: certain })),
          ),
        }),
      }
    },
  })

const certain =
  ',"score":1,"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/match-grade","valueCode":"certain"}]'

const partners = new Set<string | undefined>(['covered-entity', 'part2-program'])

/**
 * Schools, agencies, payers and apps ask for whom they were told of, and for nobody else; so does who works for an
 * organization and is no part of it.
 */
const requirePartner = ({ recipientClass, asked, organizationKey, homeKey }: Caller): void => {
  const treats = partners.has(recipientClass) && organizationKey === homeKey && asked.patient === undefined
  if (!treats || !kinds(asked.purpose).includes('TREAT'))
    refuse({
      kind: 'forbidden',
      text: 'only organizations that treat patients may match them, for treatment',
    })
}

const readAsked = (given: readonly ParametersParameter[]): Patient => {
  const unknown = given.find(({ name }) => !['resource', 'onlyCertainMatches', 'count'].includes(name))
  if (unknown !== undefined)
    invalid(
      'the operation has the parameters `resource`, `onlyCertainMatches` and `count`',
      'Parameters.parameter',
      'not-supported',
    )
  if (given.some(({ name, valueBoolean }) => name === 'onlyCertainMatches' && valueBoolean !== true))
    invalid(
      'only certain matches are given: leave `onlyCertainMatches` out, or say `true`',
      'onlyCertainMatches',
      'not-supported',
    )
  const [patient, ...others] = given.flatMap(({ name, resource }) => (name === 'resource' ? [resource] : []))
  return patient?.resourceType === 'Patient' && others.length === 0
    ? requireEnough(patient as Patient)
    : invalid('the operation takes one parameter `resource`, a Patient', 'Parameters.parameter', 'required')
}

const requireEnough = (patient: Patient): Patient => {
  const { identifier = [], birthDate, name = [] } = patient
  const isEnough =
    identifier.some(({ system, value }) => system !== undefined && value !== undefined) &&
    birthDate !== undefined &&
    name.some(({ family }) => family !== undefined)
  return isEnough
    ? patient
    : invalid(
        'a match needs an identifier with system and value, the birth date and a family name',
        'Patient',
        'required',
      )
}
