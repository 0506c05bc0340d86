import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { buildAck } from '../../src/mapping/hl7v2/acknowledge.ts'
import { readDate, readZone } from '../../src/mapping/hl7v2/dates.ts'
import { escapeText, unescapeText } from '../../src/mapping/hl7v2/escape.ts'
import { parseMessage } from '../../src/mapping/hl7v2/parse.ts'
import { buildReferralResponse } from '../../src/mapping/hl7v2/referral-response.ts'
import { REF_I12 } from '../../src/mapping/hl7v2/segments.ts'
import { readSource } from '../../src/mapping/hl7v2/source.ts'
import { fixture, parsed, referralText } from './fixtures.ts'

const MSH = 'MSH|^~\\&|EPIC|MERCY|SLUICE|RIVERBEND|20260914||REF^I12^REF_I12|42|P|2.5.1'

function latin1(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0))
}

function problemOf(input: Uint8Array | string) {
  const result = parseMessage(input)
  return result.ok ? undefined : result.problem
}

function sourceOf(text: string) {
  return readSource(parsed(text), REF_I12, 'America/New_York')
}

describe('parseMessage', () => {
  test('CR, LF and CRLF end segments alike', () => {
    const text = referralText()
    for (const end of ['\n', '\r\n']) expect(parsed(text.replaceAll('\r', end)).text).toBe(parsed(text).text)
  })

  test('a byte order mark is dropped', () => {
    const bytes = fixture('ref-i12.hl7')
    expect(parsed(Uint8Array.of(0xef, 0xbb, 0xbf, ...bytes)).text).toBe(parsed(bytes).text)
    expect(parsed(`\uFEFF${referralText()}`).text).toBe(parsed(bytes).text)
  })

  test('MSH-18 says how bytes are read', () => {
    const name = 'MSH-18 is 8859/1: José \u0092'
    const bytes = latin1(`${MSH}||||||8859/1\rNTE|1||${name}`)
    expect(parsed(bytes).text).toContain('José ’')
    const utf8 = new TextEncoder().encode(`${MSH}||||||UNICODE UTF-8\rNTE|1||José`)
    expect(parsed(utf8).text).toContain('José')
  })

  test('bytes that are no characters of the set are refused, and so is a set that is not known', () => {
    expect(problemOf(latin1(`${MSH}\rNTE|1||José`))).toMatchObject({ code: 'AR', errorCode: '102' })
    expect(problemOf(latin1(`${MSH}||||||ASCII\rNTE|1||José`))).toMatchObject({ errorCode: '102' })
    expect(problemOf(`${MSH}||||||ISO IR87\rNTE|1||x`)).toMatchObject({
      errorCode: '103',
      location: { segment: 'MSH', field: 18 },
    })
  })

  test.each([
    ['nothing', '', '100'],
    ['a cut header', 'MSH|^~', '100'],
    ['a header without its fields', 'MSH|^~\\&|', '101'],
    ['another protocol', 'GET / HTTP/1.1\r\n\r\n', '100'],
    ['the same delimiter twice', MSH.replace('^~\\&', '^^\\&'), '100'],
    ['no control id', MSH.replace('|42|', '||'), '101'],
    ['an unknown processing id', MSH.replace('|P|', '|X|'), '202'],
    ['another version', MSH.replace('2.5.1', '3.0'), '203'],
    ['more segments than a message has', `${MSH}${'\rNTE|1'.repeat(1001)}`, '100'],
    ['a line that is no segment', `${MSH}\rhello there`, '100'],
  ])('%s is refused with a code of table 0357', (_, text, errorCode) => {
    expect(problemOf(text)).toMatchObject({ code: 'AR', errorCode })
  })

  test('whatever the bytes, it answers', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), fc.boolean(), (bytes, headed) => {
        const input = headed ? Uint8Array.from([...latin1(`${MSH}\rPID|`), ...bytes]) : bytes
        const result = parseMessage(input)
        if (result.ok) readSource(result.message, REF_I12, 'America/New_York')
        expect(typeof result.ok).toBe('boolean')
      }),
    )
  })

  test('a message cut anywhere is answered', () => {
    const bytes = fixture('ref-i12.hl7')
    for (let length = 0; length < bytes.length; length += 7) {
      const result = parseMessage(bytes.subarray(0, length))
      if (result.ok) readSource(result.message, REF_I12, 'America/New_York')
    }
  })
})

describe('escapes', () => {
  test('unescape undoes escape', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(unescapeText(escapeText(text))).toBe(text)
      }),
    )
  })

  test('escaped text has no delimiters and no line ends', () => {
    fc.assert(fc.property(fc.string(), (text) => !/[|^~&\r\n]/.test(escapeText(text))))
  })

  test.each([
    ['\\F\\\\S\\\\T\\\\R\\\\E\\', '|^&~\\'],
    ['one\\.br\\two', 'one\ntwo'],
    ['caf\\XC3A9\\', 'café'],
    ['\\H\\bold\\N\\', 'bold'],
    ['C:\\temp', 'C:\\temp'],
    ['\\Zlocal\\ kept', '\\Zlocal\\ kept'],
  ])('%s', (escaped, text) => {
    expect(unescapeText(escaped)).toBe(text)
  })
})

describe('dates', () => {
  const zone = readZone('America/New_York')

  test.each([
    ['2026', '2026'],
    ['202610', '2026-10'],
    ['20261004', '2026-10-04'],
    ['2026100413', '2026-10-04'],
    ['202610041305', '2026-10-04T13:05:00-04:00'],
    ['20261204130559', '2026-12-04T13:05:59-05:00'],
    ['20261204130559.1234', '2026-12-04T13:05:59.1234-05:00'],
    ['20261204130559+0530', '2026-12-04T13:05:59+05:30'],
    ['202611010130', '2026-11-01T01:30:00-04:00'],
    ['20240229', '2024-02-29'],
  ])('%s keeps its precision: %s', (text, date) => {
    expect(zone && readDate(text, zone)).toBe(date)
  })

  test.each([
    'garbage',
    '20261',
    '20261301',
    '20260230',
    '20250229',
    '2026100424',
    '1/2/2026',
    '202603080230',
  ])('%s is not a date', (text) => {
    expect(zone && readDate(text, zone)).toBeUndefined()
  })

  test('a fixed offset is a zone, nonsense is not', () => {
    expect(readZone('-07:00')?.(0)).toBe('-07:00')
    expect(readZone('Mars/Olympus')).toBeUndefined()
  })
})

describe('readSource', () => {
  test('a wrong date is named by its place and not by its value', () => {
    const result = sourceOf(referralText().replace('|19930417|', '|19931317|'))
    expect(result).toMatchObject({
      ok: false,
      problem: { code: 'AE', errorCode: '102', location: { segment: 'PID', field: 7, line: 5 } },
    })
    expect(JSON.stringify(result)).not.toContain('19931317')
  })

  test('an unknown segment is ignored and named', () => {
    const result = sourceOf(referralText().replace('PV1|', 'ZPV|local\rPV1|'))
    expect(result).toMatchObject({ ok: true, ignored: ['ZPV'] })
  })

  test('a note under a result belongs to the result', () => {
    const result = sourceOf(referralText().replace('PV1|', 'NTE|1||about the score\rPV1|'))
    expect(result.ok && result.source['OBX']?.[0]?.['notes']).toHaveLength(1)
    expect(result.ok && result.source['NTE']).toHaveLength(2)
  })

  test('the delete marker is no value', () => {
    const result = sourceOf(referralText().replace('|F|||88', '|""|||88'))
    expect(result.ok && result.source['PID']?.[0]?.['administrativeSex']).toBeUndefined()
  })

  test('a field that repeats without bound is refused', () => {
    const result = sourceOf(referralText().replace('~000-00', '~1'.repeat(101)))
    expect(result).toMatchObject({ problem: { errorCode: '102', location: { segment: 'PID', field: 3 } } })
  })

  test('an unknown time zone of the partner is a problem', () => {
    const result = readSource(parsed(referralText()), REF_I12, 'Mars/Olympus')
    expect(result).toMatchObject({ ok: false, problem: { errorCode: '207' } })
  })
})

describe('answers', () => {
  const options = { id: () => 'SL0001', now: new Date('2026-09-14T14:15:22Z') }

  test('ACK turns sender and receiver around and names the fault', () => {
    const text = buildAck(parsed(referralText()).header, 'AE', options, {
      code: 'AE',
      errorCode: '101',
      location: { segment: 'PID', occurrence: 1, field: 3, line: 5 },
      text: 'PID-3 (line 5): a required value is missing',
    })
    expect(text.split('\r')).toEqual([
      'MSH|^~\\&|SLUICE|RIVERBEND|EPIC|MERCY|20260914141522+0000||ACK^I12^ACK|SL0001|P|2.5.1',
      'MSA|AE|MG20260914000117|PID-3 (line 5): a required value is missing',
      'ERR||PID^1^3^1|101^Required field missing^HL70357|E||||PID-3 (line 5): a required value is missing',
      '',
    ])
    expect(parseMessage(text).ok).toBe(true)
  })

  test('ACK answers what had no readable header', () => {
    const text = buildAck(undefined, 'AR', options, { code: 'AR', errorCode: '100', text: 'garbage' })
    expect(text).toContain('\rMSA|AR||garbage\rERR|||100^')
  })

  test('RRI^I12 gives the status and the patient as sent', () => {
    const message = parsed(referralText())
    const text = buildReferralResponse(message, { ...options, status: 'accepted', referralId: 'SR-1' })
    const segments = text.split('\r')
    expect(segments.map((segment) => segment.slice(0, 3))).toEqual([
      'MSH',
      'MSA',
      'RF1',
      'PRD',
      'PRD',
      'PID',
      '',
    ])
    expect(segments[0]).toContain('|RRI^I12^RRI_I12|SL0001|')
    expect(segments[2]).toMatch(/^RF1\|A\^Accepted\^HL70283\|A\^ASAP.*\|MG-REF-5541\^MERCY\|.*\|SR-1$/)
    expect(referralText()).toContain(segments[5])
  })

  test('RRI^I12 rewrites characters of another character set', () => {
    const bytes = latin1(`${MSH}||||||8859/1\rRF1|\rPRD|RP\rPID|1||7^^^MERCY||Nu\\XF1\\ez^Jos\u00E9`)
    const text = buildReferralResponse(parsed(bytes), { ...options, status: 'pending' })
    expect(text).toContain('||7^^^MERCY||Nuñez^José')
    expect(text.split('\r')[0]).toMatch(/\|2\.5\.1\|{6}UNICODE UTF-8$/)
  })
})
