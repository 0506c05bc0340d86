import type { ParametersParameter } from 'fhir/r4'
import type { Ask, Found } from '../../../disclose.ts'
import { invalid, refuse } from '../../../problem.ts'
import type { Services } from '../../../services.ts'
import type { Asked } from '../operation.ts'
import { parametersOf } from './answer.ts'
import { type Details, readConcept } from '../../../search/terminology/concepts.ts'
import { coding, type ParameterNames, requireParameters, text } from './given.ts'
import { type AskedSystem, readSystem } from './known.ts'

const names: ParameterNames = {
  simple: ['code', 'system', 'version', 'displayLanguage', 'property'],
  complex: ['coding'],
  unsupported: ['date'],
  repeated: ['property'],
}

/** https://hl7.org/fhir/R4/codesystem-operation-lookup.html: what a code system says of one of its codes. */
export const lookup = (services: Services, request: string, asked: Asked): Ask => ({
  interaction: 'lookup',
  request,
  needs: [{ type: 'CodeSystem', access: 'r' }],
  find: async (connection, grant, permit): Promise<Found> => {
    requireParameters(asked, names)
    const { system, version, code } = readAsked(asked)
    const own = await readSystem({ services, connection, grant, permit }, system, version, 'system')
    const details = await readConcept(connection, own, code)
    if (details === undefined)
      return refuse({
        kind: 'unknown',
        text: 'the code is not one that is known of this code system',
        expression: 'code',
      })
    const wanted = asked.given.getAll('property')
    return { rows: own.rows, answer: () => parametersOf(told(own, code, details, new Set(wanted))) }
  },
})

const readAsked = (asked: Asked): { system: string; version: string | undefined; code: string } => {
  const { given } = asked
  const own = coding(asked, 'coding')
  const [code, system] = [text(given, 'code'), text(given, 'system')]
  if ((own === undefined) === (code === undefined))
    invalid('give either `code` with `system`, or `coding`', 'code', 'required')
  if (own !== undefined && system !== undefined)
    invalid('`coding` has the system: leave `system` out', 'system', 'value')
  const asks = own ?? { system, code }
  if (asks.system === undefined || asks.code === undefined)
    return invalid(
      'a code is looked up in its `system`',
      own === undefined ? 'system' : 'coding.system',
      'required',
    )
  return { system: asks.system, version: own?.version ?? text(given, 'version'), code: asks.code }
}

/** All that is known, or the properties that were asked for; name, version and display in any case. */
const told = (
  { from, codes, url }: AskedSystem,
  code: string,
  details: Details,
  wanted: ReadonlySet<string>,
): ParametersParameter[] => {
  const isWanted = (name: string): boolean => wanted.size === 0 || wanted.has(name)
  const { name = url, version } = from ?? codes ?? {}
  return [
    { name: 'name', valueString: name },
    ...(version === undefined ? [] : [{ name: 'version', valueString: version }]),
    { name: 'display', valueString: details.display ?? code },
    ...(isWanted('designation') ? details.terms.map(designation) : []),
    ...propertiesOf(url, details)
      .filter(({ name: own }) => isWanted(own))
      .map(({ name: own, value }) => ({
        name: 'property',
        part: [
          { name: 'code', valueCode: own },
          { name: 'value', ...value },
        ],
      })),
  ]
}

const designation = ({ value, language, use }: Details['terms'][number]): ParametersParameter => ({
  name: 'designation',
  part: [
    ...(language === undefined ? [] : [{ name: 'language', valueCode: language }]),
    ...(use === undefined ? [] : [{ name: 'use', valueCoding: use }]),
    { name: 'value', valueString: value },
  ],
})

const propertiesOf = (
  url: string,
  { definition, parents, children, inactive, properties }: Details,
): { readonly name: string; readonly value: object }[] => [
  { name: 'url', value: { valueUri: url } },
  ...(definition === undefined ? [] : [{ name: 'definition', value: { valueString: definition } }]),
  { name: 'inactive', value: { valueBoolean: inactive } },
  ...parents.map((valueCode) => ({ name: 'parent', value: { valueCode } })),
  ...children.map((valueCode) => ({ name: 'child', value: { valueCode } })),
  ...properties.map(({ code: name, value }) => ({ name, value })),
]
