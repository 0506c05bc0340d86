import { csvFields } from './csv-fields.ts'
import {
  columnsOf,
  type Fault,
  type FileFormat,
  type Reader,
  type ReleaseFormat,
  type Statement,
} from './release-format.ts'

const quotes: Fault = { fault: 'the quotes do not match' }

const columns = [
  'LOINC_NUM', 'COMPONENT', 'PROPERTY', 'TIME_ASPCT', 'SYSTEM', 'SCALE_TYP', 'METHOD_TYP', 'CLASS', 'STATUS', 'SHORTNAME', 'LONG_COMMON_NAME',
] as const // prettier-ignore

/** Columns that are properties of a code. https://hl7.org/fhir/R4/loinc.html, filter properties */
const properties = [
  'COMPONENT', 'PROPERTY', 'TIME_ASPCT', 'SYSTEM', 'SCALE_TYP', 'METHOD_TYP', 'CLASS', 'STATUS',
] as const // prettier-ignore

const termColumns = ['CONSUMER_NAME', 'DisplayName', 'CLASSTYPE', 'ORDER_OBS'] as const

/** `Loinc.csv` */
const codes: FileFormat = {
  like: 'Loinc.csv',
  name: /^Loinc\.csv$/i,
  isQuoted: true,
  hasHeader: true,
  open: (first) => {
    const header = csvFields(first) ?? []
    const read = columnsOf(header, columns)
    const more = termColumns.map((name) => [name, header.indexOf(name)] as const)
    return read === undefined
      ? undefined
      : rows(header, (fields) => {
          const seldom = new Map(more.map(([name, at]) => [name, at < 0 ? '' : (fields[at] ?? '')]))
          return readCode(read(fields), seldom)
        })
  },
}

const rows =
  (header: readonly string[], read: (fields: readonly string[]) => readonly Statement[] | Fault): Reader =>
  (text) => {
    if (text.trim() === '') return []
    const fields = csvFields(text)
    if (fields === undefined) return quotes
    if (fields.length !== header.length)
      return { fault: `there are ${fields.length} columns where the first line has ${header.length}` }
    return read(fields)
  }

const readCode = (
  own: Readonly<Record<(typeof columns)[number], string>>,
  seldom: ReadonlyMap<(typeof termColumns)[number], string>,
): readonly Statement[] | Fault => {
  const { LOINC_NUM: code, LONG_COMMON_NAME: long, SHORTNAME: short } = own
  if (!/^\d{1,7}-\d$/.test(code)) return { fault: 'there is no LOINC code where it belongs' }
  const display = long === '' ? short : long
  if (display === '') return { fault: 'the name is missing' }
  const stated = [
    ...properties.map((name) => [name, own[name]] as const),
    ...(['CLASSTYPE', 'ORDER_OBS'] as const).map((name) => [name, seldom.get(name) ?? ''] as const),
  ]
  const known = Object.fromEntries(stated.filter(([, value]) => value !== ''))
  const terms = [short, seldom.get('CONSUMER_NAME') ?? '', seldom.get('DisplayName') ?? '']
  return [
    { kind: 'concept', code, display, active: own.STATUS !== 'DEPRECATED', properties: known },
    ...terms
      .filter((term) => term !== '' && term !== display)
      .map((term): Statement => ({ kind: 'term', code, term, isDisplay: false })),
  ]
}

const hierarchyColumns = ['IMMEDIATE_PARENT', 'CODE', 'CODE_TEXT'] as const

/** `ComponentHierarchyBySystem.csv`, or `MultiAxialHierarchy.csv` as it was called before. */
const hierarchy = (file: string): FileFormat => ({
  like: `${file}.csv`,
  name: new RegExp(`^${file}\\.csv$`, 'i'),
  isQuoted: true,
  hasHeader: true,
  open: (first) => {
    const header = csvFields(first) ?? []
    const read = columnsOf(header, hierarchyColumns)
    return read === undefined ? undefined : rows(header, (fields) => readPlace(read(fields)))
  },
})

const readPlace = ({
  IMMEDIATE_PARENT: parent,
  CODE: code,
  CODE_TEXT: display,
}: Readonly<Record<(typeof hierarchyColumns)[number], string>>): readonly Statement[] | Fault => {
  if (!isCode(code) || (parent !== '' && !isCode(parent)))
    return { fault: 'there is no LOINC code or part where it belongs' }
  return [
    ...(code.startsWith('LP')
      ? [{ kind: 'concept', code, ...(display === '' ? {} : { display }), active: true, weak: true } as const]
      : []),
    ...(parent === '' ? [] : [{ kind: 'parent', child: code, parent } as const]),
  ]
}

const isCode = (text: string): boolean => /^(?:LP)?\d{1,7}-\d$/.test(text)

/** `AnswerList.csv`: the codes of answers. */
const answers: FileFormat = {
  like: 'AnswerList.csv',
  name: /^AnswerList\.csv$/i,
  isQuoted: true,
  hasHeader: true,
  open: (first) => {
    const header = csvFields(first) ?? []
    const read = columnsOf(header, ['AnswerStringId', 'DisplayText'])
    return read === undefined
      ? undefined
      : rows(header, (fields) => {
          const { AnswerStringId: code, DisplayText: display } = read(fields)
          if (code === '') return []
          return /^LA\d{1,7}-\d$/.test(code)
            ? [{ kind: 'concept', code, ...(display === '' ? {} : { display }), active: true, weak: true }]
            : { fault: 'there is no LOINC answer where it belongs' }
        })
  },
}

/** LOINC, as Regenstrief releases it. https://hl7.org/fhir/R4/loinc.html */
export const loinc: ReleaseFormat = {
  url: 'http://loinc.org',
  title: 'LOINC',
  files: [
    { isRequired: true, among: [codes] },
    { isRequired: false, among: [hierarchy('ComponentHierarchyBySystem'), hierarchy('MultiAxialHierarchy')] },
    { isRequired: false, among: [answers] },
  ],
  versionOf: (path) => /loinc[-_ ]?(?:table[-_ ])?v?(\d\.\d{1,2})/i.exec(path)?.[1],
  isNested: false,
  properties: [...properties, 'CLASSTYPE', 'ORDER_OBS'],
  copyright:
    'This content LOINC® is copyright © 1995 Regenstrief Institute, Inc. and the LOINC Committee, and available at no cost under the license at http://loinc.org/terms-of-use',
}
