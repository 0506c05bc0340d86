import type { Fault, FileFormat, ReleaseFormat, Statement } from './release-format.ts'

/** Term types that are another way to say a name, and not the name itself. */
const otherNames = new Set(['SY', 'TMSY', 'PSN', 'ET'])

const file = (
  like: string,
  name: RegExp,
  width: number,
  read: (fields: readonly string[]) => readonly Statement[] | Fault,
): FileFormat => ({
  like,
  name,
  isQuoted: false,
  hasHeader: false,
  open: (first) =>
    isRow(first, width)
      ? (text) => {
          if (text.trim() === '') return []
          return isRow(text, width)
            ? read(text.split('|'))
            : { fault: `there are not ${width} columns, each with a bar after it` }
        }
      : undefined,
})

const isRow = (text: string, width: number): boolean => {
  const fields = text.split('|')
  return fields.length === width + 1 && fields[width] === ''
}

const isId = (text = ''): boolean => /^\d{1,8}$/.test(text)
const noId: Fault = { fault: 'there is no RXCUI where it belongs' }

/** `RXNCONSO.RRF`: RXCUI 1, SAB 12, TTY 13, STR 15, SUPPRESS 17. What other vocabularies call it is left out. */
const names = file('RXNCONSO.RRF', /^RXNCONSO\.RRF$/i, 18, (fields) => {
  const [code = '', sab, tty = '', term = '', suppress] = [0, 11, 12, 14, 16].map((at) => fields[at])
  if (!isId(code)) return noId
  if (term === '') return { fault: 'the name is missing' }
  if (sab !== 'RXNORM') return []
  if (otherNames.has(tty)) return [{ kind: 'term', code, term, isDisplay: false }]
  return [
    { kind: 'concept', code, display: term, active: suppress === 'N', properties: { TTY: tty, SAB: sab } },
  ]
})

/** `RXNREL.RRF`: the relation, RELA 8, is that of RXCUI2, 5, to RXCUI1, 1. */
const relations = file('RXNREL.RRF', /^RXNREL\.RRF$/i, 16, (fields) => {
  const [first = '', , , , second = ''] = fields
  const [rela, sab, suppress] = [7, 10, 14].map((at) => fields[at])
  if (sab !== 'RXNORM' || suppress === 'O' || (rela !== 'isa' && rela !== 'inverse_isa')) return []
  if (!isId(first) || !isId(second)) return noId
  const [child, parent] = rela === 'isa' ? [second, first] : [first, second]
  return [{ kind: 'parent', child, parent }]
})

/** RxNorm, as the National Library of Medicine releases it. https://hl7.org/fhir/R4/rxnorm.html */
export const rxnorm: ReleaseFormat = {
  url: 'http://www.nlm.nih.gov/research/umls/rxnorm',
  title: 'RxNorm',
  files: [
    { isRequired: true, among: [names] },
    { isRequired: false, among: [relations] },
  ],
  versionOf: (path) => /rxnorm[a-z_]*[-_](\d{8})/i.exec(path)?.[1],
  isNested: false,
  properties: ['TTY', 'SAB'],
}
