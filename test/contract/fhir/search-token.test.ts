import type { Identifier } from 'fhir/r4'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { kinds } from '../databases.ts'
import { concept, observation, patient } from '../records.ts'
import { openWorld, type World } from '../world.ts'
import { type Case, find } from './asking.ts'

const [a, b] = ['urn:a', 'urn:b']
const types = 'http://terminology.hl7.org/CodeSystem/v2-0203'

const typed = (code: string, value: string, text?: string): Identifier => ({
  type: { coding: [{ system: types, code }], ...(text === undefined ? {} : { text }) },
  system: a,
  value,
})

describe.each(kinds)('search by token (FHIR R4 search 3.1.1.4.10) on %s', (kind) => {
  let world: World

  beforeAll(async () => {
    world = await openWorld(kind)
    await world.load('clinic', [
      patient('ann', {
        active: true,
        deceasedBoolean: false,
        identifier: [typed('MR', '446053', 'chart number'), { system: b, value: 'one$two' }],
        telecom: [
          { system: 'phone', value: '555-1234' },
          { system: 'email', value: 'ann@example.org' },
        ],
      }),
      patient('bea', {
        active: false,
        gender: 'male',
        deceasedDateTime: '2025-01-01',
        identifier: [typed('SS', '446053'), { system: b }],
        communication: [{ language: { coding: [{ system: 'urn:ietf:bcp:47', code: 'es' }] } }],
      }),
      patient('cyd', {
        gender: 'other',
        deceasedBoolean: true,
        identifier: [{ value: String.raw`a\b|c,d` }],
      }),
    ])
    const { gender: _gender, ...nobody } = patient('dan')
    await world.load('clinic', [
      nobody,
      observation('two', 'ann', {
        code: {
          coding: [
            { system: a, code: 'x', display: 'Heart rate' },
            { system: b, code: 'y' },
          ],
          text: 'Pulse, taken',
        },
      }),
      observation('one', 'ann', { code: concept(a, 'y', 'a pulse') }),
      observation('bare', 'ann', { code: { coding: [{ code: 'x' }] }, status: 'preliminary' }),
      observation('said', 'ann', { code: { text: 'Heartbeat' }, status: 'amended' }),
    ])
  })
  afterAll(() => world.close())

  const patients: readonly Case[] = [
    ['active=true', ['ann']],
    ['active=false', ['bea']],
    ['active:missing=true', ['cyd', 'dan']],
    ['active:not=true', ['bea', 'cyd', 'dan']],
    ['deceased=true', ['bea', 'cyd']],
    ['deceased=false', ['ann', 'dan']],
    ['gender=male', ['bea']],
    ['gender=http://hl7.org/fhir/administrative-gender|male', ['bea']],
    ['gender=male,other', ['bea', 'cyd']],
    ['gender:not=female', ['bea', 'cyd', 'dan']],
    ['gender:not=female,male', ['cyd', 'dan']],
    ['gender:not=female&gender:not=male', ['cyd', 'dan']],
    ['gender:missing=true', ['dan']],
    ['gender=male&gender=female', []],
    ['identifier=446053', ['ann', 'bea']],
    ['identifier=urn:a|446053', ['ann', 'bea']],
    ['identifier=urn:b|446053', []],
    ['identifier=|446053', []],
    ['identifier=urn:b|', ['ann', 'bea']],
    ['identifier=urn:a|', ['ann', 'bea']],
    [`identifier:of-type=${types}|MR|446053`, ['ann']],
    [`identifier:ofType=${types}|MR|446053`, ['ann']],
    [`identifier:of-type=${types}|SS|446053`, ['bea']],
    [`identifier:of-type=${types}|MR|4460`, []],
    [`identifier:of-type=${types}|MR|446053,${types}|SS|446053`, ['ann', 'bea']],
    ['identifier:text=chart', ['ann']],
    [String.raw`identifier=urn:b|one\$two`, ['ann']],
    ['identifier=urn:b|one$two', ['ann']],
    [String.raw`identifier=a\\b\|c\,d`, ['cyd']],
    [String.raw`identifier=|a\\b\|c\,d`, ['cyd']],
    [String.raw`identifier=a\\b\|c,d`, []],
    ['telecom=555-1234', ['ann']],
    ['telecom=phone|555-1234', ['ann']],
    ['telecom=email|555-1234', []],
    ['phone=555-1234', ['ann']],
    ['phone=ann@example.org', []],
    ['email=ann@example.org', ['ann']],
    ['language=es', ['bea']],
    ['language=urn:ietf:bcp:47|es', ['bea']],
    ['_id:not=ann', ['bea', 'cyd', 'dan']],
    ['_id:not=ann,bea', ['cyd', 'dan']],
  ]

  test.each(patients)('Patient?%s', async (query, ids) => {
    expect(await find(world, `Patient?${query}`)).toEqual(ids)
  })

  const observations: readonly Case[] = [
    ['code=x', ['bare', 'two']],
    ['code=urn:a|x', ['two']],
    ['code=|x', ['bare']],
    ['code=urn:a|', ['one', 'two']],
    ['code=urn:b|', ['two']],
    ['code=urn:b|x', []],
    ['code=urn:a|x,urn:a|y', ['one', 'two']],
    ['code=x&code=y', ['two']],
    ['code=urn:a|x&code=urn:b|y', ['two']],
    ['code:not=x', ['one', 'said']],
    ['code:not=urn:a|x', ['bare', 'one', 'said']],
    ['code:not=x,y', ['said']],
    ['code:text=heart', ['said', 'two']],
    ['code:text=HEART RATE', ['two']],
    [String.raw`code:text=pulse\, taken`, ['two']],
    ['code:text=a pulse,heartbeat', ['one', 'said']],
    ['code:text=rate', []],
    ['code:missing=true', []],
    ['code=x,,y', ['bare', 'one', 'two']],
    ['status=final', ['one', 'two']],
    ['status=http://hl7.org/fhir/observation-status|amended', ['said']],
    ['status=final,amended', ['one', 'said', 'two']],
    ['status:not=final', ['bare', 'said']],
    ['status=Final', []],
    ['code=', ['bare', 'one', 'said', 'two']],
  ]

  test.each(observations)('Observation?%s', async (query, ids) => {
    expect(await find(world, `Observation?${query}`)).toEqual(ids)
  })
})
