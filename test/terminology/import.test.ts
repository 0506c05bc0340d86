import { sql } from 'drizzle-orm'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createServices } from '../../src/create-services.ts'
import type { Services } from '../../src/services.ts'
import type { Database } from '../../src/store/database.ts'
import { kinds, openDatabase } from '../contract/databases.ts'
import { type Files, filesOf, fixture, importFiles, importRelease } from './fixtures.ts'

const settings = {
  publicUrl: 'http://x.example',
  production: false,
  log: false,
  clock: undefined,
  mllpPort: 0,
}

interface Told {
  readonly system: string
  readonly version: string
  readonly concepts: number
  readonly unread: number
  readonly faults: readonly { readonly file: string; readonly line: number; readonly reason: string }[]
}

describe.each(kinds)('an import of terminology on %s', (kind) => {
  let database: Database
  let services: Services

  beforeEach(async () => {
    database = await openDatabase(kind)
    services = createServices({ settings, database })
  })
  afterEach(() => database.close())

  const concepts = async (system: string) =>
    new Map(
      (
        await database.query<{
          code: string
          display: string
          active: boolean
          properties: object
          parents: string[]
        }>(
          sql`SELECT c.code, c.display, c.active, c.properties, ARRAY(SELECT p.parent FROM concept_parent p WHERE p.release = e.key AND p.child = c.code ORDER BY 1) AS parents
            FROM code_release e JOIN concept c ON c.release = e.key WHERE e.system = ${system} AND e.stage = 'current'`,
        )
      ).map((row) => [row.code, row]),
    )
  const terms = async (code: string): Promise<string[]> =>
    (
      await database.query<{ term: string }>(
        sql`SELECT t.term FROM concept_term t JOIN code_release e ON e.key = t.release AND e.stage = 'current' WHERE t.code = ${code} ORDER BY 1`,
      )
    ).map(({ term }) => term)

  test('ICD-10-CM: codes with their point, the long description, and the category that a code begins with', async () => {
    const ran = await importRelease(services, 'icd-10-cm')
    expect(ran.json).toEqual({
      system: 'http://hl7.org/fhir/sid/icd-10-cm',
      version: '2026',
      concepts: 15,
      files: ['icd10cm-order-2026.txt'],
      unread: 0,
      faults: [],
    })
    const known = await concepts('http://hl7.org/fhir/sid/icd-10-cm')
    expect(known.get('F11.20')).toEqual({
      code: 'F11.20',
      display: 'Opioid dependence, uncomplicated',
      active: true,
      properties: { billable: true },
      parents: ['F11.2'],
    })
    expect(known.get('F11')).toMatchObject({ parents: [], properties: { billable: false } })
    expect(known.get('F11.2')?.parents).toEqual(['F11'])
    expect(known.get('F11.220')?.parents).toEqual(['F11.22'])
    expect(known.get('F10.10')?.parents).toEqual(['F10'])
    expect(known.get('T40.1X1A')?.parents).toEqual(['T40.1X1'])
    expect(known.get('T40')?.display).toContain('adverse effect of')
    expect(await terms('T40')).toContain('Poisoning by narcotics and psychodysleptics')
    expect(ran.told.at(-1)).toMatch(/^icd10cm-order-2026\.txt: 100 %, line 15$/)
  })

  test('ICD-10-CM: the list of codes alone', async () => {
    await importFiles(services, 'icd-10-cm', {
      'icd10cm-codes-2026.txt': await fixture('icd10cm-codes-2026.txt'),
    })
    const known = await concepts('http://hl7.org/fhir/sid/icd-10-cm')
    expect(known.size).toBe(6)
    expect(known.get('F11.20')).toMatchObject({ display: 'Opioid dependence, uncomplicated', parents: [] })
  })

  test('LOINC: codes, parts and answers, with quotes and line breaks in fields', async () => {
    const ran = await importRelease(services, 'loinc')
    expect(ran.json).toMatchObject({ system: 'http://loinc.org', version: '2.80', unread: 0, concepts: 10 })
    const known = await concepts('http://loinc.org')
    expect(known.get('44261-6')).toMatchObject({
      display: 'Patient Health Questionnaire 9 item (PHQ-9) total score [Reported]',
      active: true,
      parents: ['LP89731-9'],
      properties: { CLASS: 'SURVEY.PHQ', SCALE_TYP: 'Qn', STATUS: 'ACTIVE' },
    })
    expect(await terms('44261-6')).toContain('Depression "PHQ-9" score')
    expect(known.get('70274-6')?.parents).toEqual(['LP7803-7'])
    expect(known.get('11111-2')?.active).toBe(false)
    expect(known.get('LP89731-9')).toMatchObject({ display: 'Depression, screening', parents: ['LP7803-7'] })
    expect(known.get('LA6568-5')?.display).toBe('Not at all')
  })

  test('SNOMED CT: what is active, the fully specified name, synonyms, and is-a alone', async () => {
    const ran = await importRelease(services, 'snomed-ct')
    expect(ran.json).toMatchObject({
      version: 'http://snomed.info/sct/900000000000207008/version/20260101',
      concepts: 11,
      unread: 0,
    })
    const known = await concepts('http://snomed.info/sct')
    expect(known.get('75544000')).toMatchObject({
      display: 'Opioid dependence (disorder)',
      active: true,
      parents: ['191816009'],
      properties: { sufficientlyDefined: true, moduleId: '900000000000207008' },
    })
    expect(known.get('66344007')?.parents).toEqual(['35489007', '370143000'])
    expect(known.get('12345678')?.active).toBe(false)
    expect(known.get('441806004')?.display).toBe('Only a synonym')
    expect(await terms('75544000')).toEqual([
      'Addiction to opioids "street" opioids',
      'Opioid dependence',
      'Opioid dependence (disorder)',
    ])
  })

  test('RxNorm: its own names, whether they are suppressed, and isa in both directions once', async () => {
    const ran = await importRelease(services, 'rxnorm')
    expect(ran.json).toMatchObject({ version: '01052026', concepts: 5, unread: 0 })
    const known = await concepts('http://www.nlm.nih.gov/research/umls/rxnorm')
    expect(known.get('1819')).toMatchObject({
      display: 'buprenorphine',
      active: true,
      properties: { TTY: 'IN', SAB: 'RXNORM' },
    })
    expect(await terms('1819')).toEqual(['buprenorphine', 'buprenorphine base'])
    expect(known.get('351266')?.parents).toEqual(['371234'])
    expect(known.get('371234')?.parents).toEqual([])
    expect(known.get('999001')?.active).toBe(false)
  })

  test('a byte order mark and other line ends make no difference', async () => {
    const text = (await fixture('icd10cm-order-2026.txt')).replaceAll('\n', '\r\n')
    await importFiles(services, 'icd-10-cm', { 'icd10cm-order-2026.txt': `\uFEFF${text.trimEnd()}` })
    const known = await concepts('http://hl7.org/fhir/sid/icd-10-cm')
    expect(known.size).toBe(15)
    expect([...known.values()].filter(({ display }) => display !== display.trim())).toEqual([])
  })

  test('lines that cannot be read are told with their number, and the others are imported', async () => {
    const lines = (await fixture('icd10cm-order-2026.txt')).split('\n')
    const bytes = (line: string): Uint8Array => new TextEncoder().encode(`${line}\n`)
    const parts = [
      ...lines.slice(0, 2).map(bytes),
      bytes('no such columns'),
      Uint8Array.of(0x30, 0xff, 0xfe, 0x0a),
      bytes('00099 !!!     1 Short                                                        Long'),
      bytes(''),
      ...lines.slice(2, -1).map(bytes),
      bytes('x'.repeat(300_000)),
    ]
    const ran = await importFiles(services, 'icd-10-cm', { 'icd10cm-order-2026.txt': Buffer.concat(parts) })
    const told = ran.json as Told
    expect(told).toMatchObject({ concepts: 15, unread: 4 })
    expect(told.faults.map(({ line, reason }) => [line, reason])).toEqual([
      [3, 'the columns are not those of an ICD-10-CM order file'],
      [4, 'the line is not UTF-8'],
      [5, 'there is no ICD-10-CM code where it belongs'],
      [20, 'the line is too long'],
    ])
    expect(ran.text).toContain('icd10cm-order-2026.txt, line 3: the columns are not those')
    expect(ran.fault).toBeUndefined()
  })

  test('a quote without its other half spoils its own line alone', async () => {
    const files = await filesOf('loinc')
    const [header = '', first = '', ...rest] = String(files['Loinc_2.80/Loinc.csv']).split('\r\n')
    const text = [header, first.replace('"44249-1"', '"44249-1'), ...rest].join('\r\n')
    const ran = await importFiles(services, 'loinc', { ...files, 'Loinc_2.80/Loinc.csv': text })
    expect(ran.json).toMatchObject({
      unread: 1,
      faults: [{ file: 'Loinc.csv', line: 2, reason: 'the quotes do not match' }],
    })
    expect([...(await concepts('http://loinc.org')).keys()]).toEqual(
      expect.arrayContaining(['44261-6', '70274-6', '11111-2', '5643-2']),
    )
  })

  test.each<[string, Files, string, string?]>([
    [
      'icd-10-cm',
      { 'icd10cm-order-2026.txt': '%PDF-1.7 nothing of the sort\n' },
      'is not a file `icd10cm-order-YYYY.txt`',
    ],
    ['loinc', { 'Loinc.csv': 'a,b\n1,2\n' }, 'is not a file `Loinc.csv`', '2.80'],
    ['rxnorm', { 'RXNCONSO.RRF': '1|2|3\n' }, 'is not a file `RXNCONSO.RRF`', '1'],
    ['icd-10-cm', { 'notes.txt': 'x' }, 'has a file `icd10cm-order-YYYY.txt` or `icd10cm-codes-YYYY.txt`'],
    [
      'icd-10-cm',
      { 'a/icd10cm-order-2025.txt': 'x', 'a/icd10cm-order-2026.txt': 'x' },
      'there are several files',
    ],
    ['icd-10-cm', { 'icd10cm-order-addenda-2026.txt': 'x' }, 'has a file'],
    ['snomed-ct', { 'sct2_Concept_Full_INT_20260101.txt': 'x' }, 'has a file `sct2_Concept_Snapshot'],
    ['loinc', { 'Loinc.csv': 'x' }, 'name it with `--release`'],
    ['icd-9', { x: 'x' }, '`--system` is one of icd-10-cm, loinc, snomed-ct, rxnorm'],
  ])('of %s, what is no release is refused: %j', async (system, files, reason, release) => {
    const more = release === undefined ? [] : ['--release', release]
    await expect(importFiles(services, system, files, ...more)).rejects.toThrow(reason)
    const rows = await database.query(sql`SELECT FROM code_release WHERE stage = 'current'`)
    expect(rows).toHaveLength(0)
  })

  test('what is mostly unreadable, or names nothing, changes nothing', async () => {
    await importRelease(services, 'icd-10-cm')
    const [first = ''] = (await fixture('icd10cm-order-2026.txt')).split('\n')
    const bad = { 'icd10cm-order-2027.txt': `${first}\nrubbish\nrubbish\nrubbish\n` }
    await expect(importFiles(services, 'icd-10-cm', bad)).rejects.toThrow(
      'more lines could not be read than could',
    )
    expect((await concepts('http://hl7.org/fhir/sid/icd-10-cm')).size).toBe(15)
  })

  test('what was interrupted goes on where it was, and what is complete is not imported again', async () => {
    const files = await filesOf('snomed-ct')
    const whole = createServices({ settings, database })
    let calls = 0
    const failing: Services = {
      ...whole,
      database: {
        ...database,
        transaction: (work) => (++calls > 3 ? Promise.reject(new Error('gone')) : database.transaction(work)),
      },
    }
    await expect(importFiles(failing, 'snomed-ct', files)).rejects.toThrow()
    expect((await concepts('http://snomed.info/sct')).size).toBe(0)
    const [half] = await database.query<{ done: number }>(
      sql`SELECT count(*)::int AS done FROM code_release, jsonb_array_elements(files) f WHERE f ->> 'isDone' = 'true'`,
    )
    expect(half?.done).toBe(2)
    const ran = await importFiles(services, 'snomed-ct', files)
    expect(ran.told.map((line) => line.split(':')[0])).toEqual([
      'sct2_Relationship_Snapshot_INT_20260101.txt',
    ])
    expect(ran.json).toMatchObject({ concepts: 11 })
    const again = await importFiles(services, 'snomed-ct', files)
    expect(again.told).toEqual([])
    expect(again.text).toContain('was imported before')
    expect((await database.query(sql`SELECT FROM code_release`)).length).toBe(1)
  })

  test('readers see the release before until the new one is complete; then the old one is taken out', async () => {
    await importRelease(services, 'icd-10-cm')
    const text = (await fixture('icd10cm-order-2026.txt')).replaceAll(
      'Opioid dependence, uncomplicated',
      'Renamed'.padEnd(32),
    )
    const seen: (string | undefined)[] = []
    const watching: Services = {
      ...services,
      database: {
        ...database,
        transaction: async (work) => {
          seen.push((await concepts('http://hl7.org/fhir/sid/icd-10-cm')).get('F11.20')?.display)
          return database.transaction(work)
        },
      },
    }
    await importFiles(watching, 'icd-10-cm', { 'icd10cm-order-2027.txt': text })
    expect(seen.slice(0, 3)).toEqual(Array(3).fill('Opioid dependence, uncomplicated'))
    expect(seen.at(-1)).toBe('Renamed')
    const left = await database.query(sql`SELECT version FROM code_release`)
    expect(left).toEqual([{ version: '2027' }])
    for (const table of ['concept', 'concept_parent', 'concept_term'])
      expect(
        await database.query(
          sql`SELECT FROM ${sql.raw(table)} WHERE release NOT IN (SELECT key FROM code_release)`,
        ),
      ).toHaveLength(0)
  })

  test('an import that was given up for another is taken out', async () => {
    const text = await fixture('icd10cm-order-2026.txt')
    const failing: Services = {
      ...services,
      database: {
        ...database,
        transaction: (
          (calls) => (work) =>
            calls-- > 0 ? database.transaction(work) : Promise.reject(new Error('gone'))
        )(2),
      },
    }
    await expect(importFiles(failing, 'icd-10-cm', { 'icd10cm-order-2025.txt': text })).rejects.toThrow()
    await importRelease(services, 'icd-10-cm')
    expect(await database.query(sql`SELECT version, stage FROM code_release`)).toEqual([
      { version: '2026', stage: 'current' },
    ])
    expect((await concepts('http://hl7.org/fhir/sid/icd-10-cm')).size).toBe(15)
  })
})
