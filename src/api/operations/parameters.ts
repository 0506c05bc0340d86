import type { FhirResource, Parameters, ParametersParameter } from 'fhir/r4'
import { invalid, refuse } from '../../problem.ts'
import type { Services } from '../../services.ts'
import { readResource } from '../body.ts'

/** The body of an operation by POST: valid Parameters (https://hl7.org/fhir/R4/operations.html#request). */
export const readParameters = async (
  services: Pick<Services, 'validate'>,
  request: Request,
): Promise<readonly ParametersParameter[]> => {
  const given = await readResource(request)
  if (!isParameters(given))
    return invalid('an operation by POST takes a Parameters resource', 'resourceType', 'structure')
  const issues = services.validate(given).filter(({ severity }) => severity !== 'warning')
  if (issues.length > 0) refuse({ kind: 'unprocessable', issues: issues.slice(0, mostIssues) })
  return given.parameter ?? []
}

const mostIssues = 100

const isParameters = (resource: FhirResource): resource is Parameters =>
  resource.resourceType === 'Parameters'

/** What an operation that only asks is asked with. */
export interface Given {
  readonly given: URLSearchParams
  readonly complex: readonly ParametersParameter[]
}

/**
 * What an operation that only asks is asked with, from its address and from the body of a POST: whose parameters are
 * then of simple types, since the links of the answer repeat them.
 */
export const readGiven = async (
  services: Pick<Services, 'validate'>,
  request: Request,
): Promise<URLSearchParams> => (await readAllGiven(services, request, [])).given

/** The same where parameters of these names may be of complex types. */
export const readAllGiven = async (
  services: Pick<Services, 'validate'>,
  request: Request,
  names: readonly string[],
): Promise<Given> => {
  const given = new URL(request.url).searchParams
  const isEmpty = request.body === null || request.headers.get('content-length') === '0'
  if (request.method !== 'POST' || isEmpty) return { given, complex: [] }
  const stated = await readParameters(services, request)
  const isComplex = ({ name }: ParametersParameter): boolean => names.includes(name)
  const plain = stated.filter((own) => !isComplex(own)).map(simple)
  return { given: new URLSearchParams([...given, ...plain]), complex: stated.filter(isComplex) }
}

const simple = ({ name, ...rest }: ParametersParameter): [string, string] => {
  const [value] = Object.entries(rest).flatMap(([key, own]) =>
    key.startsWith('value') ? [own as unknown] : [],
  )
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? [name, String(value)]
    : invalid('this operation takes parameters of simple types only', 'Parameters.parameter', 'value')
}

/** Parameters of every request, which are not the operation's. */
const passive = new Set(['_format', '_pretty'])

/** Refuses a parameter that the operation does not have, by its name. */
export const requireKnown = (given: URLSearchParams, names: readonly string[]): void => {
  for (const name of given.keys())
    if (!passive.has(name) && !names.includes(name))
      invalid(
        names.length === 0
          ? `the operation has no parameters, so not \`${name}\``
          : `the operation has no parameter \`${name}\`; it has ${names.map((own) => `\`${own}\``).join(', ')}`,
        name,
        'not-supported',
      )
}
