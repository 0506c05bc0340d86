import { sql } from 'drizzle-orm'
import type { CarePlan, FhirResource, Group, GroupMember, Observation, Provenance } from 'fhir/r4'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { longKinds } from '../databases.ts'
import { expectStatus } from '../outcome.ts'
import { condition, icd10, labelled, observation, patient, practitioner } from '../records.ts'
import { openTwins, plain, type Twins } from '../operations/twins.ts'
import { base, type World } from '../world.ts'
import {
  drain,
  exported,
  type Exported,
  fetched,
  kickOff,
  kickOffHeaders,
  manifestAt,
  pathOf,
} from './exporting.ts'

const group = (id: string, members: readonly GroupMember[] = []): Group => ({
  resourceType: 'Group',
  id,
  type: 'person',
  actual: true,
  member: [...members],
})

const member = (id: string, more: object = {}) => ({ entity: { reference: `Patient/${id}` }, ...more })

const provenance = (id: string, target: string, recorded: string): Provenance => ({
  resourceType: 'Provenance',
  id,
  target: [{ reference: target }, { reference: 'Patient/ann' }],
  recorded,
  agent: [{ who: { reference: 'Practitioner/doc' } }],
})

const plan = (problems: readonly string[]): CarePlan => ({
  resourceType: 'CarePlan',
  id: 'plan',
  status: 'active',
  intent: 'plan',
  subject: { reference: 'Patient/ann' },
  addresses: problems.map((id) => ({ reference: `Condition/${id}` })),
})

const shown: readonly FhirResource[] = [
  practitioner('doc'),
  patient('ann'),
  patient('bea'),
  patient('cal'),
  observation('o1', 'ann'),
  observation('o2', 'ann', {
    effectiveDateTime: '2026-02-10',
    performer: [{ reference: 'Practitioner/doc' }],
  }),
  observation('o3', 'bea', { status: 'amended' }),
  observation('o4', 'bea', { performer: [{ reference: 'Patient/ann' }] }),
  condition('c1', 'ann'),
  condition('c2', 'cal'),
  provenance('p1', 'Observation/o1', '2026-03-01T10:00:00Z'),
  provenance('p2', 'Observation/o1', '2026-03-02T10:00:00Z'),
]

/** What the hospital may not see: records, a patient whom it does not know, and what stands only in a richer cut. */
const hidden: readonly FhirResource[] = [
  observation('h1', 'ann', labelled(['HIV'])),
  observation('a0', 'ann', labelled(['HIV'])),
  condition('alcohol', 'ann', { code: icd10('F10.20') }),
  patient('zoe', labelled(['HIV'])),
  observation('h3', 'zoe', labelled(['HIV'])),
  provenance('p3', 'Observation/h1', '2026-03-03T10:00:00Z'),
]

describe.each(longKinds)('$export on %s', (kind) => {
  let twins: Twins
  let world: World

  beforeAll(async () => {
    twins = await openTwins(kind, shown, hidden, async (one) => {
      const isWhole = (await one.rows(sql`SELECT FROM resource WHERE id = 'h1'`)).length > 0
      await one.load('clinic', [
        plan(isWhole ? ['c1', 'alcohol'] : ['c1']),
        group('team', [
          member('ann'),
          member('bea', { inactive: true }),
          member('cal', { period: { end: '2027' } }),
        ]),
      ])
      await one.load('hospital', [
        group('own', [
          member('cal'),
          ...(isWhole ? [member('zoe')] : []),
          member('ann', { period: { start: '2026-01-01', end: '2026-02-01' } }),
          member('bea'),
        ]),
      ])
      if (isWhole)
        await one.load(
          'clinic',
          [group('secret', [member('ann')])].map((own) => ({ ...own, ...labelled(['HIV']) })),
        )
      for (const id of ['ann', 'bea', 'cal']) await one.know('hospital', `Patient/${id}`)
    })
    world = twins.whole
  })
  afterAll(() => twins.close())

  /** An export in both worlds: the same, but for names of jobs and versions. */
  const both = async (path: string, headers = {}): Promise<Exported> => {
    const [one, other] = [
      await exported(twins.whole, 'hospital', path, headers),
      await exported(twins.without, 'hospital', path, headers),
    ]
    expect(neutral(one)).toEqual(neutral(other))
    return one
  }

  test('of the system: each type in a file of its own, and nothing of what is hidden', async () => {
    const { keys, manifest, resources } = await both('$export?_type=Patient,Observation,Condition,CarePlan')
    expect(keys).toEqual([
      'CarePlan/plan',
      'Condition/c1',
      'Condition/c2',
      ...['o1', 'o2', 'o3', 'o4'].map((id) => `Observation/${id}`),
      ...['ann', 'bea', 'cal'].map((id) => `Patient/${id}`),
    ])
    expect(manifest).toMatchObject({
      transactionTime: '2026-06-15T12:00:00.000Z',
      request: `${base}/$export?_type=Patient,Observation,Condition,CarePlan`,
      requiresAccessToken: true,
      deleted: [],
      error: [],
    })
    expect(manifest.output.map(({ type, count }) => [type, count])).toEqual([
      ['CarePlan', 1],
      ['Condition', 2],
      ['Observation', 4],
      ['Patient', 3],
    ])
    expect(resources[0]?.['addresses']).toEqual([{ reference: 'Condition/c1' }])
  })

  test('of all that the token may read, where no type is named', async () => {
    const { manifest } = await both('$export')
    expect(manifest.output.map(({ type }) => type)).toEqual(
      expect.arrayContaining([
        'CarePlan',
        'Condition',
        'Group',
        'Observation',
        'Patient',
        'Practitioner',
        'Provenance',
      ]),
    )
    const who = await world.token('hospital', {
      scope: 'system/Observation.rs system/Patient.r system/Condition.s',
    })
    const own = await exported(world, who, '$export')
    expect(own.manifest.output.map(({ type }) => type)).toEqual(['Observation'])
  })

  test('of all patients: what is in their compartments, each once', async () => {
    const { keys } = await both('Patient/$export')
    expect(keys.filter((key) => key.startsWith('Observation/'))).toHaveLength(4)
    expect(keys).not.toContain('Practitioner/doc')
    expect(new Set(keys).size).toBe(keys.length)
    expect(keys).toEqual(
      expect.arrayContaining(['Patient/ann', 'CarePlan/plan', 'Condition/c2', 'Group/team']),
    )
  })

  test('of a Group: its members who are members now; a hidden one is none', async () => {
    const { keys } = await both('Group/team/$export?_type=Patient,Observation,Condition')
    expect(keys).toEqual([
      'Condition/c1',
      'Condition/c2',
      'Observation/o1',
      'Observation/o2',
      'Observation/o4',
      'Patient/ann',
      'Patient/cal',
    ])
    const own = await both('Group/own/$export?_type=Patient,Observation')
    expect(own.keys).toEqual(['Observation/o3', 'Observation/o4', 'Patient/bea', 'Patient/cal'])
  })

  test('a hidden Group is one that does not exist', async () => {
    const replies = await Promise.all(
      ['secret', 'nowhere'].map((id) => world.get('hospital', `Group/${id}/$export`, kickOffHeaders)),
    )
    expect(replies.map(({ status }) => status)).toEqual([404, 404])
    expect(plain(replies[0] as never)).toEqual(plain(replies[1] as never))
    expectStatus(await world.get('clinic', 'Group/secret/$export', kickOffHeaders), 202)
  })

  const byPost = (world: World, path: string, parameter: readonly object[], headers = {}) =>
    world.post('hospital', path, { resourceType: 'Parameters', parameter }, { ...kickOffHeaders, ...headers })

  test('by POST: parameters, and patients by name', async () => {
    const reply = await byPost(world, 'Patient/$export', [
      { name: '_type', valueString: 'Observation' },
      { name: '_type', valueString: 'Patient' },
      { name: 'patient', valueReference: { reference: 'Patient/bea' } },
    ])
    const job = pathOf(expectStatus(reply, 202).headers.get('content-location') ?? '')
    await drain(world)
    const { keys } = await fetched(world, 'hospital', job)
    expect(keys).toEqual(['Observation/o3', 'Observation/o4', 'Patient/bea'])
  })

  test.each(['Patient/$export', 'Group/team/$export'])(
    'a patient who is hidden is none, by name either: %s',
    async (path) => {
      const replies = await Promise.all(
        [twins.whole, twins.without].flatMap((one) =>
          ['zoe', 'nobody'].map((id) =>
            byPost(one, path, [{ name: 'patient', valueReference: { reference: `Patient/${id}` } }]),
          ),
        ),
      )
      expect(replies.map(({ status }) => status)).toEqual([404, 404, 404, 404])
      expect(new Set(replies.map((reply) => JSON.stringify(plain(reply)))).size).toBe(1)
      expect(replies[0]?.text).not.toContain('zoe')
    },
  )

  test('what is found by any of several filters; other types are whole', async () => {
    const path = `$export?_type=Observation,Patient&_typeFilter=${encodeURIComponent('Observation?status=amended')}&_typeFilter=${encodeURIComponent('Observation?date=2026-02-10')}`
    const { keys } = await both(path)
    expect(keys).toEqual(['Observation/o2', 'Observation/o3', 'Patient/ann', 'Patient/bea', 'Patient/cal'])
    const joined = encodeURIComponent('Observation?status=amended,Observation?date=2026-02-10,2026-03-01')
    expect((await both(`$export?_type=Observation&_typeFilter=${joined}`)).keys).toHaveLength(4)
  })

  test('filters apply to what is in a compartment, and find nothing by what is hidden', async () => {
    const of = (query: string) =>
      `Patient/$export?_type=Observation,CarePlan&_typeFilter=${encodeURIComponent(query)}`
    expect((await both(of('CarePlan?condition=Condition/alcohol'))).keys).not.toContain('CarePlan/plan')
    expect((await both(of('CarePlan?condition=Condition/c1'))).keys).toContain('CarePlan/plan')
    expect((await both(of('Observation?_has:Provenance:target:_id=p3'))).keys).toEqual(['CarePlan/plan'])
  })

  test('only some elements, marked as such', async () => {
    const { resources } = await both('$export?_type=Observation,Patient&_elements=id,status,Patient.gender')
    const [one] = resources as unknown as Observation[]
    expect(Object.keys(one ?? {}).toSorted()).toEqual(['code', 'id', 'meta', 'resourceType', 'status'])
    expect(one?.meta?.tag).toEqual([expect.objectContaining({ code: 'SUBSETTED' })])
    expect(resources.find(({ resourceType }) => resourceType === 'Patient')).toMatchObject({
      gender: 'female',
    })
    expect(JSON.stringify(resources)).not.toContain('birthDate')
  })

  test('Provenances of what is exported: all, or the newest of each', async () => {
    const all = await both('$export?_type=Observation&includeAssociatedData=RelevantProvenanceResources')
    expect(all.keys.filter((key) => key.startsWith('Provenance/'))).toEqual([
      'Provenance/p1',
      'Provenance/p2',
    ])
    const newest = await both('$export?_type=Observation&includeAssociatedData=LatestProvenanceResources')
    expect(newest.keys.filter((key) => key.startsWith('Provenance/'))).toEqual(['Provenance/p2'])
  })

  test('files are packed where that is asked for', async () => {
    const job = await kickOff(world, 'hospital', '$export?_type=Observation')
    await drain(world)
    const [file] = (await manifestAt(world, 'hospital', job)).output
    const { token } = await world.token('hospital')
    const ask = (encoding: string) =>
      world.app.request(file?.url ?? '', {
        headers: { authorization: `Bearer ${token}`, 'accept-encoding': encoding },
      })
    const packed = await ask('br;q=1, gzip;q=0.5')
    expect(packed.headers.get('content-encoding')).toBe('gzip')
    expect(packed.headers.get('vary')).toBe('accept-encoding')
    const text = await new Response(packed.body?.pipeThrough(new DecompressionStream('gzip'))).text()
    const whole = await ask('gzip;q=0')
    expect(whole.headers.get('content-encoding')).toBe(null)
    expect(await whole.text()).toBe(text)
    expect(text.split('\n')).toHaveLength(5)
  })

  test('is declared, by the definitions of Bulk Data', async () => {
    const metadata = (await world.get(undefined, 'metadata')).as<{
      instantiates: string[]
      rest: { operation: object[]; resource: { type: string; operation: object[] }[] }[]
    }>()
    const defined = (name: string) => ({
      name: 'export',
      definition: `http://hl7.org/fhir/uv/bulkdata/OperationDefinition/${name}`,
    })
    expect(metadata.instantiates).toContain('http://hl7.org/fhir/uv/bulkdata/CapabilityStatement/bulk-data')
    const [rest] = metadata.rest
    expect(rest?.operation).toContainEqual(defined('export'))
    for (const [type, name] of [
      ['Patient', 'patient-export'],
      ['Group', 'group-export'],
    ] as const)
      expect(rest?.resource.find((own) => own.type === type)?.operation).toContainEqual(defined(name))
  })
})

const neutral = ({ manifest, ...rest }: Exported): unknown =>
  JSON.parse(
    JSON.stringify({ ...rest, job: '', manifest })
      .replaceAll(/"versionId":"[^"]*"/g, '"versionId":"-"')
      .replaceAll(/\$export\/made-\d+/g, '$export/-'),
  )
