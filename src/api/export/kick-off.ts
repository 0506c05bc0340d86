import type { Caller } from '../../authenticate/caller.ts'
import type { Grant } from '../../authorize/grant.ts'
import type { Need } from '../../authorize/authorize.ts'
import { queryOf } from '../../bulk/parts.ts'
import { searchingOf } from '../../bulk/found.ts'
import { boundTo, type ExportAsked } from '../../bulk/job.ts'
import type { Permit } from '../../consent/permit.ts'
import { type Answer, disclose, type Found } from '../../disclose.ts'
import { invalid, refuse } from '../../problem.ts'
import type { Released } from '../../redact/released.ts'
import { requireSearchable } from '../../search/keys.ts'
import { fhirBase, type Services } from '../../services.ts'
import { addJob, countRunning } from '../../store/exports.ts'
import { requirePresentation } from '../format.ts'
import type { Call } from '../operations/operation.ts'
import { type Given, readAllGiven } from '../operations/parameters.ts'
import { prefersAsync, readPrefer } from '../prefer.ts'
import { readPatients } from './patients.ts'
import { readExport } from './read-asked.ts'

/** Exports of one client at once, and for how many hours each is there, where the settings do not say. */
const usual = { jobs: 10, hours: 24 }

/**
 * https://hl7.org/fhir/uv/bulkdata/STU2/export.html#bulk-data-kick-off-request, of the system, of all patients or of a
 * Group: for backend services. It begins a job that belongs to the client, in what it asks for.
 */
export const exportData = async (call: Call): Promise<Released<Answer>> => {
  const { services, caller, request, raw, type, id } = call
  const level = type === 'Patient' || type === 'Group' ? type : 'system'
  requireAsync(raw)
  const given = await readAllGiven(services, raw, ['patient'])
  return disclose(services, caller, {
    interaction: 'export',
    request,
    needs: needsOf(level),
    find: async (_connection, grant, permit): Promise<Found> => {
      requireBackend(caller)
      const address = await begin({ services, grant, permit, raw, level, id, given })
      return {
        rows: [],
        answer: () => ({ status: 202, headers: { 'content-location': address }, body: '' }),
      }
    },
  })
}

/** Whoever asks for patients by name or by Group learns who is one. */
const needsOf = (level: ExportAsked['level']): Need[] => [
  ...(level === 'Group' ? [{ type: 'Group', access: 'r' } as const] : []),
  ...(level === 'system'
    ? []
    : ([
        { type: 'Patient', access: 'r' },
        { type: 'Patient', access: 's' },
      ] as const)),
]

const requireAsync = (raw: Request): void => {
  if (!prefersAsync(raw.headers.get('prefer') ?? ''))
    invalid('an export is fetched later: send `Prefer: respond-async`', 'Prefer', 'required')
  if (requirePresentation(raw).format !== 'json')
    refuse({ kind: 'not-acceptable', text: 'an export speaks JSON: send `Accept: application/fhir+json`' })
}

const requireBackend = ({ asked }: Caller): void => {
  if (asked.user !== undefined || asked.patient !== undefined)
    refuse({
      kind: 'forbidden',
      text: 'exports are for backend services: ask with a token of `system/` scopes',
    })
}

interface Beginning {
  readonly services: Services
  readonly grant: Grant
  readonly permit: Permit
  readonly raw: Request
  readonly level: ExportAsked['level']
  readonly id: string | undefined
  readonly given: Given
}

/** Begins the job; its address. */
const begin = async (beginning: Beginning): Promise<string> => {
  const { services, grant, permit, raw, level, id, given } = beginning
  const { database, settings, clock, cursors } = services
  const { client, audience, scope } = grant.caller
  const lenient = readPrefer(raw.headers.get('prefer') ?? '').handling === 'lenient'
  const patients = level === 'system' ? [] : given.complex
  const stated = { level, given: withPatients(given, level), patients, lenient }
  const read = readExport(services, stated, grant)
  await requireFilters(beginning, read.asked)
  const notes = [...read.notes]
  const whose = await readPatients(
    database,
    permit,
    { level, id, patients },
    fhirBase(services),
    (text, at) => {
      if (!lenient) refuse({ kind: 'unknown', text, expression: at })
      notes.push(text)
    },
  )
  const now = clock.real()
  if ((await countRunning(database, client, now)) >= (settings.exportJobs ?? usual.jobs))
    refuse({
      kind: 'throttled',
      text: 'too many exports of this client are under way; wait for one',
      seconds: 60,
    })
  const job = services.ids.resource()
  const asked: ExportAsked = { ...read.asked, request: addressOf(services, raw), named: whose !== undefined }
  await addJob(database, {
    id: job,
    client,
    audience,
    scope,
    asked: await cursors.seal([JSON.stringify(asked)], boundTo(job)),
    moment: permit.moment,
    notes: [...new Set(notes)],
    now,
    expires: new Date(now.getTime() + (settings.exportHours ?? usual.hours) * 3_600_000),
    patients: whose,
  })
  return `${fhirBase(services)}/$export/${job}`
}

/** At the system `patient` is a parameter like any that is not served. */
const withPatients = ({ given, complex }: Given, level: ExportAsked['level']): URLSearchParams =>
  level === 'system' && complex.length > 0 ? new URLSearchParams([...given, ['patient', '']]) : given

/** What the statement itself would refuse is refused now, not when nobody listens. */
const requireFilters = async (
  { services, grant, permit }: Beginning,
  asked: Omit<ExportAsked, 'request' | 'named'>,
): Promise<void> => {
  const whole = { ...asked, request: '', named: false }
  for (const [type, filters] of Object.entries(asked.filters))
    for (const filter of filters)
      await requireSearchable(
        services.database,
        [queryOf(services, grant, whole, { type, filter })],
        searchingOf({ services, permit }),
      )
}

/** The address that was asked, by the name that the gateway goes by. */
const addressOf = (services: Services, raw: Request): string => {
  const { pathname, search } = new URL(raw.url)
  return `${services.settings.publicUrl}${pathname}${search}`
}
