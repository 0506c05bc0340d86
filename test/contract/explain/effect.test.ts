import type { Consent, Parameters, ParametersParameter } from 'fhir/r4'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { buildConsent } from '../consents.ts'
import { kinds } from '../databases.ts'
import { labelled, observation, patient } from '../records.ts'
import { openWorld, type World } from '../world.ts'

const part = (own: ParametersParameter | undefined, name: string): ParametersParameter | undefined =>
  own?.part?.find((one) => one.name === name)

/** What a consent changes for the first recipient: counts before and after, and the records that change. */
const told = (parameters: Parameters) => {
  const [own] = parameters.parameter ?? []
  const counts = (name: string) => (part(own, name)?.part ?? []).map(({ valueInteger }) => valueInteger)
  return {
    recipient: part(own, 'recipient')?.valueReference?.reference,
    before: counts('before'),
    after: counts('after'),
    changed: (own?.part ?? [])
      .filter(({ name }) => name === 'changed')
      .map((one) => [
        part(one, 'record')?.valueReference?.reference,
        part(one, 'was')?.valueCode,
        part(one, 'effect')?.valueCoding?.code,
      ]),
    disclosed: part(own, 'already-disclosed')?.valueInteger,
    note: part(own, 'note')?.valueString,
  }
}

const toSchool = (id: string): Consent =>
  JSON.parse(
    JSON.stringify(
      buildConsent(id, {
        root: { effect: 'permit', to: ['school'], purposes: ['COC'], labels: ['HIV'] },
      }),
    ).replaceAll('@patient', 'Patient/ann'),
  ) as Consent

describe.each(kinds)('Consent/$effect on %s', (kind) => {
  let world: World
  const ask = (who: string, path: string, ...parameter: ParametersParameter[]) =>
    world.post(who, path, { resourceType: 'Parameters', ...(parameter.length > 0 ? { parameter } : {}) })

  beforeAll(async () => {
    world = await openWorld(kind)
    await world.load('clinic', [
      patient('ann'),
      observation('plain', 'ann'),
      observation('secret', 'ann', labelled(['HIV'])),
      observation('other', 'ann', labelled(['SDV'])),
    ])
  })
  afterAll(() => world.close())

  test('tells what a consent would open before it is signed, and opens nothing', async () => {
    const { id: _id, ...draft } = toSchool('draft')
    const reply = await ask('clinic', 'Consent/$effect', { name: 'consent', resource: draft })
    expect(reply.status, reply.text.slice(0, 400)).toBe(200)
    expect(told(reply.as())).toMatchObject({
      recipient: 'Organization/school',
      before: [0, 0, 4],
      changed: [
        ['Patient/ann', 'withheld', 'shared'],
        ['Observation/secret', 'withheld', 'shared'],
      ],
      disclosed: 0,
    })
    const school = await world.token('school', { purpose: 'COC' })
    expect((await world.get(school, 'Observation/secret')).status).toBe(404)
    expect((await world.get('clinic', 'Consent?patient=Patient/ann')).as<{ total: number }>().total).toBe(0)
  })

  test('tells what a revocation would close, and what has left already; and it comes true', async () => {
    await world.load('clinic', [toSchool('signed')])
    const school = await world.token('school', { purpose: 'COC' })
    expect((await world.get(school, 'Observation/secret')).status).toBe(200)
    const reply = await ask('clinic', 'Consent/signed/$effect')
    expect(told(reply.as())).toMatchObject({
      recipient: 'Organization/school',
      after: [0, 0, 4],
      changed: [
        ['Patient/ann', 'shared', 'withheld'],
        ['Observation/secret', 'shared', 'withheld'],
      ],
      disclosed: 1,
      note: expect.stringContaining('2.31') as string,
    })
    expect((await world.get(school, 'Observation/secret')).status).toBe(200)
    await world.load('clinic', [{ ...toSchool('signed'), status: 'inactive' }])
    expect((await world.get(school, 'Observation/secret')).status).toBe(404)
  })

  test('is refused to others, and says what it takes', async () => {
    const { id: _id, ...draft } = toSchool('draft')
    expect((await ask('hospital', 'Consent/$effect', { name: 'consent', resource: draft })).status).toBe(404)
    expect((await ask('school', 'Consent/signed/$effect')).status).toBe(404)
    expect((await ask('clinic', 'Consent/$effect')).status).toBe(400)
    expect((await ask('clinic', 'Consent/none/$effect')).status).toBe(404)
    expect(
      (await ask('clinic', 'Consent/signed/$effect', { name: 'status', valueCode: 'what' })).status,
    ).toBe(400)
  })
})
