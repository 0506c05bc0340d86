/**
 * What an intermediary needs for Part 2 records (42 CFR 2.31(a)(4)(ii)): a Consent names it, and beside it a
 * participant or those with a treating relationship.
 * Choices: who asks with a token of an intermediary asks as one, a representative too; another recipient is no
 * organization that the intermediary is part of; a class may stand on the Consent, a provision or a recipient.
 */
import type { Consent } from 'fhir/r4'
import { extensionOf, nodeOf, nodesOf, targetOf } from './json.ts'
import type { Node } from './json.ts'
import { structure } from './labels.ts'
import type { Question } from './question.ts'
import { provisionsIn, roleOf } from './requirements.ts'
import { lineOf, organizationOf } from './world.ts'

const isForTreatingProviders = (holder: Node): boolean =>
  extensionOf(holder, structure('recipient-class'))?.valueCode === 'treating-providers'

/** Whether the Consent names who asks as 2.31(a)(4)(ii) demands; whoever is no intermediary needs nothing of it. */
export const isNamedAsIntermediary = ({ world, asker }: Question, consent: Consent): boolean => {
  if (organizationOf(world, asker.organization)?.class !== 'intermediary') return true
  const provisions = provisionsIn(consent.provision).map((provision) => provision as unknown as Node)
  const recipients = provisions
    .flatMap((provision) => nodesOf(provision.actor))
    .filter((actor) => roleOf(actor) === 'recipient')
  const own = lineOf(world, asker.organization).map((id) => `Organization/${id}`)
  const named = recipients.flatMap((actor) => targetOf(actor.reference) ?? [])
  if (!named.some((target) => own.includes(target))) return false
  const holders = [nodeOf(consent), ...provisions, ...recipients]
  return named.some((target) => !own.includes(target)) || holders.some(isForTreatingProviders)
}
