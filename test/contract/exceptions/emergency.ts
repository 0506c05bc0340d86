import { sql } from 'drizzle-orm'
import type { FhirResource, Parameters, ParametersParameter } from 'fhir/r4'
import type { Kind } from '../databases.ts'
import { buildConsent } from '../consents.ts'
import { labelled, observation, patient, practitioner } from '../records.ts'
import { openWorld, type Reply, type Who, type World } from '../world.ts'

/** The clock of the world when it opens. */
export const noon = '2026-06-15T12:00:00Z'

export const mrn = (value: string) => ({ system: 'urn:mrn', value })

/** The four statements of 42 CFR 2.51. */
export const stated: readonly ParametersParameter[] = [
  { name: 'clinician', valueString: 'Dr. Jo Reyes' },
  { name: 'affiliation', valueString: 'Oak Hospital, emergency department' },
  { name: 'emergency', valueString: 'found unresponsive, breathing slowly' },
  { name: 'consentNotObtainable', valueString: 'not conscious' },
]

export const by = (value: string): ParametersParameter => ({
  name: 'identifier',
  valueIdentifier: mrn(value),
})

export const demographics = (
  family: string,
  given = 'Given',
  birthDate = '1990-05-01',
): ParametersParameter[] => [
  { name: 'family', valueString: family },
  { name: 'given', valueString: given },
  { name: 'birthDate', valueDate: birthDate },
]

export const parameters = (...parameter: readonly ParametersParameter[]): Parameters => ({
  resourceType: 'Parameters',
  parameter: [...parameter],
})

export const breakGlass = (world: World, who: Who, ...whom: readonly ParametersParameter[]): Promise<Reply> =>
  world.post(who, 'Patient/$break-glass', parameters(...stated, ...whom))

/** Nora, of the Part 2 program and of the clinic, and others whom she must not be taken for. */
const people: Readonly<Record<string, readonly FhirResource[]>> = {
  recovery: [
    patient('nora', { identifier: [mrn('n1')], name: [{ family: 'Núñez', given: ['Nora', 'Ana'] }] }),
    observation('sud', 'nora', labelled(['SUD', 'OPIOIDUD'])),
    observation('counseling', 'nora', labelled(['counseling-notes'])),
    buildConsent('nobody', {
      patient: 'Patient/nora',
      from: ['recovery', 'clinic'],
      root: { effect: 'deny' },
    }),
  ],
  clinic: [
    patient('nora-2', { identifier: [mrn('n1')], name: [{ family: 'Nunez', given: ['Nora'] }] }),
    observation('mood', 'nora-2', labelled(['MH', 'HIV'])),
    observation('plain', 'nora-2'),
    observation('therapy', 'nora-2', labelled(['PSYTHPN'])),
    patient('olga', { identifier: [mrn('o1')] }),
    observation('other', 'olga', labelled(['HIV'])),
    patient('twin-1', { identifier: [mrn('t1')], name: [{ family: 'Twin', given: ['Sam'] }] }),
    patient('twin-2', { identifier: [mrn('t2')], name: [{ family: 'Twin', given: ['Sam'] }] }),
    practitioner('kim'),
  ],
}

/** What an emergency opens of Nora. */
export const opened = ['Observation/sud', 'Observation/mood', 'Observation/plain']

/** What no emergency opens. */
export const closed = [
  'Observation/counseling',
  'Observation/therapy',
  'Consent/nobody',
  'Observation/other',
  'Patient/olga',
]

export interface Clinicians {
  readonly world: World
  /** A client of an organization that is registered for these purposes. */
  client(id: string, organization: string, purposes: readonly string[]): Promise<void>
}

export const openClinicians = async (kind: Kind): Promise<Clinicians> => {
  const world = await openWorld(kind)
  for (const [custodian, resources] of Object.entries(people)) await world.load(custodian, resources)
  const client = (id: string, organization: string, purposes: readonly string[]) =>
    world
      .client({
        id,
        organization: `Organization/${organization}`,
        scope: 'system/*.cruds user/*.cruds',
        purposes,
      })
      .then(() => undefined)
  await client('emergency-room', 'hospital', ['TREAT', 'BTG'])
  await client('reception', 'hospital', ['TREAT'])
  return { world, client }
}

/** Those of some addresses that answer with a record. */
export const readable = async (world: World, who: Who, addresses: readonly string[]): Promise<string[]> => {
  const replies = await Promise.all(
    addresses.map(async (path) => ({ path, reply: await world.get(who, path) })),
  )
  return replies.filter(({ reply }) => reply.status === 200).map(({ path }) => path)
}

export interface ExceptionRow {
  readonly id: string
  readonly finding: string
  readonly person: number | null
  readonly form: Readonly<Record<string, string>>
}

export const exceptionRows = (world: World): Promise<ExceptionRow[]> =>
  world.rows<ExceptionRow>(sql`SELECT id, finding, person, form FROM exception ORDER BY key`)
