import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { kinds } from '../databases.ts'
import { openWorld, type World } from '../world.ts'
import { askToken, settleApps } from './app.ts'

describe.each(kinds)('what a form to the authorization server holds, on %s', (kind) => {
  let world: World
  beforeAll(async () => {
    world = await openWorld(kind)
    await settleApps(world)
  }, 60_000)
  afterAll(() => world.close())

  test.each(['constructor', 'toString', '__proto__', 'hasOwnProperty', 'valueOf', '__defineGetter__'])(
    'a grant type that every object knows is unknown: %s',
    async (grant_type) => {
      const { status, body } = await askToken(world, { grant_type, client_id: 'app' })
      expect([status, body.error]).toEqual([400, 'unsupported_grant_type'])
      expect(Object.keys(body)).toEqual(['error', 'error_description'])
    },
  )
})
