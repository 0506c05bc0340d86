import { refuse } from '../problem.ts'
import type { Presentation } from '../respond.ts'

type Format = Presentation['format']

/** The media types of each format; the generic ones are FHIR's too (FHIR R4 http 3.1.0.1.10). */
const mediaTypes: Readonly<Record<Format, readonly string[]>> = {
  json: ['application/fhir+json', 'application/json', 'text/json'],
  xml: ['application/fhir+xml', 'application/xml', 'text/xml'],
}

/** The format that a media type stands for, whatever its parameters. */
export const formatOfMedia = (media: string): Format | undefined => {
  const bare = media.split(';')[0]?.trim().toLowerCase() ?? ''
  return mediaTypes.json.includes(bare) ? 'json' : mediaTypes.xml.includes(bare) ? 'xml' : undefined
}

/**
 * How the caller wants its answer: `_format` goes before `Accept`, where nothing is said it is JSON, and `_pretty`
 * says whether people read it (FHIR R4 http 3.1.0.1.10, 3.1.0.1.11). Undefined for what is not served.
 */
export const presentationOf = (request: Request): Presentation | undefined => {
  const { searchParams } = new URL(request.url)
  const named = searchParams.get('_format') ?? ''
  const format = named === '' ? accepted(request.headers.get('accept') ?? '') : formatNamed(named)
  return format === undefined ? undefined : { format, pretty: searchParams.get('_pretty') === 'true' }
}

/** The same; what is not served is 406. */
export const requirePresentation = (request: Request): Presentation =>
  presentationOf(request) ??
  refuse({
    kind: 'not-acceptable',
    text: 'answers are `application/fhir+json` or `application/fhir+xml`, of FHIR 4.0; ask for one of them in `Accept` or `_format`',
  })

/** `json`, `xml` or a media type, in which a `+` that was not escaped is a space by now. */
const formatNamed = (named: string): Format | undefined => {
  const written = named.trim().replace(' ', '+').toLowerCase()
  if (written === 'json' || written === 'xml') return written
  return isOfVersion(written) ? formatOfMedia(written) : undefined
}

/** https://hl7.org/fhir/R4/http.html#version-parameter */
const isOfVersion = (media: string): boolean => {
  const [, version] = /;\s*fhirversion\s*=\s*"?([^;"\s]*)/i.exec(media) ?? []
  return version === undefined || version === '4.0'
}

/** One entry of `Accept`: a media type or a range of them, and how much it is liked. */
interface Range {
  readonly media: string
  readonly quality: number
}

/** RFC 9110, 12.5.1. Where both are liked as much it is JSON. */
const accepted = (header: string): Format | undefined => {
  if (header.trim() === '') return 'json'
  const ranges = header
    .split(',')
    .filter((range) => isOfVersion(range))
    .map(readRange)
  const [json, xml] = [qualityOf('json', ranges), qualityOf('xml', ranges)]
  if (json === 0 && xml === 0) return undefined
  return json >= xml ? 'json' : 'xml'
}

const readRange = (range: string): Range => {
  const [media = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase())
  const weight = parameters.find((parameter) => /^q\s*=/.test(parameter))?.replace(/^q\s*=\s*/, '')
  const quality = Number(weight ?? 1)
  return { media, quality: quality >= 0 && quality <= 1 ? quality : 0 }
}

/** How much a format is liked: what names it goes before what names its kind, and that before everything. */
const qualityOf = (format: Format, ranges: readonly Range[]): number => {
  const types = mediaTypes[format]
  const kinds = types.map((type) => `${type.split('/')[0] ?? ''}/*`)
  for (const names of [types, kinds, ['*/*']]) {
    const found = ranges.filter(({ media }) => names.includes(media))
    if (found.length > 0) return Math.max(...found.map(({ quality }) => quality))
  }
  return 0
}

/** Whether gzip is taken (RFC 9110, 12.5.3). */
export const acceptsGzip = (header = ''): boolean =>
  header
    .split(',')
    .map(readRange)
    .some(({ media, quality }) => quality > 0 && (media === 'gzip' || media === 'x-gzip'))
