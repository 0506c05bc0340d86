import type { Bundle, Observation } from 'fhir/r4'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { kinds } from '../databases.ts'
import { expectOutcome, expectStatus } from '../outcome.ts'
import { observation, patient } from '../records.ts'
import { openWorld, type World } from '../world.ts'
import { answers, bundle, entry, identified, statuses, store } from './sending.ts'

describe.each(kinds)(
  'parts of what is read, and wholes of what is written (FHIR R4 http 3.1.0.1) on %s',
  (kind) => {
    let world: World

    beforeAll(async () => {
      world = await openWorld(kind)
      await world.load('clinic', [
        patient('ann'),
        observation('o', 'ann', {
          text: { status: 'generated', div: '<div xmlns="http://www.w3.org/1999/xhtml">all of it</div>' },
          note: [{ text: 'kept' }],
        }),
      ])
    })
    afterAll(() => world.close())

    const shape = (resource: object): string => Object.keys(resource).toSorted().join(' ')

    test.each([
      ['_summary=text', 'code id meta resourceType status text'],
      ['_summary=data', 'code effectiveDateTime id meta note resourceType status subject'],
      ['_summary=true', 'code effectiveDateTime id meta resourceType status subject'],
      ['_elements=note', 'code id meta note resourceType status'],
      ['_elements=note,subject', 'code id meta note resourceType status subject'],
    ])('GET Observation/o?%s, its version, and as an entry', async (query, names) => {
      const whole = await world.get('clinic', 'Observation/o')
      const { meta } = whole.as<Observation>()
      const path = `Observation/o/_history/${meta?.versionId ?? ''}`
      for (const address of ['Observation/o', path]) {
        const reply = expectStatus(await world.get('clinic', `${address}?${query}`), 200)
        expect(shape(reply.as())).toBe(names)
        expect(reply.as<Observation>().meta?.tag?.[0]?.code).toBe('SUBSETTED')
        expect(reply.headers.get('etag')).toBe(whole.headers.get('etag'))
      }
      const found = answers(
        await world.post('clinic', '', bundle('batch', [entry('GET', `Observation/o?${query}`)])),
      )
      expect(shape(found[0]?.resource ?? {})).toBe(names)
    })

    test('the whole, where it is asked for or nothing is said; what is unknown is refused', async () => {
      const whole = await world.get('clinic', 'Observation/o')
      expect((await world.get('clinic', 'Observation/o?_summary=false')).text).toBe(whole.text)
      expect((await world.get('clinic', 'Observation/o?_pretty=true')).as()).toEqual(whole.as())
      expectOutcome(await world.get('clinic', 'Observation/o?_summary=much'), 400)
      expectOutcome(await world.get('clinic', 'Observation/nobody?_summary=text'), 404)
    })

    test.each(['batch', 'transaction'])(
      'Prefer: return=representation brings what a %s stored',
      async (type) => {
        const { path, stored, id } = await store(world, crypto.randomUUID())
        const gone = await store(world, crypto.randomUUID())
        const entries = [
          entry('POST', 'Observation', identified('new')),
          entry('PUT', path, { ...stored, status: 'amended' }),
          entry('DELETE', gone.path),
        ]
        const reply = await world.post('clinic', '', bundle(type, entries), {
          prefer: 'return=representation',
        })
        expect(statuses(reply)).toEqual(['201', '200', '204'])
        const [made, changed, deleted] = answers(reply)
        expect(made?.resource).toMatchObject({ status: 'final', identifier: [{ value: 'new' }] })
        expect(changed?.resource).toMatchObject({ id, status: 'amended' })
        expect(deleted?.resource).toBeUndefined()
        for (const prefer of ['return=minimal', 'return=OperationOutcome']) {
          const bare = await world.post('clinic', '', bundle(type, entries.slice(0, 1)), { prefer })
          expect(bare.as<Bundle>().entry?.[0]?.resource).toBeUndefined()
        }
      },
    )
  },
)
