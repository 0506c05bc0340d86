import { type Asked, type Facts, lineage } from './asked.ts'
import type { Directive, Provision } from './directive.ts'
import { closedBy } from './faults.ts'
import { bit, every, type Mask, reserved } from './labels.ts'
import type { Request } from './match.ts'
import { childhood, unsigned } from './minors.ts'
import { kinds } from './purposes.ts'

/**
 * The labels that no permit of a Consent opens to whoever asks, at the moment asked, whatever its provisions say: those of
 * which it lacks an element or a signature (42 CFR 2.14, 2.31; 45 CFR 164.508), before it was signed all, Part 2 for public
 * health alone (2.54), and through an intermediary without participants (2.31(a)(4)(ii)).
 */
export const withheld = (directive: Directive, { asked, moment }: Request, facts: Facts): Mask => {
  if (directive.void.length > 0 || moment < (directive.since ?? -Infinity)) return every
  const part2 = kinds(asked.purpose).includes('PUBHLTH') || lacksParticipant(directive, asked, facts)
  return (
    reserved |
    closedBy(directive.deficient) |
    (part2 ? bit('42CFRPart2') : 0n) |
    unsigned(facts.minor, directive.signers, moment) |
    signedForAnother(directive, facts, moment)
  )
}

/**
 * By age: for a child's Part 2 records the child signs, alone or with a parent (42 CFR 2.14(b), (c)); for somebody of age no
 * parent does (42 CFR 2.31(a)(8), 34 CFR 99.5(a), 45 CFR 164.502(g)(3)). What is not known of a birth date closes both.
 */
const signedForAnother = ({ signers }: Directive, { birth }: Facts, moment: number): Mask => {
  const { mayBeMinor, mayBeGrown } = childhood(birth, moment)
  if (mayBeGrown && signers.length > 0 && signers.every((capacity) => capacity === 'parent')) return every
  return mayBeMinor && !signers.includes('patient') ? bit('42CFRPart2') : 0n
}

/**
 * An intermediary gets Part 2 records where a Consent names it, and with it a participant or the class of those who treat the
 * patient (42 CFR 2.31(a)(4)(ii)).
 */
const lacksParticipant = (directive: Directive, asked: Asked, { organizations }: Facts): boolean => {
  if (organizations.get(asked.organization)?.class !== 'intermediary') return false
  const own = lineage(asked.organization, organizations)
  const { references, classes } = recipientsOf(directive.root)
  const participates = references.some((one) => !own.includes(one)) || classes.includes('treating-providers')
  return !participates || !references.some((one) => own.includes(one))
}

/** Everybody who is named as recipient in a provision or beneath it. */
const recipientsOf = ({
  criteria,
  children,
}: Provision): { references: readonly string[]; classes: readonly string[] } => {
  const all = [...criteria.filter((one) => one.kind === 'recipient'), ...children.map(recipientsOf)]
  return {
    references: all.flatMap(({ references }) => references),
    classes: all.flatMap(({ classes }) => classes),
  }
}
