import {
  columnsOf,
  type Fault,
  type FileFormat,
  type ReleaseFormat,
  type Statement,
} from './release-format.ts'

const isA = '116680003'
const fullySpecifiedName = '900000000000003001'
const synonym = '900000000000013009'
const defined = '900000000000073002'

/** A file of the snapshot; the full history has every state of a row, and the delta only some rows. */
const file = <Name extends string>(
  like: string,
  kind: string,
  names: readonly Name[],
  read: (row: Readonly<Record<Name, string>>) => readonly Statement[] | Fault,
): FileFormat => ({
  like,
  name: new RegExp(`^x?sct2_${kind}_(?!.*(?:Full|Delta)).*\\.txt$`, 'i'),
  isQuoted: false,
  hasHeader: true,
  open: (first) => {
    const header = first.split('\t')
    const rowOf = columnsOf(header, names)
    if (rowOf === undefined) return undefined
    return (text) => {
      if (text.trim() === '') return []
      const fields = text.split('\t')
      return fields.length === header.length
        ? read(rowOf(fields))
        : { fault: `there are ${fields.length} columns where the first line has ${header.length}` }
    }
  },
})

const isId = (text: string): boolean => /^\d{6,18}$/.test(text)
const noId: Fault = { fault: 'there is no SNOMED CT identifier where it belongs' }

const concepts = file(
  'sct2_Concept_Snapshot_….txt',
  'Concept',
  ['id', 'active', 'moduleId', 'definitionStatusId', 'effectiveTime'],
  ({ id, active, moduleId, definitionStatusId, effectiveTime }) =>
    isId(id)
      ? [
          {
            kind: 'concept',
            code: id,
            active: active === '1',
            properties: { moduleId, effectiveTime, sufficientlyDefined: definitionStatusId === defined },
          },
        ]
      : noId,
)

/** Descriptions of concepts: the fully specified name is the display, as no language is preferred over another. */
const descriptions: FileFormat = {
  mayRepeat: true,
  ...file(
    'sct2_Description_Snapshot-en_….txt',
    'Description',
    ['active', 'conceptId', 'typeId', 'term'],
    ({ active, conceptId, typeId, term }) => {
      if (!isId(conceptId)) return noId
      if (term === '') return { fault: 'the term is missing' }
      const isDisplay = typeId === fullySpecifiedName
      if (active !== '1' || (!isDisplay && typeId !== synonym)) return []
      return [{ kind: 'term', code: conceptId, term, isDisplay }]
    },
  ),
}

const relationships = file(
  'sct2_Relationship_Snapshot_….txt',
  'Relationship',
  ['active', 'sourceId', 'destinationId', 'typeId'],
  ({ active, sourceId, destinationId, typeId }) => {
    if (!isId(sourceId) || !isId(destinationId)) return noId
    return active === '1' && typeId === isA
      ? [{ kind: 'parent', child: sourceId, parent: destinationId }]
      : []
  },
)

/** The module of an edition, by how the names of its files call it. */
const editions: Readonly<Record<string, string>> = { INT: '900000000000207008', US1000124: '731000124108' }

/** SNOMED CT, a snapshot in Release Format 2. https://hl7.org/fhir/R4/snomedct.html */
export const snomedCt: ReleaseFormat = {
  url: 'http://snomed.info/sct',
  title: 'SNOMED CT',
  files: [
    { isRequired: true, among: [concepts] },
    { isRequired: true, among: [descriptions] },
    { isRequired: true, among: [relationships] },
  ],
  versionOf: (path) => {
    const [, edition = '', day] = /_(INT|[A-Z]{2}\d{7})_(\d{8})\.txt$/i.exec(path) ?? []
    const module = editions[edition.toUpperCase()]
    if (day === undefined) return undefined
    return module === undefined ? day : `http://snomed.info/sct/${module}/version/${day}`
  },
  isNested: false,
  properties: ['moduleId', 'effectiveTime', 'sufficientlyDefined'],
}
