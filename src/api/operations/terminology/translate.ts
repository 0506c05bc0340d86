import type { ConceptMap, ParametersParameter } from 'fhir/r4'
import type { Ask, Found } from '../../../disclose.ts'
import { localReference } from '../../../fhir/references.ts'
import { invalid, refuse } from '../../../problem.ts'
import type { FoundRow } from '../../../search/find.ts'
import { findMaps } from '../../../search/terminology/maps.ts'
import { readByUrl } from '../../../search/terminology/stored.ts'
import { fhirBase, type Services } from '../../../services.ts'
import { canonicalParts } from '../../../terminology/compose.ts'
import {
  isTranslation,
  type Match,
  translate as translateBy,
  type Translated,
} from '../../../terminology/translate.ts'
import type { Asked } from '../operation.ts'
import { parametersOf } from './answer.ts'
import { askedCodings, flag, type ParameterNames, requireParameters, resource, text } from './given.ts'
import { type Asking, demandRow } from './known.ts'
import { shippedMaps } from './shipped-maps.ts'

const names: ParameterNames = {
  simple: [
    'url',
    'conceptMapVersion',
    'code',
    'system',
    'version',
    'source',
    'target',
    'targetsystem',
    'reverse',
  ],
  complex: ['conceptMap', 'coding', 'codeableConcept'],
  unsupported: ['dependency'],
}

/** Maps that are asked at once, where none is named. */
const mostMaps = 100

interface Maps {
  readonly maps: readonly ConceptMap[]
  readonly rows: readonly FoundRow[]
}

/** https://hl7.org/fhir/R4/conceptmap-operation-translate.html: what concept maps give for a code. */
export const translate = (services: Services, request: string, asked: Asked): Ask => ({
  interaction: 'translate',
  request,
  needs: [{ type: 'ConceptMap', access: 'r' }],
  find: async (connection, grant, permit): Promise<Found> => {
    requireParameters(asked, names)
    const reverse = flag(asked.given, 'reverse') ?? false
    const codes = readCodes(asked)
    const asking = { services, connection, grant, permit }
    const own = await readMaps(asking, asked, codes, reverse)
    const others = await readOthers(asking, own.maps)
    const chosen = own.maps.filter((map) => isBetween(map, asked, reverse, fhirBase(services)))
    const wish = {
      targetSystem: text(asked.given, 'targetsystem'),
      reverse,
      mapOf: (url: string) => findMap(others.maps, url),
    }
    const matches = codes.flatMap((code) => chosen.flatMap((map) => translateBy(map, code, wish)))
    const seen = new Set(own.rows.map(({ id }) => id))
    return {
      rows: [...own.rows, ...others.rows.filter(({ id }) => !seen.has(id))],
      answer: () => parametersOf(told(matches)),
    }
  },
})

const readCodes = (asked: Asked): Translated[] => {
  const codings = askedCodings(asked, { version: 'version' }).flatMap(({ system, version, code }) =>
    system === undefined || code === undefined
      ? []
      : [{ system, code, ...(version === undefined ? {} : { version }) }],
  )
  return codings.length > 0
    ? codings
    : invalid('a code is translated only with its system', 'coding.system', 'required')
}

/** The map that is named, or was sent along; else all that are from the system of the code, or reversed to it. */
const readMaps = async (
  asking: Asking,
  asked: Asked,
  codes: readonly Translated[],
  reverse: boolean,
): Promise<Maps> => {
  const { given, id } = asked
  const [url, sent, version] = [
    text(given, 'url'),
    resource(asked, 'conceptMap', 'ConceptMap'),
    text(given, 'conceptMapVersion'),
  ]
  if ([id, url, sent].filter((way) => way !== undefined).length > 1)
    invalid('name one concept map: by the address, by `url`, or as `conceptMap`', 'url', 'value')
  if (sent !== undefined) return { maps: [sent], rows: [] }
  if (id !== undefined) {
    const row = await demandRow(asking, 'ConceptMap', id)
    return { maps: [mapOf(row)], rows: [row] }
  }
  return url === undefined ? readAll(asking, asked, codes, reverse) : readNamed(asking, url, version)
}

const readNamed = async (asking: Asking, url: string, version: string | undefined): Promise<Maps> => {
  const canonical = localReference(url, fhirBase(asking.services)) ?? url
  const rows = await readByUrl(
    asking.connection,
    asking.permit,
    [canonicalParts(canonical)[0]],
    ['ConceptMap'],
  )
  const wanted = version === undefined ? canonical : `${canonicalParts(canonical)[0]}|${version}`
  const stored = rows.map((row) => ({ row, map: mapOf(row) }))
  const isLocal = canonical.startsWith('ConceptMap/')
  const found = stored.findLast(({ map }) =>
    isLocal ? version === undefined || map.version === version : isOfUrl(map, wanted),
  )
  const map = found?.map ?? findMap(shippedMaps, wanted)
  if (map === undefined)
    return refuse({
      kind: 'unknown',
      text: 'no concept map of this URL and version is known here; store it first',
      expression: 'url',
    })
  return { maps: [map], rows: found === undefined ? [] : [found.row] }
}

const readAll = async (
  { connection, permit }: Asking,
  { given }: Asked,
  codes: readonly Translated[],
  reverse: boolean,
): Promise<Maps> => {
  if (['source', 'target', 'targetsystem'].every((name) => text(given, name) === undefined))
    invalid(
      'name a concept map with `url`, or what is wanted with `target` or `targetsystem`',
      'url',
      'required',
    )
  const systems = codes.map(({ system }) => system)
  const rows = await findMaps(connection, permit, systems, reverse, mostMaps + 1)
  if (rows.length > mostMaps)
    invalid('too many concept maps are about this code system: name one with `url`', 'url', 'too-costly')
  return { maps: [...shippedMaps, ...rows.map(mapOf)], rows }
}

/** Maps that others hand on to, as far as they are known. */
const readOthers = async ({ connection, permit }: Asking, maps: readonly ConceptMap[]): Promise<Maps> => {
  const urls = [
    ...new Set(maps.flatMap(({ group = [] }) => group.flatMap(({ unmapped }) => unmapped?.url ?? []))),
  ]
  const rows =
    urls.length === 0
      ? []
      : await readByUrl(connection, permit, urls.map((url) => canonicalParts(url)[0]), ['ConceptMap']) // prettier-ignore
  return { maps: [...shippedMaps, ...maps, ...rows.map(mapOf)], rows }
}

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- stored as a ConceptMap
const mapOf = ({ content }: FoundRow): ConceptMap => JSON.parse(content) as ConceptMap

const isOfUrl = (map: ConceptMap, canonical: string): boolean => {
  const [url, version] = canonicalParts(canonical)
  return map.url === url && (version === undefined || map.version === version)
}

const findMap = (maps: readonly ConceptMap[], canonical: string): ConceptMap | undefined =>
  maps.findLast((map) => isOfUrl(map, canonical))

/** Whether a map is between the value sets that are asked for; reversed it is looked at from its other end. */
const isBetween = (map: ConceptMap, { given }: Asked, reverse: boolean, base: string): boolean => {
  const from = map.sourceCanonical ?? map.sourceUri
  const to = map.targetCanonical ?? map.targetUri
  const isSet = (name: string, own: string | undefined): boolean => {
    const wanted = text(given, name)
    if (wanted === undefined) return true
    return own !== undefined && place(own, base) === place(wanted, base)
  }
  return isSet('source', reverse ? to : from) && isSet('target', reverse ? from : to)
}

const place = (url: string, base: string): string => localReference(url, base) ?? canonicalParts(url)[0]

const told = (matches: readonly Match[]): ParametersParameter[] => {
  const result = matches.some(isTranslation)
  return [
    { name: 'result', valueBoolean: result },
    ...(result ? [] : [{ name: 'message', valueString: 'no translation of the code is known here' }]),
    ...matches.map(matchParameter),
  ]
}

const matchParameter = ({ equivalence, concept, product, source }: Match): ParametersParameter => ({
  name: 'match',
  part: [
    { name: 'equivalence', valueCode: equivalence },
    ...(concept === undefined ? [] : [{ name: 'concept', valueCoding: concept }]),
    ...product.map(({ property, system, value, display }) => ({
      name: 'product',
      part: [
        { name: 'element', valueUri: property },
        {
          name: 'concept',
          valueCoding: {
            ...(system === undefined ? {} : { system }),
            code: value,
            ...(display === undefined ? {} : { display }),
          },
        },
      ],
    })),
    ...(source === undefined ? [] : [{ name: 'source', valueUri: source }]),
  ],
})
