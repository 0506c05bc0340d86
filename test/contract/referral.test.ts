import { sql } from 'drizzle-orm'
import type { Bundle, FhirResource, Patient, ServiceRequest, Task } from 'fhir/r4'
import { readFileSync } from 'node:fs'
import { mapReferral } from '../../src/mapping/referral.ts'
import { parseMessage } from '../../src/mapping/hl7v2/parse.ts'
import { receiveHl7v2 } from '../../src/exchange/hl7v2.ts'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { longKinds } from './databases.ts'
import { expectOutcome, expectStatus, searchset } from './outcome.ts'
import { openWorld, type Reply, type World } from './world.ts'

const fixture = readFileSync(new URL('../../mappings/hospital/fixtures/ref-i12.hl7', import.meta.url), 'utf8')

/** A referral from the hospital to the clinic, in HL7 v2. */
const message = (control = 'CTRL1', more: (text: string) => string = (text) => text): string =>
  more(
    fixture.replaceAll('MERCY', 'OAK').replaceAll('RIVERBEND', 'CLINIC').replace('MG20260914000117', control),
  )

const partner = {
  id: 'hospital',
  organization: 'Organization/hospital',
  receiver: 'Organization/clinic',
  timeZone: 'America/Los_Angeles',
  systems: { OAK: 'https://oak.example/mrn' },
  referrals: 'https://oak.example/referrals',
}

const types = ['Patient', 'Condition', 'ServiceRequest', 'Task'] as const

describe.each(longKinds)('a referral on %s', (kind) => {
  let world: World

  beforeEach(async () => {
    world = await openWorld(kind)
  })
  afterEach(() => world.close())

  const overHttps = (text: string, who = 'hospital'): Promise<Reply> =>
    world.send(who, 'POST', '/exchange/hl7v2', {
      headers: { 'content-type': 'application/hl7-v2' },
      body: text,
    })

  const overMllp = (text: string): Promise<string> =>
    receiveHl7v2(world.services, new TextEncoder().encode(text), { channel: 'mllp' })

  const overFhir = async (): Promise<Reply> => {
    const parsed = parseMessage(new TextEncoder().encode(message()))
    if (!parsed.ok) throw new Error(parsed.problem.text)
    const mapped = mapReferral(parsed.message, partner, () => crypto.randomUUID())
    if (!mapped.ok) throw new Error(mapped.problem.text)
    return world.post('hospital', '', mapped.bundle)
  }

  /** What there is now, as the hospital sees it, up to ids, versions and dates of storing. */
  const stored = async (): Promise<string> => {
    const all: FhirResource[] = []
    for (const type of types)
      for (const { resource } of searchset(
        await world.get('hospital', `${type}?_count=100&_sort=_lastUpdated,_id`),
      ).entry ?? [])
        if (resource !== undefined) all.push(resource as FhirResource)
    const sorted = all.toSorted((one, other) => shape(one).localeCompare(shape(other)))
    const names = new Map(sorted.map((one, place) => [one.id ?? '', `${one.resourceType}-${String(place)}`]))
    let text = JSON.stringify(
      sorted.map(({ meta, ...rest }) => ({
        ...rest,
        meta: { profile: meta?.profile, security: meta?.security },
      })),
    )
    for (const [id, name] of names)
      text = text.replaceAll(`"${id}"`, `"${name}"`).replaceAll(`/${id}"`, `/${name}"`)
    return text
  }

  const shape = (resource: FhirResource): string =>
    `${resource.resourceType} ${JSON.stringify('code' in resource ? resource.code : '')}`

  const msa = (text: string): string[] => /MSA\|([^\r]*)/.exec(text)?.[1]?.split('|') ?? []

  const counts = async (): Promise<(number | undefined)[]> =>
    Promise.all(types.map(async (type) => searchset(await world.get('hospital', `${type}?_count=0`)).total))

  test('three ways in leave the same resources', async () => {
    const outcomes: string[] = []
    for (const way of [overFhir, () => overHttps(message()), () => overMllp(message())]) {
      await world.close()
      world = await openWorld(kind)
      await way()
      expect(await counts()).toEqual([1, 2, 1, 1])
      outcomes.push(await stored())
    }
    expect(JSON.parse(outcomes[1] ?? '')).toEqual(JSON.parse(outcomes[0] ?? ''))
    expect(JSON.parse(outcomes[2] ?? '')).toEqual(JSON.parse(outcomes[0] ?? ''))
  })

  test('it is answered AA with its control id, in its own form', async () => {
    const reply = expectStatus(await overHttps(message('CTRL-77')), 200)
    expect(reply.headers.get('content-type')).toBe('application/hl7-v2')
    expect(reply.text).toMatch(/^MSH\|\^~\\&\|SLUICE\|CLINIC\|EPIC\|OAK\|/)
    expect(msa(reply.text).slice(0, 2)).toEqual(['AA', 'CTRL-77'])
  })

  test('the same message again has the same answer, and happens once', async () => {
    const first = await overHttps(message())
    const before = [await counts(), await stored()]
    const again = await overHttps(message())
    expect(again.text).toBe(first.text)
    expect(await overMllp(message())).toBe(first.text)
    expect([await counts(), await stored()]).toEqual(before)
  })

  test('the same message many times at once happens once', async () => {
    const replies = await Promise.all(Array.from({ length: 6 }, () => overHttps(message())))
    for (const reply of replies) expect(msa(reply.text)[0]).toBe('AA')
    expect(await counts()).toEqual([1, 2, 1, 1])
    const rows = await world.rows(sql`SELECT key FROM inbox WHERE state = 'accepted'`)
    expect(rows).toHaveLength(1)
  })

  test('the same control id with other content is held for a person', async () => {
    await overHttps(message())
    const before = [await counts(), await stored()]
    const other = await overHttps(message('CTRL1', (text) => text.replace('Rivera^Elena', 'Rivera^Elna')))
    expect(msa(other.text).slice(0, 2)).toEqual(['AE', 'CTRL1'])
    expect([await counts(), await stored()]).toEqual(before)
    const [held] = await world.rows<{ raw: Uint8Array }>(sql`SELECT raw FROM inbox WHERE state = 'held'`)
    expect(new TextDecoder().decode(held?.raw)).toContain('Elna')
  })

  test('another message about the same patient adds to the same Patient', async () => {
    await overHttps(message('CTRL1'))
    expect(
      msa(
        (await overHttps(message('CTRL2', (text) => text.replaceAll('MG-REF-5541', 'MG-REF-5542')))).text,
      )[0],
    ).toBe('AA')
    expect(await counts()).toEqual([1, 4, 2, 2])
  })

  test('the raw message is kept as it came, whatever becomes of it', async () => {
    for (const text of [
      message('RAW1'),
      message('RAW2', (one) => one.replace('REF^I12^REF_I12', 'ADT^A01')),
    ]) {
      await overHttps(text)
      const rows = await world.rows<{ raw: Uint8Array }>(sql`SELECT raw FROM inbox ORDER BY key DESC LIMIT 1`)
      expect(new TextDecoder().decode(rows[0]?.raw)).toBe(text)
    }
  })

  test('the receiver gets the referral and what it cites, and knows the patient from then on', async () => {
    await overHttps(message())
    const [entry] = searchset(await world.get('clinic', 'Task?status=requested')).entry ?? []
    const task = entry?.resource as Task
    expect(task.owner?.reference).toBe('Organization/clinic')
    const request = expectStatus(
      await world.get('clinic', task.focus?.reference ?? ''),
      200,
    ).as<ServiceRequest>()
    expect(request.reasonReference).toHaveLength(2)
    for (const { reference } of request.reasonReference ?? [])
      expectStatus(await world.get('clinic', reference ?? ''), 200)
    const person = expectStatus(await world.get('clinic', task.for?.reference ?? ''), 200).as<Patient>()
    expect(person.identifier?.[0]).toMatchObject({ system: 'https://oak.example/mrn', value: 'MG-10023' })
    for (const who of ['psychiatry', 'school', 'holder'])
      expectOutcome(await world.get(who, `Task/${task.id ?? ''}`), 404)
  })

  test('the receiver moves the Task along its states, and the sender reads them', async () => {
    await overFhir()
    const [entry] = searchset(await world.get('clinic', 'Task')).entry ?? []
    const at = `Task/${entry?.resource?.id ?? ''}`
    const move = async (who: string, change: Partial<Task>) => {
      const now = (await world.get(who, at)).as<Task>()
      return world.put(who, at, { ...now, ...change })
    }
    expectStatus(await move('clinic', { status: 'accepted' }), 200)
    expect((await world.get('hospital', at)).as<Task>().status).toBe('accepted')
    expectOutcome(await move('clinic', { status: 'requested' }), 403)
    expectOutcome(
      await move('clinic', { status: 'in-progress', owner: { reference: 'Organization/psychiatry' } }),
      403,
    )
    expectStatus(await move('clinic', { status: 'in-progress' }), 200)
    expectStatus(await move('clinic', { status: 'completed' }), 200)
    expectOutcome(await world.del('clinic', at), 403)
    expect((await world.get('hospital', at)).as<Task>().status).toBe('completed')
  })

  test('a Part 2 program that receives one says received, and confirms no patient (42 CFR 2.13)', async () => {
    await overHttps(message('CTRL1', (text) => text.replaceAll('|CLINIC|', '|RECOVERY|')))
    const [entry] = searchset(await world.get('recovery', 'Task')).entry ?? []
    const at = `Task/${entry?.resource?.id ?? ''}`
    const own = (await world.get('recovery', at)).as<Task>()
    const [before] = searchset(await world.get('hospital', 'Task')).entry ?? []
    expectStatus(await world.put('recovery', at, { ...own, status: 'accepted' }), 200)
    expect((await world.get('recovery', at)).as<Task>().status).toBe('accepted')
    const [after] = searchset(await world.get('hospital', 'Task')).entry ?? []
    expect(after?.resource).toMatchObject({ status: 'requested' })
    expect(after?.resource).toEqual(before?.resource)
  })

  test.each([
    ['another event', (text: string) => text.replace('REF^I12^REF_I12', 'REF^I13^REF_I12'), 'AR'],
    ['another type', (text: string) => text.replace('REF^I12^REF_I12', 'ADT^A01^ADT_A01'), 'AR'],
    ['an unknown receiver', (text: string) => text.replaceAll('|CLINIC|', '|NOWHERE|'), 'AR'],
    ['an unknown sender', (text: string) => text.replaceAll('|OAK|', '|NOBODY|'), 'AR'],
    ['no patient', (text: string) => text.replace(/PID\|[^\r]*\r/, ''), 'AE'],
    ['a date that is none', (text: string) => text.replace('19930417', '19931399'), 'AE'],
    ['a code system that is not known', (text: string) => text.replaceAll('^I10C|', '^NOSUCH|'), 'AE'],
  ] as const)('one with %s is refused with the place, and stores nothing', async (_name, wrong, code) => {
    const reply = await overHttps(message('WRONG', wrong))
    expect(reply.headers.get('content-type')).toBe('application/hl7-v2')
    expect(msa(reply.text)[0]).toBe(code)
    expect(reply.text).toContain('\rERR|')
    expect(reply.text).not.toMatch(/Rivera|19930417|Alder/)
    expect(await counts()).toEqual([0, 0, 0, 0])
  })

  test('a sender speaks for itself alone', async () => {
    const reply = await overHttps(message(), 'psychiatry')
    expect(msa(reply.text)[0]).toBe('AR')
    expect(await counts()).toEqual([0, 0, 0, 0])
  })

  test('a refused message that comes again, mended, is taken', async () => {
    const wrong = await overHttps(message('MEND', (text) => text.replace('19930417', '19931399')))
    expect(msa(wrong.text)[0]).toBe('AE')
    expect(msa((await overHttps(message('MEND2'))).text)[0]).toBe('AA')
    expect(await counts()).toEqual([1, 2, 1, 1])
  })

  test('it takes a token, and answers without one in its own form', async () => {
    const reply = await world.send(undefined, 'POST', '/exchange/hl7v2', {
      headers: { 'content-type': 'application/hl7-v2' },
      body: message(),
    })
    expect(reply.status).toBe(401)
    expect(reply.headers.get('www-authenticate')).toBe('Bearer')
    expect(msa(reply.text)[0]).toBe('AR')
  })

  test('a diagnosis of substance use in it does not go back to who may not have it', async () => {
    const reply = await overHttps(
      message('SUD1', (text) =>
        text.replace('F33.1^Major depressive disorder, recurrent, moderate', 'F10.20^Alcohol dependence'),
      ),
    )
    expect(msa(reply.text)[0]).toBe('AA')
    const found = (await world.get('clinic', 'Condition')).as<Bundle>()
    expect(JSON.stringify(found)).not.toContain('F10.20')
    expect(found.total).toBe(1)
    const [task] = searchset(await world.get('clinic', 'Task')).entry ?? []
    const request = expectStatus(
      await world.get('clinic', (task?.resource as Task | undefined)?.focus?.reference ?? ''),
      200,
    )
    expect(request.as<ServiceRequest>().reasonReference).toHaveLength(1)
  })
})
