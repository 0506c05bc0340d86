import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { kinds } from '../contract/databases.ts'
import { openWorld, type World } from '../contract/world.ts'

const observation = (more: object) => ({
  resourceType: 'Observation',
  status: 'final',
  code: { text: 'odd' },
  subject: { reference: 'Patient/odd' },
  ...more,
})

/** Requests that are odd rather than wrong: whatever the answer, it is one, and not a fault of the gateway's. */
const bodies: Readonly<Record<string, object>> = {
  'a decimal of thirty digits': observation({
    valueQuantity: { value: Number('123456789012345678901234567890') },
  }),
  'a system of 100 kB': observation({
    meta: { security: [{ system: `urn:${'x'.repeat(100_000)}`, code: 'A' }] },
  }),
  'a code of 100 kB': observation({ code: { coding: [{ system: 'urn:x', code: 'x'.repeat(100_000) }] } }),
  'a date before all': observation({ effectiveDateTime: '0001' }),
  'a date after all': observation({ effectiveDateTime: '9999-12-31' }),
  'a year that PostgreSQL does not have': observation({ effectiveDateTime: '0000' }),
  'five thousand long names': {
    resourceType: 'Patient',
    name: Array.from({ length: 5000 }, (_, place) => ({ family: `${'n'.repeat(300)}${place}` })),
  },
  'a name of 100 kB': { resourceType: 'Patient', name: [{ family: 'n'.repeat(100_000) }] },
  'a batch, stored': {
    resourceType: 'Bundle',
    type: 'batch',
    entry: [{ request: { method: 'GET', url: 'Patient' } }],
  },
  'a document, stored': {
    resourceType: 'Bundle',
    type: 'collection',
    entry: [{ resource: { resourceType: 'Patient', id: 'inside' } }],
  },
}

const queries = [
  'Observation?date=0000', 'Observation?date=9999-12-31', 'Observation?date=eq9999', 'Observation?date=ge0001', 'Observation?date=ap9999', 'Observation?date=ap0001',
  'Observation?_lastUpdated=9999', 'Patient?birthdate=0000', 'Patient?birthdate=9999-12-31', 'Observation?focus=a', 'Condition?evidence-detail=a',
  'Consent?data=a', 'Task?focus=a', 'Task?subject=a', 'Task?based-on=a', 'Task?focus=Patient/a', 'Observation?code=%7C', 'Observation?code=a%7C', 'Observation?code=,',
  'Observation?subject=,', 'Observation?_id=', 'Observation?_sort=', 'Observation?_include=', 'Patient?name=%25', 'Patient?name=%5C', 'Patient?name:contains=_', `Patient?name=${'n'.repeat(5000)}`,
] // prettier-ignore

describe.each(kinds)('odd input on %s', (kind) => {
  let world: World
  beforeAll(async () => {
    world = await openWorld(kind)
    await world.load('clinic', [{ resourceType: 'Patient', id: 'odd' }])
  })
  afterAll(() => world.close())

  test.each(Object.keys(bodies))('%s', async (name) => {
    const body = bodies[name] as { resourceType: string }
    const { status, text } = await world.post('clinic', body.resourceType, body)
    expect(status, text.slice(0, 300)).toBeLessThan(500)
    if (status === 201) expect(JSON.parse(text)).toMatchObject({ resourceType: body.resourceType })
    else expect(JSON.parse(text)).toMatchObject({ resourceType: 'OperationOutcome' })
  })

  test.each(queries)('%s', async (query) => {
    const { status, text } = await world.get('clinic', query)
    expect([200, 400], text.slice(0, 300)).toContain(status)
  })
})
