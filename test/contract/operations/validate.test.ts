import { sql } from 'drizzle-orm'
import type { FhirResource, OperationOutcome, Parameters } from 'fhir/r4'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { kinds } from '../databases.ts'
import { expectOutcome, expectStatus } from '../outcome.ts'
import { labelled, observation, patient } from '../records.ts'
import { openWorld, type Reply, type World } from '../world.ts'

const screening = 'https://sluice.example/fhir/StructureDefinition/screening-observation'
const address = (profile: string) => `profile=${encodeURIComponent(profile)}`

const count = sql`SELECT (SELECT count(*) FROM resource)::int + (SELECT count(*) FROM history)::int AS count`
const trail = sql`SELECT outcome FROM audit WHERE interaction = 'validate' ORDER BY key DESC LIMIT 1`

const sent = (resource: object, ...more: NonNullable<Parameters['parameter']>): Parameters => ({
  resourceType: 'Parameters',
  parameter: [{ name: 'resource', resource: resource as FhirResource }, ...more],
})

describe.each(kinds)('$validate on %s', (kind) => {
  let world: World

  beforeAll(async () => {
    world = await openWorld(kind)
    await world.load('clinic', [
      patient('ann'),
      observation('open', 'ann'),
      observation('hid', 'ann', labelled(['HIV'])),
    ])
    await world.know('hospital', 'Patient/ann')
  }, 60_000)
  afterAll(() => world.close())

  const issuesOf = (reply: Reply): OperationOutcome['issue'] => {
    const outcome = expectStatus(reply, 200).as<OperationOutcome>()
    expect(outcome.resourceType).toBe('OperationOutcome')
    return outcome.issue
  }
  const errorsOf = (reply: Reply): string[] =>
    issuesOf(reply).flatMap(({ severity, code, expression }) =>
      severity === 'error' ? [`${code} ${expression?.[0] ?? ''}`] : [],
    )

  test('says that nothing is wrong, and what could be better', async () => {
    const whole = { ...patient('new'), text: { status: 'generated', div: '<div xmlns="http://www.w3.org/1999/xhtml">Ann</div>' } }
    expect(issuesOf(await world.post('clinic', 'Patient/$validate', whole))).toMatchObject([
      { severity: 'information', code: 'informational' },
    ])
    expect(issuesOf(await world.post('clinic', 'Patient/$validate', patient('new')))).toMatchObject([
      { severity: 'warning', code: 'invariant', diagnostics: 'constraint dom-6', expression: ['Patient'] },
    ])
  }) // prettier-ignore

  test('says what is wrong, where, and by which constraint', async () => {
    const wrong = { resourceType: 'Patient', gender: 'x', contact: [{ relationship: [{ text: 'aunt' }] }] }
    const issues = issuesOf(await world.post('clinic', 'Patient/$validate', wrong))
    expect(issues.filter(({ severity }) => severity === 'error')).toMatchObject([
      { code: 'code-invalid', expression: ['Patient.gender'] },
      { code: 'invariant', diagnostics: 'constraint pat-1', expression: ['Patient.contact[0]'] },
    ])
  })

  test('takes Parameters, a profile there or in the address, and R4 itself as one', async () => {
    const own = observation('o', 'ann')
    const asked = sent(own, { name: 'profile', valueUri: screening })
    const errors = errorsOf(await world.post('clinic', 'Observation/$validate', asked))
    expect(errors).toContain('required Observation.category')
    expect(errorsOf(await world.post('clinic', `Observation/$validate?${address(screening)}`, own))).toEqual(
      errors,
    )
    const base = address('http://hl7.org/fhir/StructureDefinition/Observation')
    expect(errorsOf(await world.post('clinic', `Observation/$validate?${base}`, own))).toEqual([])
    const diagnosed = issuesOf(await world.post('clinic', 'Observation/$validate', asked))
    expect(diagnosed.some(({ diagnostics }) => diagnostics === `profile ${screening}`)).toBe(true)
  })

  test('a profile that is not known, or of another type, is an error and no refusal', async () => {
    for (const [profile, code] of [
      ['https://elsewhere.example/StructureDefinition/x', 'not-found'],
      [screening, 'not-supported'],
    ] as const)
      expect(
        errorsOf(await world.post('clinic', `Patient/$validate?${address(profile)}`, patient('a'))),
      ).toEqual([`${code} Patient`])
  })

  test('a resource of another type than the address is told', async () => {
    expect(errorsOf(await world.post('clinic', 'Patient/$validate', observation('o', 'ann')))).toEqual([
      'invalid resourceType',
    ])
  })

  test('the mode create says whether the create would be taken, and stores nothing', async () => {
    const before = await world.rows<{ count: number }>(count)
    const citing = observation('o', 'ann')
    expect(errorsOf(await world.post('clinic', 'Observation/$validate?mode=create', citing))).toEqual([])
    const nobodys = { ...citing, subject: { reference: 'Patient/nobody' } }
    expect(
      errorsOf(await world.post('clinic', 'Observation/$validate?mode=create', nobodys)).length,
    ).toBeGreaterThan(0)
    expect(await world.rows(count)).toEqual(before)
  })

  test('the mode update says whether the update would be taken, and changes nothing', async () => {
    const next = observation('open', 'ann', { status: 'amended' })
    const before = (await world.get('clinic', 'Observation/open')).text
    expect(errorsOf(await world.post('clinic', 'Observation/open/$validate?mode=update', next))).toEqual([])
    expect(errorsOf(await world.post('hospital', 'Observation/open/$validate?mode=update', next))).toEqual([
      'forbidden ',
    ])
    expect((await world.get('clinic', 'Observation/open')).text).toBe(before)
  })

  test('the mode delete says whether the delete would be taken, and deletes nothing', async () => {
    expect(errorsOf(await world.get('clinic', 'Observation/open/$validate?mode=delete'))).toEqual([])
    expect(errorsOf(await world.get('hospital', 'Observation/open/$validate?mode=delete'))).toEqual([
      'forbidden ',
    ])
    expectStatus(await world.get('clinic', 'Observation/open'), 200)
  })

  test('a stored resource is looked at as its reader sees it; hidden and missing are the same', async () => {
    expect(errorsOf(await world.get('clinic', 'Observation/open/$validate'))).toEqual([])
    const answers = ['hid', 'nothing'].flatMap((id) =>
      [['GET', ''], ['GET', '?mode=delete'], ['POST', '?mode=update']].map(async ([method = '', query = '']) => {
        const body = method === 'POST' ? { body: JSON.stringify(observation(id, 'ann')), headers: { 'content-type': 'application/fhir+json' } } : {}
        const reply = await world.send('hospital', method, `Observation/${id}/$validate${query}`, body)
        return { query, status: reply.status, text: reply.text }
      }),
    ) // prettier-ignore
    const [hidden, missing] = [
      (await Promise.all(answers)).slice(0, 3),
      (await Promise.all(answers)).slice(3),
    ]
    expect(hidden).toEqual(missing)
    expect(hidden.map(({ status }) => status)).toEqual([404, 404, 200])
    expect(hidden[2]?.text).toContain('not-supported')
  })

  test.each([
    ['Patient/$validate', undefined],
    ['Patient/$validate?mode=update', patient('ann')],
    ['Patient/$validate?mode=delete', patient('ann')],
    ['Patient/$validate?mode=profile', patient('ann')],
    ['Patient/$validate?mode=other', patient('ann')],
    ['Patient/$validate?mode=create&mode=update', patient('ann')],
    ['Patient/$validate?other=1', patient('ann')],
    ['Patient/ann/$validate?mode=create', patient('ann')],
    ['Patient/ann/$validate?mode=update', undefined],
  ])('%s is refused with how to mend it', async (path, body) => {
    const reply = body === undefined ? await world.send('clinic', 'POST', path) : await world.post('clinic', path, body)
    expectOutcome(reply, 400)
  }) // prettier-ignore

  test('it is on the trail, and a body that is no JSON is refused', async () => {
    await world.post('clinic', 'Patient/$validate', patient('a'))
    const [row] = await world.rows<{ outcome: string }>(trail)
    expect(row).toEqual({ outcome: 'disclosed' })
    expectOutcome(
      await world.send('clinic', 'POST', 'Patient/$validate', {
        headers: { 'content-type': 'application/fhir+json' },
        body: '{"resourceType": ',
      }),
      400,
    )
  })
})
