import type { CapabilityStatement } from 'fhir/r4'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { kinds } from '../databases.ts'
import { expectOutcome, expectStatus } from '../outcome.ts'
import { openWorld, type World } from '../world.ts'

describe.each(kinds)('operations that are declared, on %s', (kind) => {
  let world: World

  beforeAll(async () => {
    world = await openWorld(kind)
  })
  afterAll(() => world.close())

  test('each type has its own, by their definitions at HL7', async () => {
    const [rest] =
      expectStatus(await world.get(undefined, 'metadata'), 200).as<CapabilityStatement>().rest ?? []
    const declared = new Map<string, string[]>(
      (rest?.resource ?? []).map(({ type, operation = [] }) => [
        type,
        operation.map(({ definition }) => definition),
      ]),
    )
    const url = (name: string): string => `http://hl7.org/fhir/OperationDefinition/${name}`
    const own = (name: string): string => `https://sluice.example/fhir/OperationDefinition/${name}`
    const bulk = (name: string): string => `http://hl7.org/fhir/uv/bulkdata/OperationDefinition/${name}`
    const common = [
      ...['Resource-meta', 'Resource-meta-add', 'Resource-meta-delete', 'Resource-validate'].map(url),
      own('why'),
    ]
    expect(declared.get('Patient')).toEqual([
      url('Patient-everything'),
      url('Patient-match'),
      own('Patient-break-glass'),
      ...common.slice(0, 4),
      own('preview-disclosure'),
      bulk('patient-export'),
      own('why'),
    ])
    expect(declared.get('Consent')).toEqual([...common.slice(0, 4), own('effect'), own('why')])
    expect(declared.get('Encounter')).toEqual([url('Encounter-everything'), ...common])
    expect(declared.get('Observation')).toEqual([url('Observation-lastn'), ...common])
    expect(declared.get('Group')).toEqual([...common.slice(0, 4), bulk('group-export'), own('why')])
    expect(declared.get('Location')).toEqual(common)
    expect(declared.get('ValueSet')).toEqual([
      url('ValueSet-expand'),
      url('ValueSet-validate-code'),
      ...common,
    ])
    expect(declared.get('CodeSystem')).toEqual([
      url('CodeSystem-validate-code'),
      url('CodeSystem-lookup'),
      url('CodeSystem-subsumes'),
      ...common,
    ])
    expect(declared.get('ConceptMap')).toEqual([url('ConceptMap-translate'), ...common])
    expect(declared.get('AuditEvent')).toEqual([])
    expect(rest?.operation).toEqual([
      { name: 'meta', definition: url('Resource-meta') },
      { name: 'consent-decision', definition: own('consent-decision') },
      { name: 'export', definition: bulk('export') },
    ])
  })

  test.each([
    'Observation/$everything',
    'Patient/$lastn',
    'Nothing/$meta',
    'AuditEvent/$meta',
    '$everything',
    'Patient/$nonsense',
  ])('there is no such operation: %s', async (path) => {
    const reply = await world.get('clinic', path)
    expectOutcome(reply, 404)
    const entry = [{ request: { method: 'GET', url: path } }]
    const batch = await world.post('clinic', '', { resourceType: 'Bundle', type: 'batch', entry })
    expect(batch.text).toContain('"status":"404"')
  })
})
