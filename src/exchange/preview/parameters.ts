import type { Coding, ParametersParameter } from 'fhir/r4'
import { coding } from '../../consent/labels.ts'
import { canonical, system } from '../../fhir/names.ts'
import type { Item, Preview } from './preview.ts'
import type { Told } from './reasons.ts'

/** Local codes for what a preview says of a record: shared, redacted, withheld. */
const effects = `${canonical}/CodeSystem/disclosure-effect`

/** One preview as JSON of a parameter with parts: how much of what, and why, record by record. */
export const previewText = ({ asked, items }: Preview, isWhole: boolean): string =>
  partsText('preview', [
    ...[
      { name: 'recipient', valueReference: { reference: asked.patient ?? asked.organization } },
      { name: 'purpose', valueCoding: { system: system.actReason, code: asked.purpose } },
      ...(['shared', 'redacted', 'withheld'] as const).map((effect) => ({
        name: effect,
        valueInteger: items.filter((item) => item.effect === effect).length,
      })),
    ].map((part) => JSON.stringify(part)),
    ...items.map((item) => itemText(item, isWhole)),
  ])

/**
 * One record: what becomes of it, the content where it is asked for, and a reason for each label. INVARIANT: the content is
 * the text that would be sent, not one that was read and written again.
 */
export const itemText = (item: Item, isWhole: boolean): string => {
  const { reasons, text } = item
  return partsText('item', [
    ...headOf(item).map((part) => JSON.stringify(part)),
    ...(isWhole && text !== undefined ? [`{"name":"content","resource":${text}}`] : []),
    ...reasons.map((reason) => JSON.stringify(reasonParameter(reason))),
  ])
}

/** The same without content. */
export const itemParameter = (item: Item): ParametersParameter => ({
  name: 'item',
  part: [...headOf(item), ...item.reasons.map(reasonParameter)],
})

const headOf = ({ type, id, effect }: Item): ParametersParameter[] => [
  { name: 'record', valueReference: { reference: `${type}/${id}` } },
  { name: 'effect', valueCoding: { system: effects, code: effect } },
]

const partsText = (name: string, parts: readonly string[]): string =>
  `{"name":"${name}","part":[${parts.join(',')}]}`

const reasonParameter = ({
  label,
  effect,
  rule,
  citation,
  consent,
  provision,
  bases,
  lacking,
}: Told): ParametersParameter => ({
  name: 'reason',
  part: [
    { name: 'label', valueCoding: labelCoding(label) },
    { name: 'effect', valueCode: effect },
    { name: 'rule', valueCode: rule },
    { name: 'citation', valueString: citation },
    ...(consent === undefined ? [] : [{ name: 'consent', valueReference: { reference: consent } }]),
    ...(provision === undefined ? [] : [{ name: 'provision', valueString: provision }]),
    ...bases.map(({ basis, from }) => ({
      name: 'basis',
      valueString: from === undefined ? basis : `${basis}: ${from}`,
    })),
    ...lacking.map(({ consent: own, citations }) => ({
      name: 'lacking',
      part: [
        { name: 'consent', valueReference: { reference: own } },
        ...citations.map((one) => ({ name: 'citation', valueString: one })),
      ],
    })),
  ],
})

/** A label by its own code, or by the gateway's word for one that HL7 has no code for. */
const labelCoding = (label: Told['label']): Coding =>
  coding(label) ?? { system: `${canonical}/CodeSystem/label`, code: label }
