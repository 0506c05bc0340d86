import type { OperationOutcome } from 'fhir/r4'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { buildConsent } from '../consents.ts'
import { kinds } from '../databases.ts'
import { observation, patient } from '../records.ts'
import { openWorld, type World } from '../world.ts'

interface Cards {
  readonly cards: readonly {
    readonly summary: string
    readonly indicator: string
    readonly extension: {
      readonly obligations?: readonly {
        readonly parameters: { readonly codes: readonly { code: string }[] }
      }[]
      readonly basedOn: readonly string[]
    }
  }[]
}

const consultation = (actor: string, purposeOfUse = 'TREAT', value = 'ann') => ({
  hook: 'patient-consent-consult',
  hookInstance: '6f1e0c3a-0000-4000-8000-000000000001',
  context: {
    patientId: [{ system: 'urn:mrn', value }],
    scope: 'patient-privacy',
    actor: [{ system: 'Organization', value: actor }],
    purposeOfUse,
  },
})

describe.each(kinds)('$consent-decision on %s', (kind) => {
  let world: World
  const ask = async (who: string, body: object) => world.post(who, '$consent-decision', body)
  const card = async (...given: Parameters<typeof consultation>) => {
    const reply = await ask('clinic', consultation(...given))
    expect(reply.status, reply.text.slice(0, 300)).toBe(200)
    return reply.as<Cards>().cards[0]
  }

  beforeAll(async () => {
    world = await openWorld(kind)
    const consents = [
      buildConsent('open', {
        patient: 'Patient/ann',
        root: { effect: 'permit', to: ['psychiatry'], purposes: ['TREAT'], labels: ['HIV', 'MH'] },
      }),
      buildConsent('closed', {
        patient: 'Patient/ann',
        root: { effect: 'deny', to: ['holder'], purposes: ['HPAYMT'] },
      }),
    ]
    await world.load('clinic', [
      patient('ann', { identifier: [{ system: 'urn:mrn', value: 'ann' }] }),
      observation('plain', 'ann'),
      ...consents,
    ])
    await world.know('hospital', 'Patient/ann')
  })
  afterAll(() => world.close())

  test('permits what the tables permit, with the labels to redact', async () => {
    const found = await card('hospital')
    expect(found?.summary).toBe('CONSENT_PERMIT')
    expect(found?.indicator).toBe('info')
    const codes = found?.extension.obligations?.[0]?.parameters.codes.map(({ code }) => code) ?? []
    expect(codes).toEqual(expect.arrayContaining(['42CFRPart2', 'HIV', 'SUD', 'PSYTHPN']))
    expect(codes).not.toContain('MH')
  })

  test('names the consent that a decision is based on, and redacts what it does not name', async () => {
    const found = await card('psychiatry')
    expect(found?.summary).toBe('CONSENT_PERMIT')
    expect(found?.extension.basedOn).toEqual(['Consent/open'])
    const codes = found?.extension.obligations?.[0]?.parameters.codes.map(({ code }) => code) ?? []
    expect(codes).toContain('42CFRPart2')
    expect(codes).not.toContain('HIV')
  })

  test('denies what a consent denies; without any there is none, for the unknown too', async () => {
    expect((await card('holder', 'HPAYMT'))?.summary).toBe('CONSENT_DENY')
    const [nobody, unknown, stranger] = [
      await card('school', 'COC'),
      await card('school', 'COC', 'nobody'),
      await card('no-such-organization'),
    ]
    expect(nobody?.summary).toBe('NO_CONSENT')
    expect(unknown).toEqual(nobody)
    expect(stranger).toEqual(nobody)
  })

  test('agrees with what is read', async () => {
    for (const who of ['hospital', 'psychiatry', 'school'] as const) {
      const found = await card(who)
      const read = await world.get(who, 'Observation/plain')
      const codes = found?.extension.obligations?.flatMap(({ parameters }) => parameters.codes) ?? []
      const goes = found?.summary === 'CONSENT_PERMIT' && !codes.some(({ code }) => code === 'ordinary')
      expect(read.status === 200, who).toBe(goes)
    }
  })

  test('is for the custodian; another one asks about its own records alone', async () => {
    expect((await ask('billing', consultation('hospital'))).status).toBe(403)
    expect((await ask('hospital', consultation('school'))).as<Cards>().cards[0]?.summary).toBe('NO_CONSENT')
  })

  test('says what it takes', async () => {
    for (const body of [
      {},
      { hook: 'other' },
      { ...consultation('x'), context: {} },
      consultation('x', 'NONSENSE'),
    ]) {
      const reply = await ask('clinic', body)
      expect(reply.status).toBe(400)
      expect(reply.as<OperationOutcome>().issue[0]?.details?.text).toMatch(/hook|purposeOfUse/)
    }
  })
})
