import { describe, expect, it } from 'vitest'
import { letter } from '../../../src/exchange/school/letter.ts'
import type { SchoolSummary } from '../../../src/exchange/school/schema.ts'
import { longDate, stretch } from '../../../src/exchange/school/when.ts'
import { summaryOf } from './fixtures.ts'

const summary = summaryOf()
const written = letter(summary)

describe('the letter', () => {
  it('says what the summary says', () => {
    for (const text of [
      'Lakeside Unified School District',
      'Lena Park',
      'April 18, 2011',
      'S-1001',
      'Extended time on tests',
      'from February 23, 2026 to June 18, 2027',
      'in care on March 11, 2026, from 5:00 PM to 6:00 PM.',
      'Wei Chen',
      '555-0100',
      'Consent/lena-consent, which ends January 1, 2030',
    ])
      expect(written).toContain(text)
  })

  it('has the notice before any content', () => {
    expect(written.indexOf(summary.notice)).toBeGreaterThan(0)
    expect(written.indexOf(summary.notice)).toBeLessThan(written.indexOf('<section>'))
  })

  it('is a whole page with a language, a title that names no student, one main and one heading', () => {
    expect(written).toMatch(/^<!doctype html>\s+<html lang="en">/)
    expect(written).toContain('<title>Letter to Lakeside Unified School District</title>')
    expect(written.match(/<(main|h1)>/g)).toEqual(['<main>', '<h1>'])
    expect(written).toContain('name="viewport"')
    expect(written).toContain('@media print')
  })

  it('loads nothing and runs nothing', () => {
    expect(written).not.toMatch(/<script|<link|<img|<iframe|src=|href=|url\(|@import|\son\w+=/i)
  })

  it('escapes every value', () => {
    const evil = '<img src=x onerror=alert(1)>"\'&'
    const hostile: SchoolSummary = {
      ...summary,
      student: { ...summary.student, name: evil, localId: evil },
      school: { id: 's', name: evil },
      notice: evil,
      consent: { reference: evil, scope: evil },
      documents: [
        {
          type: 'accommodation-letter',
          date: '2026-03-11',
          accommodations: [
            { system: 'https://sluice.example/fhir/CodeSystem/accommodation', code: 'a', display: evil },
          ],
          authors: [{ name: evil, contact: [{ kind: 'email', value: evil }] }],
        },
      ],
    }
    expect(letter(hostile)).not.toContain('<img')
    expect(letter(hostile).match(/&lt;img/g)).toHaveLength(10)
  })

  it('has words for each paper', () => {
    const paper = { date: '2026-04-20', authors: [] }
    const page = letter({
      ...summary,
      documents: [
        { type: 'return-to-school', ...paper },
        { type: 'medication-administration', ...paper },
        { type: 'safety-plan-school-part', ...paper, accommodations: [] },
        { type: 'excuse', ...paper },
        { type: 'excuse', ...paper, authors: [{ contact: [{ kind: 'phone', value: '555-0101' }] }] },
      ],
    })
    for (const text of [
      'may return to school',
      'school nurse only',
      'No accommodation is listed',
      'the care team',
    ])
      expect(page).toContain(text)
  })
})

describe('dates in words', () => {
  it.each([
    ['2026', '2026'],
    ['2026-03', 'March 2026'],
    ['2026-03-01', 'March 1, 2026'],
    ['2026-03-11T23:30:00-07:00', 'March 11, 2026'],
  ])('%s is %s', (text, words) => expect(longDate(text)).toBe(words))

  it.each([
    [
      '2026-03-11T00:05:00-07:00',
      '2026-03-11T12:00:00.000-07:00',
      'on March 11, 2026, from 12:05 AM to 12:00 PM',
    ],
    ['2026-03-11T17:00:00Z', '2026-03-11T18:00:00Z', 'on March 11, 2026, from 5:00 PM UTC to 6:00 PM UTC'],
    [
      '2026-03-11T23:00:00-07:00',
      '2026-03-12T01:00:00-07:00',
      'from March 11, 2026, 11:00 PM to March 12, 2026, 1:00 AM',
    ],
    ['2026-03-11', '2026-03-11', 'on March 11, 2026'],
    ['2026-03-11', undefined, 'from March 11, 2026'],
    [undefined, '2026-03-11', 'until March 11, 2026'],
    [undefined, undefined, undefined],
  ])('%s to %s', (start, end, words) => expect(stretch(start, end)).toBe(words))
})
