import { type SQL, sql } from 'drizzle-orm'
import type { Bundle, FhirResource } from 'fhir/r4'
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { buildConsent } from './consents.ts'
import { kinds } from './databases.ts'
import { expectOutcome, expectStatus } from './outcome.ts'
import { labelled, observation, patient, unnamed } from './records.ts'
import { openWorld, type Reply, type World } from './world.ts'

interface Audited {
  readonly outcome: string
  readonly interaction: string
  readonly client: string
  readonly organization: string
  readonly purpose: string
  readonly detail: { readonly status?: number; readonly resources?: unknown[] }
}

interface Accounted {
  readonly recipient: string
  readonly purpose: string
  readonly basis: { readonly consent: string; readonly provision: string }[]
  readonly description: { readonly resource: string; readonly labels: string[] }[]
  readonly notice: string | null
  readonly hash: string
}

describe.each(kinds)('the record of disclosures on %s', (kind) => {
  let world: World

  beforeAll(async () => {
    world = await openWorld(kind)
    const spec = {
      root: { effect: 'permit', to: ['hospital'], purposes: ['TREAT'], labels: ['42CFRPart2', 'SUD'] },
    }
    const consent = JSON.stringify(buildConsent('ann-c', { ...spec, from: ['recovery'] }))
    await world.load('recovery', [
      patient('ann'),
      observation('sud', 'ann', labelled(['SUD'])),
      observation('hiv', 'ann', labelled(['HIV'])),
      JSON.parse(consent.replaceAll('@patient', 'Patient/ann')) as FhirResource,
    ])
    await world.load('clinic', [patient('bea'), observation('plain', 'bea')])
    await world.know('hospital', 'Patient/bea')
  })
  afterAll(() => world.close())

  /** The rows of a table that a call adds. */
  const added = async <Row extends object>(table: SQL, call: () => Promise<unknown>): Promise<Row[]> => {
    const [last] = await world.rows<{ key: bigint }>(sql`SELECT coalesce(max(key), 0) AS key FROM ${table}`)
    await call()
    return world.rows<Row>(
      sql`SELECT * FROM ${table} WHERE key > ${String(last?.key ?? 0)}::bigint ORDER BY key`,
    )
  }
  const audited = (call: () => Promise<unknown>) => added<Audited>(sql`audit`, call)
  const accounted = (call: () => Promise<unknown>) => added<Accounted>(sql`accounting`, call)

  test('a consented disclosure is accounted for: who, what, why, under which consent, with which notice', async () => {
    let body = ''
    const rows = await accounted(async () => {
      body = expectStatus(await world.get('hospital', 'Observation/sud'), 200).text
    })
    expect(rows).toHaveLength(1)
    expect(rows[0]).toMatchObject({
      recipient: 'Organization/hospital',
      purpose: 'TREAT',
      basis: [{ consent: 'Consent/ann-c', provision: 'Consent.provision' }],
      notice: '42 CFR part 2 prohibits unauthorized use or disclosure of these records.',
    })
    expect(rows[0]?.description).toMatchObject([
      { resource: 'Observation/sud', labels: ['42CFRPart2', 'SUD'] },
    ])
    const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(body))
    expect(rows[0]?.hash).toBe(Buffer.from(digest).toString('hex'))
  })

  test('so is each page of a search, and an entry of a batch', async () => {
    const search = await accounted(() => world.get('hospital', 'Observation?patient=ann'))
    expect(search.map(({ description }) => description.map(({ resource }) => resource))).toEqual([
      ['Observation/sud'],
    ])
    const batch = await accounted(() =>
      world.post('hospital', '', {
        resourceType: 'Bundle',
        type: 'batch',
        entry: [
          { request: { method: 'GET', url: 'Observation/sud' } },
          { request: { method: 'GET', url: 'Observation/hiv' } },
        ],
      }),
    )
    expect(batch).toHaveLength(1)
  })

  test('what goes without a consent is in the trail, and not in the accounting', async () => {
    expect(await accounted(() => world.get('hospital', 'Observation/plain'))).toEqual([])
    expect(await accounted(() => world.get('recovery', 'Observation/sud'))).toEqual([])
    const rows = await audited(() => world.get('hospital', 'Observation/plain'))
    expect(rows).toHaveLength(1)
    expect(rows[0]).toMatchObject({
      outcome: 'disclosed',
      interaction: 'read',
      client: 'hospital',
      organization: 'Organization/hospital',
      purpose: 'TREAT',
      detail: { status: 200 },
    })
    expect(JSON.stringify(rows[0]?.detail.resources)).toContain('Observation/plain')
  })

  const refusals: Readonly<Record<string, readonly [status: number, call: () => Promise<Reply>]>> = {
    'what is hidden': [404, () => world.get('hospital', 'Observation/hiv')],
    'what is not there': [404, () => world.get('hospital', 'Observation/never')],
    'a missing scope': [403, async () => world.get(await world.token('hospital', { scope: 'system/Patient.r' }), 'Observation/plain')],
    'a foreign record': [403, () => world.put('hospital', 'Observation/plain', observation('plain', 'bea', { status: 'amended' }))],
    'an invalid resource': [422, () => world.post('hospital', 'Observation', { resourceType: 'Observation' })],
    'an unknown parameter': [400, () => world.get('hospital', 'Observation?nonsense=1')],
  } // prettier-ignore

  test.each(Object.entries(refusals))(
    'a refusal is in the trail, without what was asked for: %s',
    async (_name, [status, call]) => {
      const rows = await audited(async () => expectOutcome(await call(), status))
      expect(rows.map(({ outcome, detail }) => [outcome, detail.status])).toEqual([['refused', status]])
      expect(JSON.stringify(rows.map(({ detail }) => detail))).not.toMatch(/hiv|never|plain/)
    },
  )

  test('a write is in the trail with what it wrote', async () => {
    let id = ''
    const rows = await audited(async () => {
      id =
        expectStatus(
          await world.post('clinic', 'Observation', unnamed(observation('', 'bea'))),
          201,
        ).as<FhirResource>().id ?? ''
    })
    expect(
      rows.filter(({ outcome }) => outcome === 'written').map(({ detail }) => JSON.stringify(detail)),
    ).toEqual([expect.stringContaining(`Observation/${id}`)])
  })

  test('the trail and the accounting hold no content', async () => {
    const all = JSON.stringify([
      await world.rows(sql`SELECT detail FROM audit`),
      await world.rows(sql`SELECT description, basis FROM accounting`),
    ])
    expect(all).not.toMatch(/Family-|Given|1990-05-01|8480-6/)
  })

  const message = readFileSync(
    new URL('../../mappings/hospital/fixtures/ref-i12.hl7', import.meta.url),
    'utf8',
  )

  const leaving: Readonly<Record<string, () => Promise<Reply>>> = {
    read: () => world.get('hospital', 'Observation/plain'),
    'read under a consent': () => world.get('hospital', 'Observation/sud'),
    'read of what is hidden': () => world.get('hospital', 'Observation/hiv'),
    'read of what is not there': () => world.get('hospital', 'Observation/never'),
    vread: () => world.get('hospital', 'Observation/plain/_history/x'),
    history: () => world.get('hospital', 'Observation/plain/_history'),
    search: () => world.get('hospital', 'Observation'),
    'search with _include': () => world.get('hospital', 'Observation?_include=Observation:subject'),
    'a search that is refused': () => world.get('hospital', 'Observation?nonsense=1'),
    create: () => world.post('clinic', 'Observation', unnamed(observation('', 'bea', { status: 'preliminary' }))),
    update: () => world.put('clinic', 'Observation/plain', observation('plain', 'bea', { status: 'preliminary' })),
    delete: () => world.del('clinic', 'Observation/plain'),
    batch: () =>
      world.post('hospital', '', { resourceType: 'Bundle', type: 'batch', entry: [{ request: { method: 'GET', url: 'Observation/plain' } }] }),
    transaction: () =>
      world.post('clinic', '', {
        resourceType: 'Bundle',
        type: 'transaction',
        entry: [{ resource: unnamed(observation('', 'bea', { status: 'preliminary' })), request: { method: 'POST', url: 'Observation' } }],
      }),
    trail: () => world.get('clinic-policy', 'AuditEvent'),
    school: () => world.get('school', '/exchange/school/students/1/summary'),
  } // prettier-ignore

  test.each(Object.entries(leaving))(
    'where the record cannot be kept, nothing leaves: %s',
    async (_name, call) => {
      await world.rows(sql`ALTER TABLE audit RENAME COLUMN outcome TO verdict`)
      try {
        const reply = await call()
        expect(reply.status).toBe(500)
        expect(reply.text).toBe('')
        for (const header of ['etag', 'location', 'last-modified'])
          expect(reply.headers.get(header)).toBeNull()
      } finally {
        await world.rows(sql`ALTER TABLE audit RENAME COLUMN verdict TO outcome`)
      }
      expectStatus(await world.get('hospital', 'Observation/plain'), 200)
      const found = (await world.get('clinic', 'Observation?status=preliminary')).as<Bundle>()
      expect(found.total).toBe(0)
    },
  )

  test('where the record cannot be kept, an HL7 v2 message is not acknowledged as stored', async () => {
    await world.rows(sql`ALTER TABLE audit RENAME COLUMN outcome TO verdict`)
    try {
      const body = message.replaceAll('MERCY', 'OAK').replaceAll('RIVERBEND', 'CLINIC')
      const reply = await world.send('hospital', 'POST', '/exchange/hl7v2', {
        headers: { 'content-type': 'application/hl7-v2' },
        body,
      })
      expect(reply.text).not.toContain('MSA|AA')
      expect(reply.status).toBe(500)
    } finally {
      await world.rows(sql`ALTER TABLE audit RENAME COLUMN verdict TO outcome`)
    }
    expect((await world.get('clinic', 'Task')).as<Bundle>().total).toBe(0)
  })
})

describe.each(kinds)('refusals on %s', (kind) => {
  let world: World
  beforeAll(async () => {
    world = await openWorld(kind)
  })
  afterAll(() => world.close())

  const refused = async (): Promise<number> => {
    const [row] = await world.services.database.query<{ count: number }>(
      sql`SELECT count(*)::int AS count FROM audit WHERE outcome = 'refused'`,
    )
    return row?.count ?? 0
  }

  test('each is on the trail, once: no token, a body that cannot be read, what is hidden or missing', async () => {
    const before = await refused()
    await world.app.request('/fhir/Patient/ann')
    expect(await refused()).toBe(before + 1)
    await world.post('clinic', 'Observation', '{"resourceType":')
    expect(await refused()).toBe(before + 2)
    await world.get('clinic', 'Observation/nobody')
    expect(await refused()).toBe(before + 3)
  })
})
