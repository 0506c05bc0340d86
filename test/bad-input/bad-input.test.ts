import { sql } from 'drizzle-orm'
import type { Bundle, OperationOutcome } from 'fhir/r4'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { longKinds } from '../contract/databases.ts'
import { expectStatus, matches } from '../contract/outcome.ts'
import { observation, patient } from '../contract/records.ts'
import { openWorld, type Reply, type World } from '../contract/world.ts'
import { bodies } from './bodies.ts'
import { bundles } from './bundles.ts'
import { hl7v2 } from './hl7v2.ts'
import { oauth } from './oauth.ts'
import { type BadRequest, bytes, creating, sentinel, valid } from './request.ts'
import { values } from './values.ts'

const requests: readonly BadRequest[] = [...bodies, ...values, ...bundles, ...oauth, ...hl7v2]

/** An answer says what is wrong; it is not a copy of it. */
const longest = 100_000

const expectOutcomes = (reply: Reply) => {
  expect(reply.headers.get('content-type')).toBe('application/fhir+json; charset=utf-8')
  const body = reply.as<OperationOutcome | Bundle>()
  const outcomes =
    body.resourceType === 'Bundle'
      ? (body.entry ?? []).map(({ response }) => {
          expect(response?.status).toMatch(/^4\d\d$/)
          return response?.outcome as OperationOutcome
        })
      : [body]
  expect(outcomes.length).toBeGreaterThan(0)
  for (const outcome of outcomes) {
    expect(outcome.resourceType).toBe('OperationOutcome')
    expect(outcome.issue.length).toBeGreaterThan(0)
    for (const { severity, details } of outcome.issue) {
      expect(severity).toBe('error')
      expect(details?.text).toMatch(/\S/)
    }
  }
  return body.resourceType === 'Bundle'
}

const expectForm: Readonly<Record<BadRequest['protocol'], (reply: Reply) => boolean>> = {
  /** A batch as such goes well, and each entry of it is refused. */
  fhir: expectOutcomes,
  /** RFC 6749 section 5.2. */
  oauth: (reply) => {
    expect(reply.headers.get('content-type')).toBe('application/json')
    expect(reply.headers.get('cache-control')).toBe('no-store')
    const { error, error_description: description, ...more } = reply.as<Record<string, string>>()
    expect(error).toMatch(/^[a-z_]+$/)
    expect(description).toMatch(/\S/)
    expect(more).toEqual({})
    return false
  },
  /** HL7 v2.5.1, 2.9.2: an acknowledgment that says AE or AR. */
  hl7v2: (reply) => {
    expect(reply.headers.get('content-type')).toBe('application/hl7-v2')
    expect(reply.text).toMatch(/^MSH\|\^~\\&\|/)
    expect(reply.text).toMatch(/\rMSA\|A[ER]\|/)
    return reply.status === 200
  },
}

describe.each(longKinds)('bad input on %s', (kind) => {
  let world: World

  beforeAll(async () => {
    world = await openWorld(kind)
    await world.load('clinic', [patient('ann'), observation('kept', 'ann')])
  })
  afterAll(() => world.close())

  const callers: Readonly<Record<BadRequest['protocol'], string | undefined>> = {
    fhir: 'clinic-policy',
    oauth: undefined,
    hl7v2: 'hospital',
  }

  const send = ({ protocol, method, path, headers = {}, body }: BadRequest): Promise<Reply> =>
    world.send(callers[protocol], method, path, { headers, ...(body === undefined ? {} : { body }) })

  const stored = async () =>
    world.rows(sql`SELECT type, id, version FROM resource ORDER BY type, id, version`)

  test('there are enough of them, each of its own name', () => {
    expect(requests.length).toBeGreaterThan(500)
    expect(new Set(requests.map(({ name }) => name)).size).toBe(requests.length)
  })

  test.each(requests.map((request) => [request.name, request] as const))(
    '%s',
    async (_name, request) => {
      const before = await stored()
      const reply = await send(request)
      const goesWellAsSuch = expectForm[request.protocol](reply)
      if (request.status !== undefined && !goesWellAsSuch) expect(request.status).toContain(reply.status)
      else if (!goesWellAsSuch) {
        expect(reply.status).toBeGreaterThanOrEqual(400)
        expect(reply.status).toBeLessThan(500)
      }
      expect(reply.text).not.toContain(sentinel)
      expect(reply.text.length).toBeLessThan(longest)
      expect(await stored()).toEqual(before)
    },
    15_000,
  )

  test('nothing that was wrong is stored', async () => {
    expect(matches(await world.get('clinic-policy', 'Observation?_count=1000'))).toEqual(['kept'])
    expect(matches(await world.get('clinic-policy', 'Patient'))).toEqual(['ann'])
  })

  test('a valid request works after all of them', async () => {
    const created = expectStatus(await send(creating('valid', JSON.stringify(valid))), 201)
    expect(created.as()).toMatchObject({ status: 'final', subject: { reference: 'Patient/ann' } })
    const id = created.as<{ id: string }>().id
    expect(
      matches(await world.get('clinic-policy', `Observation?_id=${id}&identifier=urn:bad|${sentinel}`)),
    ).toEqual([id])
  })

  test('a mark before UTF-8 is no fault', async () => {
    const marked = new Uint8Array([
      0xef,
      0xbb,
      0xbf,
      ...bytes(JSON.stringify({ ...valid, note: [{ text: 'é' }] })),
    ])
    expect(expectStatus(await send(creating('marked', marked)), 201).as()).toMatchObject({
      note: [{ text: 'é' }],
    })
  })
})
