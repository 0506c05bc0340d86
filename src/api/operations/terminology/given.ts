import type { CodeableConcept, Coding, FhirResource, ParametersParameter, Resource } from 'fhir/r4'
import { invalid } from '../../../problem.ts'
import type { Asked } from '../operation.ts'
import { requireKnown } from '../parameters.ts'

/** What an operation has as parameters; a parameter that would change the answer and is not supported is named too. */
export interface ParameterNames {
  readonly simple: readonly string[]
  /** Of complex types: by POST alone. */
  readonly complex: readonly string[]
  /** Simple ones that the definition has and this server has not. */
  readonly unsupported: readonly string[]
  /** Those of the simple ones that may be given several times. */
  readonly repeated?: readonly string[]
}

/** Checks the names of what was given, and how often. */
export const requireParameters = (
  { given, complex: stated = [] }: Pick<Asked, 'given' | 'complex'>,
  { simple, complex, unsupported, repeated = [] }: ParameterNames,
): void => {
  for (const name of unsupported)
    if (given.has(name) || stated.some((own) => own.name === name))
      invalid(`\`${name}\` is not supported here; leave it out`, name, 'not-supported')
  for (const name of complex)
    if (given.has(name))
      invalid(`\`${name}\` is of a complex type: ask by POST, with a Parameters resource`, name, 'value')
  requireKnown(given, [...simple, ...complex])
  for (const name of simple)
    if (!repeated.includes(name) && given.getAll(name).length > 1)
      invalid(`\`${name}\` is given once`, name, 'value')
  for (const name of complex)
    if (stated.filter((own) => own.name === name).length > 1)
      invalid(`\`${name}\` is given once`, name, 'value')
}

/** The value of a simple parameter; an empty one is none. */
export const text = (given: URLSearchParams, name: string): string | undefined => {
  const value = given.get(name)
  return value === null || value === '' ? undefined : value
}

/** A parameter that is true or false. */
export const flag = (given: URLSearchParams, name: string): boolean | undefined => {
  const value = text(given, name)
  if (value === undefined) return undefined
  return value === 'true' || value === 'false'
    ? value === 'true'
    : invalid(`\`${name}\` is \`true\` or \`false\``, name, 'value')
}

/** A parameter that is a whole number from 0. */
export const whole = (given: URLSearchParams, name: string): number | undefined => {
  const value = text(given, name)
  if (value === undefined) return undefined
  return /^\d{1,9}$/.test(value)
    ? Number(value)
    : invalid(`\`${name}\` is a whole number from 0`, name, 'value')
}

const stated = (
  complex: readonly ParametersParameter[] | undefined,
  name: string,
): ParametersParameter | undefined => complex?.find((own) => own.name === name)

/** A Coding that was given. */
export const coding = ({ complex }: Pick<Asked, 'complex'>, name: string): Coding | undefined => {
  const own = stated(complex, name)
  return own === undefined
    ? undefined
    : (own.valueCoding ?? invalid(`\`${name}\` is a Coding`, name, 'value'))
}

/** A CodeableConcept that was given. */
export const codeableConcept = (
  { complex }: Pick<Asked, 'complex'>,
  name: string,
): CodeableConcept | undefined => {
  const own = stated(complex, name)
  return own === undefined
    ? undefined
    : (own.valueCodeableConcept ?? invalid(`\`${name}\` is a CodeableConcept`, name, 'value'))
}

/** A resource of a type that was given. */
export const resource = <Type extends FhirResource['resourceType']>(
  { complex }: Pick<Asked, 'complex'>,
  name: string,
  type: Type,
): Extract<FhirResource, { resourceType: Type }> | undefined => {
  const own = stated(complex, name)
  if (own === undefined) return undefined
  return isOfType(own.resource, type) ? own.resource : invalid(`\`${name}\` is a ${type}`, name, 'value')
}

const isOfType = <Type extends FhirResource['resourceType']>(
  one: Resource | undefined,
  type: Type,
): one is Extract<FhirResource, { resourceType: Type }> => one?.resourceType === type

/** A code that is asked about, as complete as it was given. */
export type AskedCoding = Pick<Coding, 'system' | 'version' | 'code' | 'display'>

/** Codings of one concept, at the most. */
const mostCodings = 50

/**
 * The codes that are asked about: `code`, which needs a system, or `coding`, or the codings of `codeableConcept`; exactly one
 * of the three.
 */
export const askedCodings = (
  asked: Pick<Asked, 'given' | 'complex'>,
  known: { readonly system?: string | undefined; readonly version: string },
): readonly AskedCoding[] => {
  const { given } = asked
  const code = text(given, 'code')
  const system = known.system ?? text(given, 'system')
  const single = coding(asked, 'coding')
  const concept = codeableConcept(asked, 'codeableConcept')
  if ([code, single, concept].filter((own) => own !== undefined).length !== 1)
    invalid('give exactly one of `code`, `coding` and `codeableConcept`', 'code', 'required')
  if (code !== undefined && system === undefined)
    invalid(
      '`code` needs `system`: the same code means another thing in another system',
      'system',
      'required',
    )
  const [display, version] = [text(given, 'display'), text(given, known.version)]
  const stated = {
    ...(system === undefined ? {} : { system }),
    ...(version === undefined ? {} : { version }),
    ...(display === undefined ? {} : { display }),
  }
  if (code !== undefined) return [{ ...stated, code }]
  const codings = single === undefined ? (concept?.coding ?? []) : [single]
  if (codings.length > mostCodings)
    invalid(`a concept has at most ${mostCodings} codings here`, 'codeableConcept', 'too-costly')
  return codings.map((own) => ({
    ...(version === undefined ? {} : { version }),
    ...(display === undefined ? {} : { display }),
    ...own,
  }))
}
