import type { Fault, FileFormat, ReleaseFormat, Statement } from './release-format.ts'

const shape = /^[A-Z][0-9][0-9A-Z]{1,5}$/

/** The release writes codes without the point after the category; everybody else with it. */
const pointed = (code: string): string => (code.length > 3 ? `${code.slice(0, 3)}.${code.slice(3)}` : code)

const concept = (code: string, display: string, isBillable: boolean): readonly Statement[] | Fault => {
  if (!shape.test(code)) return { fault: 'there is no ICD-10-CM code where it belongs' }
  if (display === '') return { fault: 'the description is missing' }
  return [
    { kind: 'concept', code: pointed(code), display, active: true, properties: { billable: isBillable } },
  ]
}

/** `icd10cm-order-YYYY.txt`: number 1-5, code 7-13, header or not 15, short description 17-76, long description from 78. */
const orderFile: FileFormat = {
  like: 'icd10cm-order-YYYY.txt',
  name: /^icd10cm[-_]?order(?!.*addenda).*\.txt$/i,
  isQuoted: false,
  hasHeader: false,
  open: (first) => (/^\d{5} [A-Z][0-9][0-9A-Z]/.test(first) ? readOrder : undefined),
}

const readOrder = (text: string): readonly Statement[] | Fault => {
  if (text.trim() === '') return []
  const isHeader = text.slice(14, 15)
  if (!/^\d{5} $/.test(text.slice(0, 6)) || (isHeader !== '0' && isHeader !== '1'))
    return { fault: 'the columns are not those of an ICD-10-CM order file' }
  const [short, long] = [text.slice(16, 76).trim(), text.slice(77).trim()]
  const code = text.slice(6, 13).trim()
  const own = concept(code, long === '' ? short : long, isHeader === '1')
  if ('fault' in own || short === '' || short === long) return own
  return [...own, { kind: 'term', code: pointed(code), term: short, isDisplay: false }]
}

/** `icd10cm-codes-YYYY.txt`: code 1-7, description from 9. */
const codesFile: FileFormat = {
  like: 'icd10cm-codes-YYYY.txt',
  name: /^icd10cm[-_]?codes(?!.*addenda).*\.txt$/i,
  isQuoted: false,
  hasHeader: false,
  open: (first) => (/^[A-Z][0-9][0-9A-Z][0-9A-Z ]{0,4} /.test(first) ? readCode : undefined),
}

const readCode = (text: string): readonly Statement[] | Fault =>
  text.trim() === '' ? [] : concept(text.slice(0, 7).trim(), text.slice(7).trim(), true)

/** ICD-10-CM, as the CDC and CMS release it. https://hl7.org/fhir/R4/icd.html */
export const icd10cm: ReleaseFormat = {
  url: 'http://hl7.org/fhir/sid/icd-10-cm',
  title: 'ICD-10-CM',
  files: [{ isRequired: true, among: [orderFile, codesFile] }],
  versionOf: (path) => /icd10cm[-_]?(?:order|codes)[-_]?(\d{4})/i.exec(path)?.[1],
  isNested: true,
  properties: ['billable'],
}
