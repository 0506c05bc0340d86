import type { OperationOutcome } from 'fhir/r4'
import { type Issue, issueOf } from '../problem.ts'

/** Where help is, for the app that sent the answers (RFC 8288, relation `help`), whatever it prefers to get back. */
export const helpLink =
  '<tel:988>; rel="help"; title="988 Suicide and Crisis Lifeline: call or text, at any hour"'

const lifeline =
  'if you might hurt yourself, or need to talk to somebody now: call or text 988 (Suicide and Crisis Lifeline, USA) at any hour, or 911 where somebody is in danger'

/** The same in words, with what the site adds: its own line, its opening hours. */
export const helpIssue = (site?: string): Issue => ({
  severity: 'information',
  code: 'informational',
  text: site === undefined ? lifeline : `${lifeline}. ${site}`,
})

/** The same for an entry of a transaction. */
export const helpOutcome = (site?: string): OperationOutcome => ({
  resourceType: 'OperationOutcome',
  issue: [issueOf(helpIssue(site))],
})
