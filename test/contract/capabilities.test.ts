import type { CapabilityStatement, FhirResource } from 'fhir/r4'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { longKinds } from './databases.ts'
import { expectOutcome, expectStatus, searchset } from './outcome.ts'
import {
  concept,
  condition,
  document,
  observation,
  patient,
  practitioner,
  serviceRequest,
  unnamed,
} from './records.ts'
import { openWorld, type World } from './world.ts'

const sensitivity = 'https://sluice.example/fhir/CodeSystem/sensitivity'

/** A valid resource of ten types, to call every declared interaction with. */
const examples: readonly FhirResource[] = [
  patient('x'),
  observation('x', 'ann'),
  condition('x', 'ann'),
  document('x', 'ann'),
  serviceRequest('x', 'ann'),
  practitioner('x'),
  {
    resourceType: 'MedicationRequest',
    id: 'x',
    status: 'active',
    intent: 'order',
    medicationCodeableConcept: concept('http://www.nlm.nih.gov/research/umls/rxnorm', '1191'),
    subject: { reference: 'Patient/ann' },
  },
  {
    resourceType: 'Encounter',
    id: 'x',
    status: 'finished',
    class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'AMB' },
    subject: { reference: 'Patient/ann' },
  },
  {
    resourceType: 'CarePlan',
    id: 'x',
    status: 'active',
    intent: 'plan',
    subject: { reference: 'Patient/ann' },
  },
  { resourceType: 'Location', id: 'x', status: 'active', name: 'Room' },
]

describe.each(longKinds)('what is declared answers on %s', (kind) => {
  let world: World
  let statement: CapabilityStatement

  beforeAll(async () => {
    world = await openWorld(kind)
    await world.load('clinic', [patient('ann')])
    statement = expectStatus(await world.get(undefined, 'metadata'), 200).as<CapabilityStatement>()
  })
  afterAll(() => world.close())

  const declared = (type: string) => {
    const own = statement.rest?.[0]?.resource?.find((resource) => resource.type === type)
    if (own === undefined) throw new Error(`${type} is not declared`)
    return own
  }

  test('metadata needs no token, from any origin, and is a CapabilityStatement of R4', async () => {
    const answered = await world.get(undefined, 'metadata')
    expect(answered.headers.get('content-type')).toBe('application/fhir+json; charset=utf-8')
    expect(answered.headers.get('access-control-allow-origin')).toBe('*')
    expect(statement).toMatchObject({
      resourceType: 'CapabilityStatement',
      fhirVersion: '4.0.1',
      status: 'active',
    })
    expect(world.services.validate(statement).filter(({ severity }) => severity !== 'warning')).toEqual([])
  })

  test.each(examples.map((resource) => [resource.resourceType, resource] as const))(
    'every interaction declared for %s',
    async (type, resource) => {
      const codes = (declared(type).interaction ?? []).map(({ code }) => code)
      expect(codes).toEqual(expect.arrayContaining(['read', 'search-type', 'create']))
      const made = expectStatus(await world.post('clinic', type, unnamed(resource)), 201).as<FhirResource>()
      const path = `${type}/${made.id ?? ''}`
      const calls: Readonly<Record<string, () => Promise<unknown>>> = {
        create: async () => undefined,
        read: async () => expectStatus(await world.get('clinic', path), 200),
        vread: async () =>
          expectStatus(await world.get('clinic', `${path}/_history/${made.meta?.versionId ?? ''}`), 200),
        'history-instance': async () => expectStatus(await world.get('clinic', `${path}/_history`), 200),
        'history-type': async () => expectStatus(await world.get('clinic', `${type}/_history?_count=1`), 200),
        'search-type': async () => searchset(await world.get('clinic', `${type}?_id=${made.id ?? ''}`)),
        update: async () => expectStatus(await world.put('clinic', path, { ...made, language: 'en' }), 200),
        patch: async () =>
          expectStatus(
            await world.send('clinic', 'PATCH', path, {
              headers: { 'content-type': 'application/json-patch+json' },
              body: JSON.stringify([{ op: 'add', path: '/language', value: 'en' }]),
            }),
            200,
          ),
        delete: async () => expectStatus(await world.del('clinic', path), 204),
      }
      const deletedLast = codes.toSorted(
        (one, other) => Number(one === 'delete') - Number(other === 'delete'),
      )
      for (const code of deletedLast) {
        const call = calls[code]
        if (call === undefined) throw new Error(`${code} is declared, and this test does not know it`)
        await call()
      }
    },
  )

  const usual: Readonly<Record<string, string>> = {
    token: 'x',
    reference: 'Patient/ann',
    string: 'x',
    date: '2026',
    uri: 'http://x.example',
    number: '1',
    quantity: '1',
    special: '1|1',
  }

  /** A composite takes a value of each part; these are of codes, and of a number or a date where the name says so. */
  const composite = (name: string): string =>
    `x$${name.endsWith('quantity') ? '1' : name.endsWith('date') ? '2026' : 'x'}`

  test.each(examples.map(({ resourceType }) => resourceType))(
    'every search parameter and include declared for %s',
    async (type) => {
      const { searchParam = [], searchInclude = [], searchRevInclude = [] } = declared(type)
      expect(searchParam.length).toBeGreaterThan(5)
      for (const { name, type: kindOf } of searchParam) {
        const value = kindOf === 'composite' ? composite(name) : usual[kindOf]
        if (value === undefined) throw new Error(`${name} is declared as ${kindOf}`)
        searchset(await world.get('clinic', `${type}?${name}=${encodeURIComponent(value)}`))
      }
      for (const include of searchInclude) searchset(await world.get('clinic', `${type}?_include=${include}`))
      for (const include of searchRevInclude)
        searchset(await world.get('clinic', `${type}?_count=1&_revinclude=${include}`))
    },
  )

  test('every type that is declared can be searched', async () => {
    const types = statement.rest?.[0]?.resource ?? []
    expect(types.length).toBeGreaterThan(100)
    for (const { type } of types) {
      const found = await world.get(type === 'AuditEvent' ? 'clinic-policy' : 'clinic', `${type}?_count=1`)
      expect(expectStatus(found, 200).as()).toMatchObject({ resourceType: 'Bundle', type: 'searchset' })
    }
  })

  test('conditional create and updateCreate are as declared', async () => {
    expect(declared('Observation')).toMatchObject({ conditionalCreate: true, updateCreate: false })
    const when = { 'if-none-exist': 'identifier=urn:none|none' }
    expectStatus(await world.post('clinic', 'Observation', unnamed(observation('', 'ann')), when), 201)
    expectOutcome(await world.put('clinic', 'Observation/chosen', observation('chosen', 'ann')), 405)
  })

  test('system interactions declared are batch, transaction and history, and all answer', async () => {
    expect(statement.rest?.[0]?.interaction?.map(({ code }) => code).toSorted()).toEqual([
      'batch',
      'history-system',
      'search-system',
      'transaction',
    ])
    expectStatus(await world.get('clinic', '_history?_count=1'), 200)
    for (const type of ['batch', 'transaction'])
      expectStatus(await world.post('clinic', '', { resourceType: 'Bundle', type, entry: [] }), 200)
  })

  test('every operation that is declared answers, and conditional interactions are as declared', async () => {
    const calls: Readonly<Record<string, readonly [string, object?]>> = {
      'break-glass': ['Patient/$break-glass', { resourceType: 'Parameters' }],
      'consent-decision': ['$consent-decision', { resourceType: 'Parameters' }],
      effect: ['Consent/$effect', { resourceType: 'Parameters' }],
      export: ['$export'],
      everything: ['Patient/ann/$everything'],
      extract: ['QuestionnaireResponse/$extract', { resourceType: 'Parameters' }],
      expand: ['ValueSet/$expand?url=http://hl7.org/fhir/ValueSet/administrative-gender'],
      lastn: ['Observation/$lastn?patient=Patient/ann&max=1'],
      lookup: [`CodeSystem/$lookup?system=${sensitivity}&code=ferpa`],
      match: ['Patient/$match', { resourceType: 'Parameters' }],
      meta: ['Patient/ann/$meta'],
      'meta-add': ['Patient/ann/$meta-add', { resourceType: 'Parameters' }],
      'meta-delete': ['Patient/ann/$meta-delete', { resourceType: 'Parameters' }],
      populate: ['Questionnaire/$populate', { resourceType: 'Parameters' }],
      'preview-disclosure': ['Patient/ann/$preview-disclosure'],
      validate: ['Patient/$validate', { resourceType: 'Patient' }],
      subsumes: [`CodeSystem/$subsumes?system=${sensitivity}&codeA=ferpa&codeB=ferpa`],
      translate: ['ConceptMap/$translate?system=urn:x&code=x&targetsystem=urn:y'],
      'validate-code': [`CodeSystem/$validate-code?url=${sensitivity}&code=ferpa`],
      why: ['Patient/ann/$why'],
    }
    const [rest] = statement.rest ?? []
    const names = new Set(
      [rest, ...(rest?.resource ?? [])].flatMap((at) => at?.operation ?? []).map(({ name }) => name),
    )
    expect([...names].toSorted()).toEqual(Object.keys(calls).toSorted())
    for (const [path, body] of Object.values(calls)) {
      const reply = await (body === undefined ? world.get('clinic', path) : world.post('clinic', path, body))
      expect([200, 400], path).toContain(reply.status)
    }
    const none = 'identifier=urn:none|nobody'
    expect(declared('Observation')).toMatchObject({ conditionalUpdate: true, conditionalDelete: 'multiple' })
    expectStatus(
      await world.send('clinic', 'PUT', `Observation?${none}`, {
        headers: { 'content-type': 'application/fhir+json' },
        body: JSON.stringify(unnamed(observation('', 'ann'))),
      }),
      201,
    )
    expectStatus(await world.del('clinic', `Observation?${none}`), 204)
  })

  test('every compartment that is declared can be searched', async () => {
    const compartments = statement.rest?.[0]?.compartment ?? []
    expect(compartments.length).toBe(5)
    for (const url of compartments) {
      const owner = ['Device', 'Encounter', 'Patient', 'Practitioner', 'RelatedPerson'].find((name) =>
        url.endsWith(`/${name.toLowerCase()}`),
      )
      searchset(await world.get('clinic', `${owner ?? url}/none/*`))
    }
  })

  test('the token endpoint that is declared is the one that SMART discovery names', async () => {
    const discovery = expectStatus(await world.get(undefined, '.well-known/smart-configuration'), 200)
    const [uris] = statement.rest?.[0]?.security?.extension ?? []
    const declared = uris?.extension?.find(({ url }) => url === 'token')?.valueUri
    expect(discovery.as<{ token_endpoint: string }>().token_endpoint).toBe(declared)
    expect(discovery.headers.get('content-type')).toMatch('application/json')
  })
})
