import type { FhirResource } from 'fhir/r4'
import { servedParameters, type Served } from '../../../src/search/parameters.ts'
import { indexRows } from '../../../src/search/index-rows.ts'
import { base } from '../world.ts'
import { get, type Question } from './mirror.ts'

/** What can be asked of each parameter of a type: values that occur somewhere, in words of a query. */
type Values = ReadonlyMap<string, readonly string[]>

const none = { toBase: () => undefined, base } as unknown as Parameters<typeof indexRows>[3]

const distinct = <T>(items: readonly T[]): T[] => [...new Set(items)]

const valuesOf = (type: string, resources: readonly FhirResource[]): Values => {
  const parameters = servedParameters(type)
  const rows = resources
    .filter(({ resourceType }) => resourceType === type)
    .map((one) => indexRows(one, parameters, [], none))
  return new Map(
    [...parameters.values()].map((parameter) => [
      parameter.name,
      distinct(rows.flatMap((row) => valuesIn(row, parameter))),
    ]),
  )
}

const valuesIn = (row: ReturnType<typeof indexRows>, { name, kind, clinical }: Served): string[] => {
  const day = (moment: number): string => new Date(moment).toISOString().slice(0, 10)
  switch (kind) {
    case 'string':
      return row.words.filter(({ param }) => param === name).map(({ stated }) => stated)
    case 'date':
      return [
        ...row.dates.filter(({ param }) => param === name).map(({ span }) => day(span.low)),
        ...(clinical && row.clinical !== undefined ? [day(row.clinical.low)] : []),
      ]
    case 'number':
    case 'quantity':
      return row.amounts.filter(({ param }) => param === name).map(({ amount }) => String(amount.low))
    case 'special':
      return row.amounts
        .filter(({ param }) => param === name)
        .map(({ amount }) => `${amount.low}|${amount.high}|9|km`)
    case 'composite':
      return [
        ...row.tokens
          .filter((token) => token.startsWith(`${name}=`))
          .map((token) => token.slice(name.length + 1)),
        ...row.amounts
          .filter(({ param }) => param.startsWith(`${name}=`))
          .map(({ param, amount }) => `${param.slice(name.length + 1)}$${amount.low}`),
      ]
    default:
      return row.tokens
        .filter((token) => token.startsWith(`${name}=`))
        .map((token) => token.slice(name.length + 1))
  }
}

const of = (type: string, ...pairs: readonly (readonly [string, string])[]): Question =>
  get(`${type}?${new URLSearchParams(pairs.map(([name, value]) => [name, value])).toString()}`)

/** What a parameter is asked with its values, with its modifiers, and as a key of the order. */
const ofParameter = (
  type: string,
  { name, kind }: Served,
  values: readonly string[],
  resources: readonly FhirResource[],
): Question[] => {
  const modified = (modifier: string, given = values): Question[] =>
    given.map((value) => of(type, [`${name}:${modifier}`, value]))
  const sorted =
    kind === 'composite' || kind === 'special' || name.startsWith('combo-')
      ? []
      : [of(type, ['_sort', name]), of(type, ['_sort', `-${name}`], ['_count', '2'])]
  const each = values.map((value) => of(type, [name, value]))
  return [
    of(type, [`${name}:missing`, 'true']),
    of(type, [`${name}:missing`, 'false'], ['_total', 'accurate']),
    ...sorted,
    ...each,
    ...(kind === 'token'
      ? [
          ...modified('not'),
          ...modified('text', textsOf(type, name, resources)),
          ...modified('ofType', ofTypes(type, name, resources)),
        ]
      : []),
    ...(kind === 'string' ? [...modified('contains'), ...modified('exact')] : []),
    ...(kind === 'date'
      ? ['ge', 'lt', 'ne', 'ap'].flatMap((prefix) =>
          values.map((value) => of(type, [name, `${prefix}${value}`])),
        )
      : []),
    ...(kind === 'number' || kind === 'quantity'
      ? ['gt', 'le', 'ne'].flatMap((prefix) => values.map((value) => of(type, [name, `${prefix}${value}`])))
      : []),
    ...(kind === 'reference'
      ? [
          ...modified('identifier', identifiersOf(type, name, resources)),
          of(type, ['_include', `${type}:${name}`]),
          of(type, ['_include:iterate', `${type}:${name}`]),
        ]
      : []),
  ]
}

const tokensUnder = (start: string, type: string, resources: readonly FhirResource[]): string[] =>
  distinct(
    resources
      .filter(({ resourceType }) => resourceType === type)
      .flatMap((one) => indexRows(one, servedParameters(type), [], none).tokens)
      .filter((token) => token.startsWith(start))
      .map((token) => token.slice(start.length)),
  )

const identifiersOf = (type: string, name: string, resources: readonly FhirResource[]): string[] =>
  tokensUnder(`${name}:identifier=`, type, resources)
const ofTypes = (type: string, name: string, resources: readonly FhirResource[]): string[] =>
  tokensUnder(`${name}:ofType=`, type, resources)
const textsOf = (type: string, name: string, resources: readonly FhirResource[]): string[] =>
  distinct(
    resources
      .filter(({ resourceType }) => resourceType === type)
      .flatMap((one) => indexRows(one, servedParameters(type), [], none).words)
      .flatMap(({ param, stated }) => (param === `${name}:text` ? [stated] : [])),
  )

/** Of the many values of a parameter those of secrets, and one more. */
const tellingOf = (type: string, resources: readonly FhirResource[]): [string, string][] =>
  [...valuesOf(type, resources)].flatMap(([name, values]) =>
    distinct([...values.slice(0, 1), ...values.filter((value) => /s-|secret/.test(value))]).map(
      (value): [string, string] => [name, value],
    ),
  )

/** Chains and `_has` along a reference from one type to another, with each value that the far end has. */
const alongReference = (
  from: string,
  { name, targets }: Served,
  resources: readonly FhirResource[],
  types: readonly string[],
): Question[] =>
  types
    .filter((type) => targets.length === 0 || targets.includes(type))
    .flatMap((type) => {
      const far = tellingOf(type, resources)
      const near = tellingOf(from, resources)
      const missing = [...servedParameters(type).values()]
        .filter(({ kind }) => kind === 'reference')
        .map(({ name: own }) => [`${own}:missing`, 'false'] as const)
      return [
        ...[...far, ...missing].map(([own, value]) => of(from, [`${name}:${type}.${own}`, value])),
        ...near.map(([own, value]) => of(type, [`_has:${from}:${name}:${own}`, value])),
        of(type, ['_revinclude', `${from}:${name}`]),
        of(type, ['_revinclude:iterate', `${from}:${name}`], ['_include:iterate', '*']),
      ]
    })

/** Every question that a search over these resources can be asked, parameter by parameter. */
export const searchQuestions = (resources: readonly FhirResource[]): Question[] => {
  const types = distinct(resources.map(({ resourceType }) => resourceType as string)).filter((type) => type !== 'Consent')
  const all = types.flatMap((type) => {
    const values = valuesOf(type, resources)
    const parameters = [...servedParameters(type).values()]
    return [
      ...['', '?_summary=count', '?_total=none', '?_include=*', '?_revinclude=*', '?_sort=_id', '?_sort=-_lastUpdated', '?_sort=_lastUpdated&_count=1', '?_summary=true', '?_elements=subject', '/_history'].map((rest) => get(`${type}${rest}`)),
      ...parameters.flatMap((parameter) => ofParameter(type, parameter, values.get(parameter.name) ?? [], resources)),
      ...parameters.filter(({ kind }) => kind === 'reference').flatMap((parameter) => alongReference(type, parameter, resources, types)),
    ]
  })
  const instances = resources.flatMap(({ resourceType: type, id = '' }) =>
    ['', '/_history'].map((rest) => get(`${type}/${id}${rest}`)))
  return [...new Map([...all, ...instances].map((one) => [one.path, one])).values()]
} // prettier-ignore
