import type { Group } from 'fhir/r4'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { kinds } from './databases.ts'
import { expectStatus } from './outcome.ts'
import { openWorld, type World } from './world.ts'

describe.each(kinds)('a record of no patient, on %s', (kind) => {
  let world: World
  beforeAll(async () => {
    world = await openWorld(kind)
  })
  afterAll(() => world.close())

  test.each(['clinic', 'billing'])('is for its submitter and its custodian: sent by %s', async (sender) => {
    const group = { resourceType: 'Group', type: 'person', actual: true }
    const { id = '' } = expectStatus(await world.post(sender, 'Group', group), 201).as<Group>()
    expect(id).not.toBe('')
    for (const who of [sender, 'clinic']) expectStatus(await world.get(who, `Group/${id}`), 200)
    for (const who of ['hospital', 'psychiatry']) expectStatus(await world.get(who, `Group/${id}`), 404)
  })
})
