import type { Bundle, Encounter, Patient } from 'fhir/r4'
import { search } from '../../api/search.ts'
import type { Caller } from '../../authenticate/caller.ts'
import { disclose } from '../../disclose.ts'
import type { Services } from '../../services.ts'

/** Something to choose from, as far as it takes to tell it from the others. */
export interface Choice {
  readonly id: string
  readonly name: string
  readonly detail: string
}

/** So many are shown at once; who looks for another one says the name. */
const most = 25

/** The patients whom a user may see, by name. They go out through the door, and are on the trail. */
export const findPatients = async (
  services: Services,
  request: string,
  caller: Caller,
  name: string,
): Promise<readonly Choice[]> => {
  const given = new URLSearchParams({ _count: String(most), _sort: 'family', _total: 'none' })
  if (name !== '') given.set('name', name)
  return (await found<Patient>(services, request, caller, 'Patient', given)).map(patientChoice)
}

/** One patient, where the user may see it. */
export const findPatient = async (
  services: Services,
  request: string,
  caller: Caller,
  id: string,
): Promise<Choice | undefined> => {
  if (!isId(id)) return undefined
  const given = new URLSearchParams({ _id: id, _total: 'none' })
  const [patient] = await found<Patient>(services, request, caller, 'Patient', given)
  return patient && patientChoice(patient)
}

/** The encounters of a patient whom a user may see, the newest first. */
export const findEncounters = async (
  services: Services,
  request: string,
  caller: Caller,
  patient: string,
  id?: string,
): Promise<readonly Choice[]> => {
  if (!isId(patient) || (id !== undefined && !isId(id))) return []
  const given = new URLSearchParams({
    patient: `Patient/${patient}`,
    _count: String(most),
    _sort: '-date',
    _total: 'none',
  })
  if (id !== undefined) given.set('_id', id)
  return (await found<Encounter>(services, request, caller, 'Encounter', given)).map(encounterChoice)
}

/** Anything else would be no condition at all. */
const isId = (text: string): boolean => /^[A-Za-z0-9.-]{1,64}$/.test(text)

const found = async <Found extends Patient | Encounter>(
  services: Services,
  request: string,
  caller: Caller,
  type: Found['resourceType'],
  given: URLSearchParams,
): Promise<Found[]> => {
  const asked = search(services, request, { address: type, type, given, lenient: false })
  const { value } = await disclose(services, caller, asked)
  const { entry = [] } = JSON.parse(value.body) as Bundle<Found>
  return entry.flatMap(({ resource }) => (resource === undefined ? [] : [resource]))
}

const patientChoice = ({ id = '', name = [], birthDate, gender, identifier = [] }: Patient): Choice => {
  const [used] = [...name.filter(({ use }) => use === 'usual' || use === 'official'), ...name]
  const said = used?.text ?? [...(used?.given ?? []), used?.family ?? ''].join(' ').trim()
  return {
    id,
    name: said === '' ? id : said,
    detail: [birthDate, gender, identifier[0]?.value].filter((one) => one !== undefined).join(', '),
  }
}

const encounterChoice = ({ id = '', period, type = [], class: kind, status }: Encounter): Choice => {
  const [first] = type
  const name = first?.text ?? first?.coding?.[0]?.display ?? kind.display ?? kind.code ?? id
  return {
    id,
    name,
    detail: [period?.start?.slice(0, 10), status].filter((one) => one !== undefined).join(', '),
  }
}
