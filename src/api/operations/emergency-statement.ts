import type { ParametersParameter } from 'fhir/r4'
import type { EmergencyForm, Meant, StatedEmergency } from '../../exchange/emergency.ts'
import { type Issue, refuse } from '../../problem.ts'

/** What 42 CFR 2.51 asks to be stated, and how to say it. */
const statements = {
  clinician: 'the name of the medical personnel who receive the records (42 CFR 2.51(c)(1))',
  affiliation: 'their affiliation with a health care facility (42 CFR 2.51(c)(1))',
  emergency: 'the nature of the emergency (42 CFR 2.51(c)(4))',
  consentNotObtainable: 'why the consent of the patient cannot be obtained (42 CFR 2.51(a))',
} as const

const demographics = ['family', 'given', 'birthDate'] as const

const names: readonly string[] = [...Object.keys(statements), 'identifier', ...demographics]

/** Reads the Parameters of `$break-glass`; every fault is told at once, whoever asks and for whomever. */
export const readEmergency = (given: readonly ParametersParameter[]): StatedEmergency => {
  const faults = [
    ...given.flatMap(({ name }) => (names.includes(name) ? [] : [unknown(name)])),
    ...names.flatMap((name) => (given.filter((own) => own.name === name).length > 1 ? [twice(name)] : [])),
    ...Object.entries(statements).flatMap(([name, what]) =>
      textOf(given, name) === undefined ? [missing(name, `say ${what}`)] : [],
    ),
    ...whomFaults(given),
  ]
  if (faults.length > 0) refuse({ kind: 'invalid', issues: faults })
  return { form: formOf(given), meant: meantOf(given) }
}

const missing = (name: string, how: string): Issue => ({
  code: 'required',
  text: `\`${name}\` is missing: ${how}`,
  expression: name,
})

const unknown = (name: string): Issue => ({
  code: 'not-supported',
  text: `the operation has the parameters ${names.map((own) => `\`${own}\``).join(', ')}, and no others`,
  expression: /^[A-Za-z]{1,64}$/.test(name) ? name : 'Parameters.parameter',
})

const twice = (name: string): Issue => ({
  code: 'invalid',
  text: `\`${name}\` is stated twice: state it once`,
  expression: name,
})

const one = (given: readonly ParametersParameter[], name: string): ParametersParameter | undefined =>
  given.find((own) => own.name === name)

/** What was stated in words; a practitioner or organization may be named by a reference. */
const textOf = (given: readonly ParametersParameter[], name: string): string | undefined => {
  const stated = one(given, name)
  const isSure = name === 'consentNotObtainable' && stated?.valueBoolean === true
  const text = isSure
    ? 'stated without a reason'
    : (stated?.valueString ?? stated?.valueReference?.display ?? stated?.valueReference?.reference)
  return text === undefined || text.trim() === '' ? undefined : text.trim()
}

const birthDateOf = (given: readonly ParametersParameter[]): string | undefined => {
  const stated = one(given, 'birthDate')
  return stated?.valueDate ?? stated?.valueString
}

const familiar = (given: readonly ParametersParameter[], name: string): string | undefined =>
  name === 'birthDate' ? birthDateOf(given) : textOf(given, name)

const whomFaults = (given: readonly ParametersParameter[]): Issue[] => {
  const identifier = one(given, 'identifier')
  const lacking = demographics.filter((name) => familiar(given, name) === undefined)
  if (identifier === undefined && lacking.length === demographics.length)
    return [missing('identifier', 'name the patient by it, or by `family`, `given` and `birthDate`')]
  const { system, value } = identifier?.valueIdentifier ?? {}
  const partial = lacking.length === demographics.length ? [] : lacking
  return [
    ...(identifier !== undefined && (!filled(system) || !filled(value))
      ? [missing('identifier', 'give it as a `valueIdentifier` with `system` and `value`')]
      : []),
    ...partial.map((name) => missing(name, '`family`, `given` and `birthDate` go together')),
  ]
}

const filled = (text: string | undefined): boolean => text !== undefined && text.trim() !== ''

const formOf = (given: readonly ParametersParameter[]): EmergencyForm => ({
  clinician: textOf(given, 'clinician') ?? '',
  affiliation: textOf(given, 'affiliation') ?? '',
  emergency: textOf(given, 'emergency') ?? '',
  consentNotObtainable: textOf(given, 'consentNotObtainable') ?? '',
})

const meantOf = (given: readonly ParametersParameter[]): Meant => {
  const { system, value } = one(given, 'identifier')?.valueIdentifier ?? {}
  const [family, born, birthDate] = demographics.map((name) => familiar(given, name))
  return {
    ...(system === undefined || value === undefined ? {} : { identifier: { system, value } }),
    ...(family === undefined || born === undefined || birthDate === undefined
      ? {}
      : { demographics: { family, given: born, birthDate } }),
  }
}
