import type { Observation, OperationOutcome, StructureDefinition } from 'fhir/r4'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { expansions, profiles } from '../../src/validate/profiles.ts'
import { createValidator } from '../../src/validate/validate.ts'
import { kinds } from './databases.ts'
import { expectOutcome, expectStatus } from './outcome.ts'
import { observation, patient, unnamed } from './records.ts'
import { type Bearer, openWorld, type Who, type World } from './world.ts'

const url = 'https://own.example/StructureDefinition/performed'

/** A profile that asks for a performer, and lets an Observation without one pass. */
const performed: StructureDefinition = {
  resourceType: 'StructureDefinition',
  url,
  name: 'Performed',
  status: 'active',
  kind: 'resource',
  abstract: false,
  type: 'Observation',
  baseDefinition: 'http://hl7.org/fhir/StructureDefinition/Observation',
  derivation: 'constraint',
  differential: {
    element: [
      {
        id: 'Observation',
        path: 'Observation',
        constraint: [
          { key: 'own-1', severity: 'warning', human: 'say who did it', expression: 'performer.exists()' },
        ],
      },
    ],
  },
}

describe.each(kinds)('what a client would like back of a write, on %s', (kind) => {
  let world: World
  let writer: Bearer

  beforeAll(async () => {
    const { validate } = createValidator([...profiles, performed], expansions)
    world = await openWorld(kind, { change: (services) => ({ ...services, validate }) })
    await world.load('clinic', [patient('ann'), observation('known', 'ann')])
    writer = await world.token('clinic', { scope: 'system/Observation.cud' })
  })
  afterAll(() => world.close())

  const create = (prefer: string | undefined, who: Who = 'clinic', more: Partial<Observation> = {}) =>
    world.post(
      who,
      'Observation',
      unnamed(observation('', 'ann', more)),
      prefer === undefined ? {} : { prefer },
    )

  const update = (prefer: string, status: Observation['status'], who: Who = 'clinic') =>
    world.put(who, 'Observation/known', observation('known', 'ann', { status }), { prefer })

  test.each([
    [undefined, 'Observation'],
    ['return=representation', 'Observation'],
    ['return=minimal', ''],
    ['return=OperationOutcome', 'OperationOutcome'],
    ['return=minimal, handling=lenient', ''],
    ['handling=lenient, return=minimal', ''],
    ['respond-async, return="minimal"; foo=bar', ''],
    ['Return=Minimal', ''],
    ['return=OperationOutcome, return=minimal', 'OperationOutcome'],
    ['return=nothing', 'Observation'],
    ['x-return=minimal', 'Observation'],
    ['respond-async', 'Observation'],
  ])('Prefer: %s', async (prefer, type) => {
    const made = expectStatus(await create(prefer), 201)
    expect(made.text === '' ? '' : made.as<{ resourceType: string }>().resourceType).toBe(type)
    expect(made.headers.get('content-type')).toBe(type === '' ? null : 'application/fhir+json; charset=utf-8')
    expect(made.headers.get('etag')).toMatch(/^W\/".+"$/)
    expect(made.headers.get('last-modified')).not.toBeNull()
    const location = new URL(made.headers.get('location') ?? '').pathname
    expectStatus(await world.get('clinic', location), 200)
  })

  test('an update says the same, and changes the same, whatever is preferred', async () => {
    expect(expectStatus(await update('return=minimal', 'amended'), 200).text).toBe('')
    const said = expectStatus(await update('return=OperationOutcome', 'corrected'), 200)
    expect(said.as<OperationOutcome>().issue[0]?.details?.text).toBe('the resource was updated')
    const stored = (await world.get('clinic', 'Observation/known')).as<Observation>()
    expect(stored.status).toBe('corrected')
    expect(said.headers.get('etag')).toBe(`W/"${stored.meta?.versionId ?? ''}"`)
  })

  test('an OperationOutcome says what was done, valid by R4, and warns of what was sent', async () => {
    const plain = expectStatus(await create('return=OperationOutcome'), 201).as<OperationOutcome>()
    expect(plain.issue).toEqual([
      { severity: 'information', code: 'informational', details: { text: 'the resource was created' } },
    ])
    expect(world.services.validate(plain).filter(({ severity }) => severity !== 'warning')).toEqual([])
    const sent = { meta: { profile: [url] } }
    const warned = expectStatus(await create('return=OperationOutcome', 'clinic', sent), 201)
    const { issue } = warned.as<OperationOutcome>()
    expect(issue.map(({ severity }) => severity)).toEqual(['information', 'warning'])
    expect(issue[1]).toMatchObject({ code: 'invariant', expression: ['Observation'] })
    expect(issue[1]?.details?.text).toContain('say who did it')
  })

  test('a write-only token is told where, and never what', async () => {
    for (const prefer of ['return=representation', 'return=minimal', 'return=OperationOutcome']) {
      const made = expectStatus(await create(prefer, writer), 201)
      expect(made.headers.get('location')).toMatch(/\/Observation\/.+\/_history\/.+$/)
      expect(made.text).not.toMatch(/Patient|8480|"final"/)
    }
    expect((await create('return=representation', writer)).text).toBe('')
    expect(
      (await update('return=OperationOutcome', 'final', writer)).as<OperationOutcome>().resourceType,
    ).toBe('OperationOutcome')
  })

  test('a delete has no body, and a refusal is said in full', async () => {
    const prefer = { prefer: 'return=OperationOutcome' }
    const gone = (await create(undefined)).as<Observation>()
    expect(expectStatus(await world.del('clinic', `Observation/${gone.id ?? ''}`, prefer), 204).text).toBe('')
    const wrong = { ...unnamed(observation('', 'ann')), status: 'well' }
    expectOutcome(await world.post('clinic', 'Observation', wrong, { prefer: 'return=minimal' }), 422)
  })
})
