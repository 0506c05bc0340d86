import type { Bundle, CareTeam, FhirResource, Observation } from 'fhir/r4'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { drain, kickOff, linesAt, manifestAt } from '../bulk/exporting.ts'
import { longKinds } from '../databases.ts'
import { expectOutcome, expectStatus, matches } from '../outcome.ts'
import { concept, observation, patient } from '../records.ts'
import { type Bearer, openWorld, type World } from '../world.ts'

const categories = 'http://terminology.hl7.org/CodeSystem/observation-category'

const categorized = (id: string, subject: string, category: string, more: Partial<Observation> = {}) =>
  observation(id, subject, { category: [concept(categories, category)], ...more })

const inside: FhirResource[] = [
  categorized('s1', 'ann', 'survey'),
  categorized('s2', 'bea', 'survey', { derivedFrom: [{ reference: 'Observation/v1' }] }),
]
const outside: FhirResource[] = [
  categorized('v1', 'ann', 'vital-signs', { hasMember: [{ reference: 'Observation/s1' }] }),
  categorized('v2', 'cleo', 'vital-signs'),
  observation('bare', 'bea'),
]
const encounter: FhirResource = {
  resourceType: 'Encounter',
  id: 'enc',
  status: 'finished',
  class: { code: 'AMB' },
  subject: { reference: 'Patient/ann' },
}
const others: FhirResource[] = [patient('ann'), patient('bea'), patient('cleo'), encounter]

/** A scope that is narrowed reaches what its search finds, and of other types all. */
const narrowed = `system/Observation.cruds?category=${categories}|survey system/Patient.rs system/Encounter.rs system/List.rs`
const whole = 'system/Observation.cruds system/Patient.rs system/Encounter.rs system/List.rs'

/** Requests whose answers could tell of what the scope does not reach. */
const questions = [
  'Observation?_sort=_id',
  'Observation?_total=accurate&_count=0',
  'Observation?category:not=survey',
  'Observation?category=vital-signs,survey&_sort=-_id',
  'Observation?patient=Patient/ann',
  'Observation?derived-from:Observation.status=final',
  'Observation?_include=Observation:derived-from&_sort=_id',
  'Observation?has-member=Observation/s1',
  'Observation?derived-from=Observation/v1',
  'Observation/v1',
  'Observation/s1',
  'Observation/v1/_history',
  'Observation/s1/_history',
  'Observation/v1/_history/1',
  'Observation/_history?_sort=none',
  'Observation/$lastn?patient=Patient/ann&category=vital-signs',
  'Patient?_has:Observation:patient:category=vital-signs&_sort=_id',
  'Patient?_has:Observation:patient:status=final&_sort=_id',
  'Patient?_sort=_id&_revinclude=Observation:subject',
  'Patient/ann/$everything',
  'Patient/ann/Observation?_sort=_id',
  'Patient/ann/*?_sort=_id',
  '?_type=Observation,Patient&_sort=_id',
  '_history?_count=50',
  'Observation/s2/$meta',
  'Observation/v1/$meta',
  'Observation?_id=v1',
] // prettier-ignore

describe.each(longKinds)('a scope that a search narrows, on %s', (kind) => {
  let world: World
  let less: World
  let token: Bearer
  let reference: Bearer

  beforeAll(async () => {
    const when = { meta: { versionId: '1', lastUpdated: '2026-03-02T00:00:00Z' } }
    const stamped = (all: readonly FhirResource[]) => all.map((one) => ({ ...one, ...when }))
    world = await openWorld(kind)
    less = await openWorld(kind)
    await world.load('clinic', stamped([...others, ...outside, ...inside]))
    await less.load('clinic', stamped([...others, ...inside]))
    token = await world.token('clinic', { scope: narrowed })
    reference = await less.token('clinic', { scope: whole })
  }, 60_000)
  afterAll(async () => {
    await world.close()
    await less.close()
  })

  test.each(questions)('answers `%s` as a gateway that holds nothing else', async (question) => {
    const [own, other] = [await world.get(token, question), await less.get(reference, question)]
    expect(own.status).toBe(other.status)
    expect(beside(own.text)).toBe(beside(other.text))
  })

  test('the same in a batch, entry by entry', async () => {
    const batch = {
      resourceType: 'Bundle',
      type: 'batch',
      entry: questions
        .filter((url) => !url.includes('$'))
        .map((url) => ({ request: { method: 'GET', url: url.replace(/^\?/, '?') } })),
    }
    const [own, other] = [await world.post(token, '', batch), await less.post(reference, '', batch)]
    expectStatus(own, 200)
    expect(beside(own.text)).toBe(beside(other.text))
  })

  test('a write of anything else is refused, and what is not reached is not there to be changed', async () => {
    expectOutcome(await world.post(token, 'Observation', categorized('x', 'ann', 'vital-signs')), 403)
    expectOutcome(await world.post(token, 'Observation', observation('x', 'ann')), 403)
    expectStatus(await world.post(token, 'Observation', categorized('x', 'ann', 'survey')), 201)
    expectOutcome(await world.put(token, 'Observation/s1', categorized('s1', 'ann', 'vital-signs')), 403)
    const missing = await world.put(token, 'Observation/no', categorized('no', 'ann', 'survey'))
    const unreached = await world.put(token, 'Observation/v1', categorized('v1', 'ann', 'survey'))
    expect([unreached.status, unreached.text]).toEqual([missing.status, missing.text])
    expectOutcome(await world.del(token, 'Observation/v1'), 404)
    expectStatus(await world.get('clinic', 'Observation/v1'), 200)
    const bundle = await world.get('clinic', 'Observation?category=vital-signs&_sort=_id')
    expect(matches(bundle)).toEqual(['v1', 'v2'])
  })

  test('a version that was in reach stays so, one that was not does not', async () => {
    await world.put('clinic', 'Observation/v2', categorized('v2', 'cleo', 'survey'))
    const history = (await world.get(token, 'Observation/v2/_history')).as<Bundle>()
    expect(history.total).toBe(1)
    expectOutcome(await world.get(token, 'Observation/v2/_history/1'), 404)
    expectStatus(await world.get('clinic', 'Observation/v2/_history/1'), 200)
    await world.put('clinic', 'Observation/v2', categorized('v2', 'cleo', 'vital-signs'))
    expectOutcome(await world.get(token, 'Observation/v2'), 404)
    expect((await world.get(token, 'Observation/v2/_history')).as<Bundle>().total).toBe(1)
  })

  // The text of a read is put together once for all that are alike: each order needs scopes that nobody had before.
  test('whatever was read before, the next read is held to the scopes of its own type', async () => {
    const wide = `system/Encounter.rs system/Observation.rs?category=${categories}|survey&status=final`
    const first = await world.token('clinic', { scope: wide })
    for (const _turn of [1, 2]) expectStatus(await world.get(first, 'Encounter/enc'), 200)
    for (const _turn of [1, 2]) {
      expectOutcome(await world.get(first, 'Observation/v1'), 404)
      expectStatus(await world.get(first, 'Observation/s1'), 200)
      expectOutcome(await world.get(first, 'Observation/v1/$meta'), 404)
    }
    const other = `${wide} system/Goal.r`
    const second = await world.token('clinic', { scope: other })
    for (const _turn of [1, 2]) expectOutcome(await world.get(second, 'Observation/v1'), 404)
    for (const _turn of [1, 2]) expectStatus(await world.get(second, 'Encounter/enc'), 200)
  })

  test('what is not reached cannot be cited, as if it were not there', async () => {
    const citing = (id: string) =>
      categorized('x', 'ann', 'survey', { derivedFrom: [{ reference: `Observation/${id}` }] })
    const [unreached, missing] = [
      await world.post(token, 'Observation', citing('v1')),
      await world.post(token, 'Observation', citing('nothing')),
    ]
    expectOutcome(unreached, 422)
    expect(unreached.text).toBe(missing.text)
    expectStatus(await world.post(token, 'Observation', citing('s1')), 201)
  })

  test.each([
    ['narrowed to search', `system/Observation.r system/Observation.s?category=${categories}|survey`],
    ['narrowed to read', `system/Observation.s system/Observation.r?category=${categories}|survey`],
  ])('an export has what its scopes find and read both, %s', async (_name, scope) => {
    const own = await world.token('clinic', { scope })
    const job = await kickOff(world, own, '$export?_type=Observation')
    await drain(world)
    const { output } = await manifestAt(world, own, job)
    const lines = (await Promise.all(output.map(({ url }) => linesAt(world, own, url)))).flat()
    expect(lines.map(({ id }) => id)).toContain('s1')
    expect(lines.filter((one) => !JSON.stringify(one).includes('"survey"'))).toEqual([])
  })

  test('a list is asked under a scope of its own', async () => {
    const without = await world.token('clinic', { scope: 'system/Observation.rs' })
    expectOutcome(await world.get(without, 'Observation?_list=any'), 403)
  })
})

describe.each(longKinds)('scopes of the level `patient` beside a user, on %s', (kind) => {
  let world: World
  let token: Bearer

  beforeAll(async () => {
    world = await openWorld(kind)
    await world.load('clinic', [
      ...others,
      ...inside,
      ...outside,
      observation('of-both', 'ann', { performer: [{ reference: 'Patient/bea' }] }),
    ])
    await world.load('clinic', ['ann', 'bea', 'cleo'].map(team))
    await world.member('drew', 'Practitioner/drew', 'Organization/clinic', 'clinician')
    token = await world.token('clinic', { user: 'drew', inContext: 'Patient/ann', scope: 'patient/*.cruds' })
  }, 60_000)
  afterAll(() => world.close())

  test('reach the records of the patient in context and the directory, and nobody else', async () => {
    expect(matches(await world.get(token, 'Observation?_sort=_id'))).toEqual(['of-both', 's1', 'v1'])
    expect(matches(await world.get(token, 'Patient'))).toEqual(['ann'])
    expectStatus(await world.get(token, 'Organization/clinic'), 200)
    const [hidden, missing] = [
      await world.get(token, 'Observation/s2'),
      await world.get(token, 'Observation/no'),
    ]
    expect([hidden.status, hidden.text]).toEqual([missing.status, missing.text])
    expect(matches(await world.get(token, 'Patient?_has:Observation:patient:status=final'))).toEqual(['ann'])
  })

  test('write about that patient alone', async () => {
    expectStatus(await world.post(token, 'Observation', observation('x', 'ann')), 201)
    const [hidden, missing] = [
      await world.post(token, 'Observation', observation('x', 'bea')),
      await world.post(token, 'Observation', observation('x', 'nobody')),
    ]
    expectOutcome(hidden, 422)
    expect(hidden.text).toBe(missing.text)
    const focus = { focus: [{ reference: 'Patient/bea' }] }
    expectOutcome(await world.post(token, 'Observation', observation('x', 'ann', focus)), 422)
    expectOutcome(await world.post(token, 'Patient', patient('x')), 403)
  })

  test("stand beside a user's scopes, which reach all that the user sees", async () => {
    const both = await world.token('clinic', {
      user: 'drew',
      inContext: 'ann',
      scope: 'patient/Observation.rs user/Patient.rs',
    })
    expect(matches(await world.get(both, 'Patient?_sort=_id'))).toEqual(['ann', 'bea', 'cleo'])
    expect(matches(await world.get(both, 'Observation?_id=s1,s2'))).toEqual(['s1'])
  })
})

/** What lets a user see a patient of the own organization. */
const team = (id: string): CareTeam => ({
  resourceType: 'CareTeam',
  id: `team-${id}`,
  status: 'active',
  subject: { reference: `Patient/${id}` },
  participant: [{ member: { reference: 'Practitioner/drew' } }],
})

/** Beside request ids, dates of the answer and sealed cursors, which may differ. */
const beside = (text: string): string =>
  text
    .replaceAll(/_cursor=[\w.-]+/g, '_cursor')
    .replaceAll(/"lastUpdated":"2026-06[^"]+"/g, '""')
    .replaceAll(/"id":"(?:request|made)[^"]+"/g, '""')
