import { createAdaptorServer } from '@hono/node-server'
import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Bundle, BundleEntry, Encounter, Observation, Organization } from 'fhir/r4'
import { upsertClient } from '../../src/smart/clients.ts'
import { sha256 } from '../../src/smart/secrets.ts'
import type { Kind } from '../contract/databases.ts'
import { concept, loinc, observation, patient, practitioner, unnamed } from '../contract/records.ts'
import { openWorld, type TokenOptions, type World } from '../contract/world.ts'
import { type Key, makeKey } from '../smart/world.ts'

/** The gateway as a program meets it: over HTTP, on a port of this machine. */
export interface Gateway {
  readonly world: World
  /** Its address, and its FHIR base. */
  readonly url: string
  readonly base: string
  /** The key of the client `signing`. */
  readonly key: Key
  /** An access token of the clinic. */
  token(options?: TokenOptions): Promise<string>
  close(): Promise<void>
}

/** The secret of the client `knowing`. */
export const secret = 'a secret of more than thirty-two letters'

/** Listens first, since the gateway puts its own address into what it answers. */
export const openGateway = async (kind: Kind): Promise<Gateway> => {
  const answering = {
    fetch: (_request: Request): Response | Promise<Response> => new Response(null, { status: 503 }),
  }
  const server = createAdaptorServer({ fetch: (request) => answering.fetch(request) }) as Server
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const world = await openWorld(kind, { publicUrl: url })
  answering.fetch = (request) => world.app.fetch(request)
  await world.load('clinic', records)
  await world.load('hospital', [patient('elsewhere')])
  const key = await makeKey('client', 'ES384')
  await registerClients(world, key)
  return {
    world,
    url,
    base: `${url}/fhir`,
    key,
    token: async (options) => (await world.token('clinic', options)).token,
    close: async () => {
      server.closeAllConnections()
      server.close()
      await world.close()
    },
  }
}

/** Two clients of the clinic: one signs, the other knows a secret. */
const registerClients = async ({ database }: World, { jwk }: Key): Promise<void> => {
  const common = {
    organization: 'Organization/clinic',
    scope: 'system/*.cruds',
    purposes: ['TREAT'],
    redirects: [],
    roles: [],
  }
  await upsertClient(database, { ...common, id: 'signing', kind: 'jwks', jwks: { keys: [jwk] } })
  await upsertClient(database, { ...common, id: 'knowing', kind: 'secret', secret: await sha256(secret) })
}

const pulse = '8867-4'
const weight = '29463-7'

/** The codes of the measurements: seven of the pulse, one a day, and two of the weight. */
export const codes = { pulse, weight }

const measured = (code: string, value: number, unit: string, day: number): Observation =>
  observation(`${code}-${day}`, 'ann', {
    category: [concept('http://terminology.hl7.org/CodeSystem/observation-category', 'vital-signs')],
    code: loinc(code),
    effectiveDateTime: `2026-05-0${day}`,
    valueQuantity: { value, unit, system: 'http://unitsofmeasure.org', code: unit },
    performer: [{ reference: 'Practitioner/lee' }],
    encounter: { reference: 'Encounter/visit' },
  })

const clinic: Organization = { resourceType: 'Organization', id: 'elm', name: 'Elm Clinic', active: true }

const visit: Encounter = {
  resourceType: 'Encounter',
  id: 'visit',
  status: 'finished',
  class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'AMB' },
  subject: { reference: 'Patient/ann' },
  period: { start: '2026-05-01', end: '2026-05-01' },
}

/** What the clinic holds: one patient with her doctor, a visit and nine measurements, and another with nothing. */
const records = [
  clinic,
  practitioner('lee'),
  patient('ann', {
    identifier: [{ system: 'urn:mrn', value: 'ann' }],
    generalPractitioner: [{ reference: 'Practitioner/lee' }],
    managingOrganization: { reference: 'Organization/elm' },
  }),
  patient('bob'),
  visit,
  ...[1, 2, 3, 4, 5, 6, 7].map((day) => measured(pulse, 60 + day, '/min', day)),
  ...[1, 2].map((day) => measured(weight, 70 + day, 'kg', day)),
]

/** Ids of what is in a Bundle, in its order. */
export const idsOf = ({ entry = [] }: Bundle): string[] => entry.map(({ resource }) => resource?.id ?? '')

/** A patient with this identifier, and an observation that cites her before either has an id. */
export const together = (system: string, value: string, more: Partial<Observation> = {}): BundleEntry[] => {
  const fullUrl = 'urn:uuid:00000000-0000-4000-8000-000000000001'
  const measurement = observation('', '', { subject: { reference: fullUrl }, ...more })
  const person = patient('', { identifier: [{ system, value }] })
  return [
    { resource: unnamed(measurement), request: { method: 'POST', url: 'Observation' } },
    { fullUrl, resource: unnamed(person), request: { method: 'POST', url: 'Patient' } },
  ]
}
