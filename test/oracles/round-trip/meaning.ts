import { isDeepStrictEqual } from 'node:util'
import type { Json } from '../official.ts'

/** Systems of the labels that the gateway puts on what it stores. */
const labelSystems = [
  'http://terminology.hl7.org/CodeSystem/v3-Confidentiality',
  'http://terminology.hl7.org/CodeSystem/v3-ActCode',
  'https://sluice.example/fhir/CodeSystem/sensitivity',
]

interface Coding {
  readonly system?: string
  readonly code?: string
}

/**
 * Whether what came back means what was sent: all but the version, its time, and the labels that the gateway adds.
 * Properties may come in any order, and a decimal may be written in another way as long as its value is the same.
 */
export const meansTheSame = (sent: string, back: string): boolean => {
  const [one, other] = [read(sent), read(back)]
  const [said, told] = [securityOf(one), securityOf(other)]
  const has = (labels: readonly Coding[], { system, code }: Coding): boolean =>
    labels.some((own) => own.system === system && own.code === code)
  const added = told.filter((label) => !has(said, label))
  return (
    isDeepStrictEqual(withoutVersion(one), withoutVersion(other)) &&
    said.every((label) => label.system === labelSystems[0] || has(told, label)) &&
    added.every(({ system }) => labelSystems.includes(system ?? ''))
  )
}

const read = (text: string): Json =>
  JSON.parse(text, (_, value, { source }) =>
    typeof value === 'number' ? { decimal: decimal(source ?? '') } : value,
  ) as Json

/** The value of a decimal as it is written: digits without zeros at either end, and where the point stands. */
export const decimal = (written: string): string => {
  const [, sign = '', whole = '', fraction = '', power = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(written) ?? []
  const digits = `${whole}${fraction}`.replace(/^0+/, '')
  const short = digits.replace(/0+$/, '')
  const shift = Number(power) - fraction.length + digits.length - short.length
  return short === '' ? '0' : `${sign}${short}e${shift}`
}

const metaOf = ({ meta }: Json): Json => (meta ?? {}) as Json

const securityOf = (resource: Json): readonly Coding[] => (metaOf(resource).security ?? []) as Coding[]

const withoutVersion = (resource: Json): Json => {
  const { versionId: _version, lastUpdated: _updated, security: _security, ...meta } = metaOf(resource)
  return { ...resource, meta }
}
