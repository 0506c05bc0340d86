import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { longKinds } from '../databases.ts'
import { expectOutcome, expectStatus } from '../outcome.ts'
import { observation, patient } from '../records.ts'
import { openWorld, type World } from '../world.ts'
import { drain, exported, kickOff, kickOffHeaders, manifestAt, pathOf } from './exporting.ts'

describe.each(longKinds)('what $export refuses, on %s', (kind) => {
  let world: World

  beforeAll(async () => {
    world = await openWorld(kind)
    await world.load('clinic', [patient('ann'), observation('o1', 'ann')])
    await world.know('hospital', 'Patient/ann')
    await world.member('kim', 'Practitioner/kim', 'Organization/clinic', 'clinician')
  })
  afterAll(() => world.close())

  const filter = (query: string): string => `$export?_typeFilter=${encodeURIComponent(query)}`

  test.each([
    [
      'nothing asks for an answer later',
      '$export',
      { accept: 'application/fhir+json' },
      400,
      'Prefer: respond-async',
    ],
    ['another output', '$export?_outputFormat=text/csv', kickOffHeaders, 400, '_outputFormat'],
    ['a type that is none', '$export?_type=Patient,Nothing', kickOffHeaders, 400, '_type'],
    ['the trail', '$export?_type=AuditEvent', kickOffHeaders, 400, '_type'],
    ['what is in no compartment', 'Patient/$export?_type=Organization', kickOffHeaders, 400, 'compartment'],
    ['a date for an instant', '$export?_since=2026-01-01', kickOffHeaders, 400, '_since'],
    ['no instant at all', '$export?_until=soon', kickOffHeaders, 400, '_until'],
    [
      'two instants',
      '$export?_since=2026-01-01T00:00:00Z&_since=2026-01-02T00:00:00Z',
      kickOffHeaders,
      400,
      'once',
    ],
    [
      'another organization of the output',
      '$export?organizeOutputBy=Patient',
      kickOffHeaders,
      400,
      'organizeOutputBy',
    ],
    [
      'other data beside',
      '$export?includeAssociatedData=Everything',
      kickOffHeaders,
      400,
      'includeAssociatedData',
    ],
    ['a parameter that is none', '$export?_nonsense=1', kickOffHeaders, 400, 'CapabilityStatement'],
    ['patients by GET', 'Patient/$export?patient=Patient/ann', kickOffHeaders, 400, 'POST'],
    ['patients of the system', '$export?patient=Patient/ann', kickOffHeaders, 400, 'Patient/$export'],
    [
      'a filter of another type',
      `${filter('Patient?gender=female')}&_type=Observation`,
      kickOffHeaders,
      400,
      '_typeFilter',
    ],
    ['a filter that is not served', filter('Observation?nonsense=1'), kickOffHeaders, 400, 'nonsense'],
    ['a filter with a value that is none', filter('Observation?date=soon'), kickOffHeaders, 400, 'date'],
    ['a filter that sorts', filter('Observation?_sort=date'), kickOffHeaders, 400, 'shapes'],
    ['a Group that is none', 'Group/nowhere/$export', kickOffHeaders, 404, 'no such'],
  ])('%s', async (_, path, headers, status, said) => {
    const reply = await world.get('hospital', path, headers)
    expect(expectOutcome(reply, status)).toContain(said)
    expect(reply.headers.get('content-location')).toBe(null)
  })

  test('an export speaks JSON', async () => {
    const reply = await world.get('hospital', '$export', {
      ...kickOffHeaders,
      accept: 'application/fhir+xml',
    })
    expect([reply.status, reply.headers.get('content-location')]).toEqual([406, null])
  })

  test('what may be passed over is, under lenient handling, and the manifest says so', async () => {
    const path = `$export?_type=Patient,Nothing,Observation&_nonsense=1&organizeOutputBy=Patient&includeAssociatedData=Everything&_typeFilter=${encodeURIComponent('Observation?nonsense=1&_sort=date&status=final')}`
    const lenient = { prefer: 'respond-async, handling=lenient' }
    const { notes, keys } = await exported(world, 'hospital', path, lenient)
    expect(keys).toEqual(['Observation/o1', 'Patient/ann'])
    const issues = notes.flatMap((own) => own['issue'] as { severity: string; details: { text: string } }[])
    expect(issues.map(({ severity }) => severity)).toEqual(Array(6).fill('information'))
    const texts = issues.map(({ details }) => details.text).join('; ')
    for (const word of ['_type`', 'organizeOutputBy', 'includeAssociatedData', '_typeFilter', 'shapes'])
      expect(texts).toContain(word)
    expect(texts).not.toMatch(/nonsense|Nothing|Everything/)
    const never = await world.get('hospital', '$export?_since=soon', { ...kickOffHeaders, ...lenient })
    expectOutcome(never, 400)
  })

  test('patients who are not there are passed over under lenient handling', async () => {
    const parameter = ['ann', 'nobody'].map((id) => ({
      name: 'patient',
      valueReference: { reference: `Patient/${id}` },
    }))
    const body = { resourceType: 'Parameters', parameter }
    const headers = { ...kickOffHeaders, prefer: 'respond-async,handling=lenient' }
    const reply = expectStatus(await world.post('hospital', 'Patient/$export', body, headers), 202)
    await drain(world)
    const manifest = await manifestAt(world, 'hospital', pathOf(reply.headers.get('content-location') ?? ''))
    expect(manifest.output.map(({ type, count }) => [type, count])).toEqual([
      ['Observation', 1],
      ['Patient', 1],
    ])
    expect(manifest.error).toHaveLength(1)
    for (const wrong of [{ valueReference: { reference: 'Group/1' } }, { valueString: 'Patient/ann' }]) {
      const bad = { resourceType: 'Parameters', parameter: [{ name: 'patient', ...wrong }] }
      expectOutcome(await world.post('hospital', 'Patient/$export', bad, headers), 400)
    }
  })

  test('nobody but backend services, with the scopes that it takes', async () => {
    const ask = (who: Parameters<World['get']>[0], path = '$export') => world.get(who, path, kickOffHeaders)
    expectOutcome(await ask(undefined), 401)
    const user = await world.token('clinic', { user: 'kim' })
    expect(expectOutcome(await ask(user), 403)).toContain('backend')
    const patientToken = await world.token('clinic', { patient: 'ann', purpose: 'PATRQT' })
    expect(expectOutcome(await ask(patientToken), 403)).toContain('backend')
    const scoped = (scope: string) => world.token('hospital', { scope })
    expectOutcome(await ask(await scoped('system/Observation.r')), 403)
    const read = await scoped('system/Observation.rs')
    expect(expectOutcome(await ask(read, '$export?_type=Observation,Patient'), 403)).toContain(
      'system/Patient.rs',
    )
    expectOutcome(await ask(read, 'Patient/$export'), 403)
    expectOutcome(await ask(await scoped('system/Patient.rs'), 'Group/any/$export'), 403)
    expectOutcome(
      await ask(read, '$export?_type=Observation&includeAssociatedData=LatestProvenanceResources'),
      403,
    )
    expectOutcome(await ask(read, filter('Observation?subject:Patient.gender=female')), 403)
  })

  test('a job is its own client’s, in what it asks for; to anybody else it is not there', async () => {
    const job = await kickOff(world, 'hospital', '$export?_type=Observation')
    await drain(world)
    const [file] = (await manifestAt(world, 'hospital', job)).output
    await world.client({
      id: 'other-app',
      organization: 'Organization/hospital',
      scope: 'system/*.cruds',
      purposes: ['TREAT'],
    })
    const strangers = ['other-app', 'clinic', await world.token('hospital', { purpose: 'COC' })]
    const paths = [job, pathOf(file?.url ?? '')]
    for (const path of paths) {
      const nowhere = path.replace(/made-\d+/, 'made-0')
      const expected = expectOutcome(await world.get('hospital', nowhere), 404)
      for (const who of strangers) expect(expectOutcome(await world.get(who, path), 404)).toBe(expected)
      expectOutcome(await world.get(undefined, path), 401)
    }
    for (const who of strangers) expectOutcome(await world.del(who, job), 404)
    expectStatus(await world.get('hospital', job), 200)
    expectOutcome(await world.get('hospital', `${job}/Patient.1.ndjson`), 404)
    expectOutcome(await world.get('hospital', `${job}/OperationOutcome.1.ndjson`), 404)
  })

  test('a token that reaches less gets less of a job', async () => {
    const job = await kickOff(world, 'hospital', '$export?_type=Observation,Patient')
    await drain(world)
    const urls = (await manifestAt(world, 'hospital', job)).output.map(({ url }) => pathOf(url))
    const less = await world.token('hospital', { scope: 'system/Patient.rs' })
    expect((await manifestAt(world, less, job)).output.map(({ type }) => type)).toEqual(['Patient'])
    expectOutcome(await world.get(less, urls[0] ?? ''), 403)
    expectStatus(await world.get(less, urls[1] ?? ''), 200)
  })
})
