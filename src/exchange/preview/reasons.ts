import type { Asked } from '../../consent/asked.ts'
import { binds, decide, type Reason } from '../../consent/decide.ts'
import type { Directive } from '../../consent/directive.ts'
import type { Basis } from '../../consent/label.ts'
import { coding, type Mask, named } from '../../consent/labels.ts'
import type { FoundRow } from '../../search/find.ts'
import { recordFacts } from '../../store/explain.ts'
import type { PersonState } from '../../store/facts.ts'
import type { Kinds } from '../../store/named-codes.ts'

/** Why one label of a record goes to a recipient or does not: the rule, its section, the consent, and why the label is there. */
export interface Told extends Reason {
  readonly bases: readonly Basis[]
  /** Consents that would speak for it, were they complete: with what each lacks (42 CFR 2.31(c)). */
  readonly lacking: readonly { readonly consent: string; readonly citations: readonly string[] }[]
}

/** What reasons are given from. */
export interface Grounds {
  readonly asked: Asked
  readonly moment: Date
  readonly custodian: string
  readonly state: PersonState | undefined
  readonly kinds: Kinds
  readonly bases: readonly Basis[]
}

/** The reasons on some labels of a record, each by the reference decision. */
export const reasonsFor = (row: FoundRow, mask: Mask, grounds: Grounds): Told[] => {
  const { asked, moment, custodian, state, kinds, bases } = grounds
  if (state === undefined) return []
  const record = { ...recordFacts(row, custodian, kinds), mask }
  const { reasons } = decide(state.directives, asked, moment.getTime(), record, state.factsFor(custodian))
  return reasons.map((reason) => ({
    ...reason,
    bases: bases.filter(({ label }) => label === reason.label),
    lacking: reason.effect === 'silent' ? lackingFor(reason, ownOf(state, custodian)) : [],
  }))
}

/** Those that name this custodian: another one's consents are not its business. */
const ownOf = ({ directives, factsFor }: PersonState, custodian: string): Directive[] =>
  directives.filter(
    (own) => own.custodians.length > 0 && binds(own, 'permit', custodian, factsFor(custodian)),
  )

const lackingFor = ({ label }: Reason, directives: readonly Directive[]): Told['lacking'] =>
  directives.flatMap(({ consent, void: voided, deficient }) => {
    const own = deficient.filter((lack) => lack.label === label).map(({ citation }) => citation)
    const citations = [...voided, ...own]
    return citations.length === 0 ? [] : [{ consent, citations }]
  })

/** A label as it is told: its own code, or the gateway's word for what has none. */
export const labelText = (mask: Mask): string[] => named(mask).map((label) => coding(label)?.code ?? label)
