import type { Bundle, Observation, Patient } from 'fhir/r4'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { kinds } from '../databases.ts'
import { expectOutcome, expectStatus } from '../outcome.ts'
import { patient, unnamed } from '../records.ts'
import { openWorld, type World } from '../world.ts'
import { answers, bundle, countOf, entry, identified, placeOf, statuses, store, uuid } from './sending.ts'

const person = (value: string) => unnamed(patient('', { identifier: [{ system: 'urn:w', value }] }))

describe.each(kinds)(
  'what entries of a transaction say of each other (FHIR R4 http 3.1.0.11.2) on %s',
  (kind) => {
    let world: World

    beforeAll(async () => {
      world = await openWorld(kind)
      await world.load('clinic', [patient('ann')])
    })
    afterAll(() => world.close())

    const value = (): string => crypto.randomUUID()
    const transaction = (...entries: readonly ReturnType<typeof entry>[]) =>
      world.post('clinic', '', bundle('transaction', entries))
    const about = (reference: string, own: string) => identified(own, { subject: { reference } })
    const subjectOf = async (own: string): Promise<string | undefined> =>
      (await world.get('clinic', `Observation?identifier=urn:w|${own}`)).as<Bundle<Observation>>().entry?.[0]
        ?.resource?.subject?.reference

    test('conditional references: to what is stored, and to what the transaction brings', async () => {
      const [here, new1, one, two] = [value(), value(), value(), value()]
      const made = expectStatus(await world.post('clinic', 'Patient', person(here)), 201).as<Patient>()
      const reply = await transaction(
        entry('POST', 'Observation', about(`Patient?identifier=urn:w|${here}`, one)),
        entry('POST', 'Observation', about(`Patient?identifier=urn:w|${new1}`, two)),
        entry('POST', 'Patient', person(new1), { fullUrl: uuid(1) }),
      )
      expect(await subjectOf(one)).toBe(`Patient/${made.id ?? ''}`)
      expect(await subjectOf(two)).toBe(placeOf(answers(reply)[2]))
    })

    test('a conditional update is referred to by its fullUrl, whether it creates or finds', async () => {
      const [own, first, second] = [value(), value(), value()]
      for (const [name, status] of [
        [first, '201'],
        [second, '200'],
      ] as const) {
        const reply = await transaction(
          entry('POST', 'Observation', about(uuid(1), name)),
          entry('PUT', `Patient?identifier=urn:w|${own}`, person(own), { fullUrl: uuid(1) }),
        )
        expect(statuses(reply)).toEqual(['201', status])
        expect(await subjectOf(name)).toBe(placeOf(answers(reply)[1]))
      }
      expect(await subjectOf(first)).toBe(await subjectOf(second))
    })

    test('a conditional create is referred to by its fullUrl, whether it creates or finds', async () => {
      const [own, first, second] = [value(), value(), value()]
      for (const name of [first, second])
        await transaction(
          entry('POST', 'Patient', person(own), { fullUrl: uuid(1), ifNoneExist: `identifier=urn:w|${own}` }),
          entry('POST', 'Observation', about(uuid(1), name)),
        )
      expect(await countOf(world, own, 'Patient')).toBe(1)
      expect(await subjectOf(first)).toBe(await subjectOf(second))
    })

    test('the same conditional create twice in one transaction creates once', async () => {
      const [own, first, second] = [value(), value(), value()]
      const once = (fullUrl: string) =>
        entry('POST', 'Patient', person(own), { fullUrl, ifNoneExist: `identifier=urn:w|${own}` })
      const reply = await transaction(
        once(uuid(1)),
        once(uuid(2)),
        entry('POST', 'Observation', about(uuid(1), first)),
        entry('POST', 'Observation', about(uuid(2), second)),
      )
      expect(statuses(reply)).toEqual(['201', '200', '201', '201'])
      expect(await countOf(world, own, 'Patient')).toBe(1)
      expect(await subjectOf(first)).toBe(await subjectOf(second))
    })

    test('the same conditional update twice is one resource named twice', async () => {
      const own = value()
      const put = entry('PUT', `Patient?identifier=urn:w|${own}`, person(own))
      const post = entry('POST', 'Patient', person(own), { ifNoneExist: `identifier=urn:w|${own}` })
      for (const pair of [
        [put, put],
        [put, post],
        [post, put],
      ] as const)
        expectOutcome(await transaction(...pair), 400)
      expect(await countOf(world, own, 'Patient')).toBe(0)
    })

    test('deletes come first: what is deleted does not count for a conditional create', async () => {
      const own = value()
      const { path } = await store(world, own)
      const reply = await transaction(
        entry('POST', 'Observation', identified(own), { ifNoneExist: `identifier=urn:w|${own}` }),
        entry('DELETE', path),
      )
      expect(statuses(reply)).toEqual(['201', '204'])
      expect(await countOf(world, own)).toBe(1)
    })

    test('references among the entries by the address that they have already', async () => {
      const own = value()
      const reply = await transaction(
        entry('POST', 'Patient', person(own), { fullUrl: 'https://old.example/fhir/Patient/9' }),
        entry('POST', 'Observation', about('https://old.example/fhir/Patient/9', own), { fullUrl: uuid(2) }),
      )
      expect(await subjectOf(own)).toBe(placeOf(answers(reply)[0]))
    })
  },
)
