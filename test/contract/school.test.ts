import type { CarePlan, FhirResource } from 'fhir/r4'
import notices from '../../mappings/notices.json' with { type: 'json' }
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { schoolSummarySchema } from '../../src/exchange/school/schema.ts'
import { buildConsent, type ConsentSpec } from './consents.ts'
import { kinds } from './databases.ts'
import { expectOutcome, expectStatus, headersOf, matches } from './outcome.ts'
import { condition, icd10, labelled, observation, patient, practitioner } from './records.ts'
import { openWorld, type Reply, type Who, type World } from './world.ts'

const system = 'urn:school'

/** What a school may see of a plan, and around it what it may not. */
const plan = (id: string, subject: string, more: Partial<CarePlan> = {}): CarePlan => ({
  resourceType: 'CarePlan',
  id,
  status: 'active',
  intent: 'plan',
  category: [
    {
      coding: [
        {
          system: 'https://sluice.example/fhir/CodeSystem/document-type',
          code: 'school-accommodations',
        },
      ],
    },
  ],
  title: 'a title that names depression',
  description: 'a description that names depression',
  note: [{ text: 'a note that names depression' }],
  subject: { reference: `Patient/${subject}` },
  period: { start: '2026-02-01', end: '2027-06-30' },
  author: { reference: 'Practitioner/doc', display: 'Doctor Display' },
  addresses: [{ reference: `Condition/${subject}-mood`, display: 'depression' }],
  activity: [
    {
      detail: {
        status: 'in-progress',
        description: 'because of depression',
        code: {
          coding: [
            {
              system: 'https://sluice.example/fhir/CodeSystem/accommodation',
              code: 'late-arrival',
              display: 'Late arrival',
            },
          ],
        },
      },
    },
  ],
  ...more,
})

const toSchool: ConsentSpec = {
  root: {
    effect: 'deny',
    provision: [{ effect: 'permit', to: ['school'], purposes: ['COC'], classes: ['CarePlan', 'Patient'] }],
  },
}

describe.each(kinds)('what a school gets on %s', (kind) => {
  let world: World

  const consent = (id: string, subject: string, spec: ConsentSpec): FhirResource =>
    JSON.parse(
      JSON.stringify(buildConsent(id, spec)).replaceAll('@patient', `Patient/${subject}`),
    ) as FhirResource

  const student = async (id: string, spec: ConsentSpec | undefined, more: readonly FhirResource[] = []) => {
    await world.load('clinic', [
      patient(id, { birthDate: '2010-01-02', address: [{ city: 'Home Town' }] }),
      condition(`${id}-mood`, id, { code: icd10('F33.1') }),
      observation(`${id}-score`, id),
      ...(more.some(({ resourceType }) => resourceType === 'CarePlan') ? [] : [plan(`${id}-plan`, id)]),
      ...(spec === undefined ? [] : [consent(`${id}-c`, id, spec)]),
      ...more,
    ])
    await world.know('school', `Patient/${id}`, { system, value: `S-${id}` })
  }

  beforeAll(async () => {
    world = await openWorld(kind)
    await world.load('clinic', [practitioner('doc')])
    await student('yes', toSchool)
    await student('no', undefined)
    await student('revoked', { ...toSchool, status: 'inactive' })
    await student('expired', { root: { ...toSchool.root, period: ['2025-01-01', '2025-12-31'] } })
    await student('denied', toSchool, [
      consent('denied-d', 'denied', { root: { effect: 'deny', to: ['school'] } }),
    ])
    await student('elsewhere', {
      root: { effect: 'deny', provision: [{ effect: 'permit', to: ['hospital'], purposes: ['COC'] }] },
    })
    await student('nothing', toSchool, [plan('nothing-plan', 'nothing', { status: 'revoked' })])
    await student('labelled', toSchool, [plan('labelled-plan', 'labelled', labelled(['SUD']))])
  })
  afterAll(() => world.close())

  const coordinating = (id: string) => world.token(id, { purpose: 'COC' })
  const summary = async (localId: string, who?: Who, headers = {}): Promise<Reply> =>
    world.get(who ?? (await coordinating('school')), `/exchange/school/students/${localId}/summary`, headers)

  test('the allow-list and nothing else', async () => {
    const reply = expectStatus(await summary('S-yes'), 200)
    expect(reply.headers.get('content-type')).toMatch('application/json')
    const body = schoolSummarySchema.parse(reply.as())
    expect(body).toMatchObject({
      student: { localId: 'S-yes', birthDate: '2010-01-02' },
      school: { id: 'school', name: 'Pine School District' },
      documents: [
        {
          type: 'accommodation-letter',
          accommodations: [{ code: 'late-arrival' }],
          effective: { from: '2026-02-01', until: '2027-06-30' },
        },
      ],
      consent: { reference: 'Consent/yes-c' },
    })
    expect(body.notice).toBe(notices.notices.find(({ id }) => id === 'ferpa-redisclosure')?.text)
    expect(reply.text).not.toMatch(/depress|F33|Condition|Observation|8480|Home Town|Elm|yes-plan/i)
  })

  test('a letter of the same, to print', async () => {
    const reply = expectStatus(await summary('S-yes', undefined, { accept: 'text/html' }), 200)
    expect(reply.headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(reply.text).toContain('Late arrival')
    expect(reply.text).not.toMatch(/depress|F33|Elm/i)
  })

  test.each(['no', 'revoked', 'expired', 'denied', 'elsewhere', 'nothing', 'labelled'])(
    'the answer for a student whose consent is %s is that for an unknown one, byte by byte',
    async (id) => {
      const [own, unknown] = [await summary(`S-${id}`), await summary('S-nobody')]
      expectOutcome(own, 404)
      expect(own.text).toBe(unknown.text)
      expect(headersOf(own)).toEqual(headersOf(unknown))
      const letters = [
        await summary(`S-${id}`, undefined, { accept: 'text/html' }),
        await summary('S-nobody', undefined, { accept: 'text/html' }),
      ]
      expect(letters.map(({ status, text }) => [status, text])).toEqual([
        [404, own.text],
        [404, own.text],
      ])
    },
  )

  test('a consent that is revoked closes at once', async () => {
    await student('soon', toSchool)
    expectStatus(await summary('S-soon'), 200)
    await world.load('clinic', [
      { ...consent('soon-c', 'soon', toSchool), status: 'inactive' } as FhirResource,
    ])
    expectOutcome(await summary('S-soon'), 404)
  })

  test("another school's student is unknown, and so is one for another purpose", async () => {
    const unknown = await summary('S-nobody')
    expect((await summary('S-yes', await coordinating('pine-north'))).text).toBe(unknown.text)
    expect((await summary('S-yes', await coordinating('hospital'))).text).toBe(unknown.text)
    expectOutcome(await summary('S-yes', await world.token('school', { purpose: 'TREAT' })), 404)
  })

  test('over FHIR the school sees no more than what the consent names', async () => {
    const school = await coordinating('school')
    expect(matches(await world.get(school, 'CarePlan?patient=yes'))).toEqual(['yes-plan'])
    for (const type of ['Condition', 'Observation', 'Consent', 'DocumentReference'])
      expect(matches(await world.get(school, `${type}?patient=yes`))).toEqual([])
  })

  test.each([
    ['NUL', 'S-%00'],
    ['dots', '%2e%2e'],
    ['a quote', "S'--"],
    ['a slash', 'S-yes%2F..'],
    ['a long one', 'x'.repeat(3000)],
  ])('a number that is none: %s', async (_name, localId) => {
    const reply = await summary(localId)
    expect([400, 404, 405], reply.text).toContain(reply.status)
  })

  test('it takes a token', async () => {
    expectOutcome(await world.get(undefined, '/exchange/school/students/S-yes/summary'), 401)
    expectOutcome(
      await summary('S-yes', await world.token('school', { purpose: 'COC', scope: 'system/Observation.rs' })),
      403,
    )
  })
})
