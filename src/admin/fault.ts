import { type Issue, Refusal, outcomeOf } from '../problem.ts'
import { TokenRefusal } from '../smart/refusal.ts'

/** A command that cannot be carried out, and why: exit code 1. */
export class CommandFault extends Error {}

/** A command that was not understood: exit code 2. */
export class UsageFault extends Error {}

/** Ends the command. */
export const fail = (text: string): never => {
  throw new CommandFault(text)
}

/** Ends the command that was mistyped. */
export const misuse = (text: string): never => {
  throw new UsageFault(text)
}

/** What an operator is told of a fault. An unexpected one is told by its name: its own text may hold a record's values. */
export const faultText = (fault: unknown): string => {
  if (fault instanceof CommandFault || fault instanceof UsageFault || fault instanceof TokenRefusal)
    return fault.message
  if (fault instanceof Refusal) return problemTexts(fault).join('\n')
  const code = fault instanceof Error && 'code' in fault ? ` ${String(fault.code)}` : ''
  return `an unexpected fault: ${fault instanceof Error ? fault.name : 'unknown'}${code}`
}

/** The findings of a refusal, each with its element. */
export const problemTexts = ({ problem }: Refusal): string[] => {
  const issues: readonly Issue[] =
    'issues' in problem
      ? problem.issues
      : outcomeOf(problem).issue.map(({ code, details }) => ({ code, text: details?.text ?? '' }))
  return issues.map(({ text, expression }) =>
    expression === undefined ? text : `${text} (\`${expression}\`)`,
  )
}
