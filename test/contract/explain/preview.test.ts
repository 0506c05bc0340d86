import type { OperationOutcome, Parameters, ParametersParameter } from 'fhir/r4'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { longKinds } from '../databases.ts'
import { byLabels } from '../leaks/household.ts'
import { openWorld, type Who, type World } from '../world.ts'

const recipients = ['hospital', 'psychiatry', 'school', 'hie', 'health', 'holder', 'billing'] as const
const purposes = ['TREAT', 'HPAYMT'] as const

/** The parts of a parameter by name. */
const parts = (own: ParametersParameter | undefined, name: string): ParametersParameter[] =>
  (own?.part ?? []).filter((part) => part.name === name)

const recordOf = (item: ParametersParameter): string =>
  parts(item, 'record')[0]?.valueReference?.reference ?? ''
const effectOf = (item: ParametersParameter | undefined): string =>
  parts(item, 'effect')[0]?.valueCoding?.code ?? ''

describe.each(longKinds)('Patient/$preview-disclosure on %s', (kind) => {
  let world: World
  const asked = `recipient=${recipients.map((one) => `Organization/${one}`).join(',')}&purpose=${purposes.join(',')}`
  const preview = async (who: Who, query = asked, id = 'ann') =>
    world.get(who, `Patient/${id}/$preview-disclosure?${query}`)

  beforeAll(async () => {
    world = await openWorld(kind)
    for (const { custodian, resources } of byLabels) await world.load(custodian, resources)
    for (const who of ['hospital', 'school', 'recovery']) await world.know(who, 'Patient/ann')
  })
  afterAll(() => world.close())

  test('tells of each recipient and purpose what is shared, redacted and withheld', async () => {
    const reply = await preview('clinic')
    expect(reply.status, reply.text.slice(0, 400)).toBe(200)
    const all = reply.as<Parameters>().parameter ?? []
    expect(all).toHaveLength(recipients.length * purposes.length)
    const [hospital] = all
    const counts = ['shared', 'redacted', 'withheld'].map(
      (name) => parts(hospital, name)[0]?.valueInteger ?? 0,
    )
    expect(counts.every((count) => count > 3)).toBe(true)
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(parts(hospital, 'item').length)
  })

  test('shows the very bytes that each recipient reads, and none where it reads nothing', async () => {
    const reply = await preview('clinic', `${asked}&content=true`)
    const previews = reply.as<Parameters>().parameter ?? []
    let [sent, none] = [0, 0]
    for (const own of previews) {
      const who = await world.token(
        parts(own, 'recipient')[0]?.valueReference?.reference?.split('/')[1] ?? '',
        { purpose: parts(own, 'purpose')[0]?.valueCoding?.code ?? '' },
      )
      for (const item of parts(own, 'item')) {
        const read = await world.get(who, recordOf(item))
        if (effectOf(item) === 'withheld') {
          expect(read.status, recordOf(item)).toBe(404)
          expect(parts(item, 'content')).toEqual([])
          none += 1
        } else {
          expect(reply.text).toContain(`"content","resource":${read.text}`)
          expect(parts(item, 'content')[0]?.resource).toEqual(read.as())
          sent += 1
        }
      }
    }
    expect(sent).toBeGreaterThan(50)
    expect(none).toBeGreaterThan(200)
  })

  test('gives for each label a rule with its section, and why the label is there', async () => {
    const reply = await preview('clinic', 'recipient=Organization/hospital')
    const items = parts(reply.as<Parameters>().parameter?.[0], 'item')
    const of = (record: string) => items.find((item) => recordOf(item) === record)
    const reasons = parts(of('Observation/s-obs'), 'reason')
    expect(reasons).toHaveLength(1)
    expect(parts(reasons[0], 'label')[0]?.valueCoding?.code).toBe('HIV')
    expect(parts(reasons[0], 'effect')[0]?.valueCode).toBe('silent')
    expect(parts(reasons[0], 'rule')[0]?.valueCode).toBe('default')
    expect(parts(reasons[0], 'citation')[0]?.valueString).toMatch(/CFR/)
    expect(parts(reasons[0], 'basis').map(({ valueString }) => valueString)).toContain('sender')
    expect(effectOf(of('CarePlan/plan'))).toBe('redacted')
    const withheld = parts(of('CarePlan/plan'), 'reason').filter(
      (reason) => parts(reason, 'effect')[0]?.valueCode === 'silent',
    )
    expect(withheld.length).toBeGreaterThan(0)
    for (const item of items.filter((one) => effectOf(one) === 'withheld'))
      expect(
        parts(item, 'reason').some((reason) => parts(reason, 'effect')[0]?.valueCode !== 'permit'),
        recordOf(item),
      ).toBe(true)
  })

  test('leaves nothing behind: no recipient, no permit, and one line on the trail', async () => {
    const count = async () =>
      (
        await world.rows<{ audiences: number; permits: number; audits: number }>(
          (await import('drizzle-orm'))
            .sql`SELECT (SELECT count(*)::int FROM audience) AS audiences, (SELECT count(*)::int FROM permit) AS permits, (SELECT count(*)::int FROM audit) AS audits`,
        )
      )[0]
    await world.token('clinic')
    const before = await count()
    await preview('clinic', 'recipient=Organization/ward,Organization/hie&purpose=HRESCH,HOPERAT')
    const after = await count()
    expect(after).toEqual({ ...before, audits: (before?.audits ?? 0) + 1 })
  })

  test('is for the custodian and the patient, and for nobody else', async () => {
    expect((await preview('hospital')).status).toBe(403)
    expect((await preview('billing')).status).toBe(403)
    const own = await world.token('clinic', { patient: 'ann', purpose: 'PATRQT' })
    expect((await preview(own)).status).toBe(200)
    const other = await world.token('clinic', { patient: 'bea', purpose: 'PATRQT' })
    const [hidden, absent] = [await preview(other), await preview(other, asked, 'none')]
    expect([hidden.status, hidden.text]).toEqual([absent.status, absent.text])
    expect(hidden.status).toBe(404)
    expect((await preview('psychiatry')).status).toBe(404)
  })

  test('refuses what it cannot answer', async () => {
    for (const query of [
      'recipient=hospital',
      'purpose=TREAT',
      'recipient=Organization/recovery',
      'purpose=NONSENSE',
      'recipient=Organization/none',
      'what=1',
      '_type=Nonsense',
    ]) {
      const reply = await preview('clinic', query)
      expect(reply.status, query).toBe(400)
      expect(reply.as<OperationOutcome>().issue[0]?.details?.text).toBeTruthy()
    }
  })

  test('$why on one record says the same, and to a recipient only why it got it', async () => {
    const reply = await world.get('clinic', 'CarePlan/plan/$why?recipient=Organization/hospital')
    const items = parts(reply.as<Parameters>().parameter?.[0], 'item')
    expect(items.map(effectOf)).toEqual(['redacted'])
    const own = await world.get('hospital', 'CarePlan/plan/$why')
    expect(own.status).toBe(200)
    const reasons = parts(own.as<Parameters>().parameter?.[0], 'reason')
    expect(reasons.length).toBeGreaterThan(0)
    expect(reasons.every((reason) => parts(reason, 'effect')[0]?.valueCode === 'permit')).toBe(true)
    expect(own.text).not.toMatch(/basis|withheld|silent|HIV/)
    const [hidden, absent] = [
      await world.get('hospital', 'Observation/s-obs/$why'),
      await world.get('hospital', 'Observation/none/$why'),
    ]
    expect([hidden.status, hidden.text]).toEqual([absent.status, absent.text])
  })
})
