import type { StructureDefinition } from 'fhir/r4'

/** https://hl7.org/fhir/R4/valueset-issue-type.html */
export type IssueCode =
  | 'structure'
  | 'required'
  | 'value'
  | 'invariant'
  | 'code-invalid'
  | 'not-supported'
  | 'not-found'
  | 'extension'
  | 'too-long'

/** One thing that is wrong with a resource. INVARIANT: its text never repeats a value of the resource. */
export type Issue = {
  severity: 'error' | 'warning'
  code: IssueCode
  /** FHIRPath of the element: `Patient.name[0].given[1]`. */
  expression: string
  /** What is wrong and how to mend it. */
  text: string
  /** The key of the constraint that does not hold. */
  key?: string
  /** The profile that asks for it, if it is not R4 itself. */
  profile?: string
}

export type Profile = StructureDefinition

/** A hostile resource gets no more errors than this, and no more warnings. */
export const mostIssues = 100

/** Nested deeper than this nothing is looked at. */
export const deepest = 40

/** Collects issues, each once: a profile that asks for what R4 asks for adds nothing. */
export type Findings = { issues: Issue[]; seen: Set<string>; counts: { error: number; warning: number } }

export function noFindings(): Findings {
  return { issues: [], seen: new Set(), counts: { error: 0, warning: 0 } }
}

/** Whether something was nested so deep that it was not looked at. */
export function isTooDeep(findings: Findings): boolean {
  return findings.counts.error > 0 && findings.issues.some((issue) => issue.code === 'too-long')
}

/** Whether nothing more is looked for. INVARIANT: warnings never keep an error from being found. */
export function isFull({ counts }: Findings): boolean {
  return counts.error >= mostIssues
}

/** Adds an issue; a text that begins with a verb gets its element as the subject. */
export function add(findings: Findings, issue: Issue): void {
  const text = /^(?:must|should) /.test(issue.text)
    ? `\`${subject(issue.expression)}\` ${issue.text}`
    : issue.text
  const key = `${issue.code} ${issue.expression} ${text.split(';')[0]}`
  if (findings.counts[issue.severity] >= mostIssues || findings.seen.has(key)) return
  findings.seen.add(key)
  findings.counts[issue.severity] += 1
  findings.issues.push({ ...issue, text })
}

function subject(expression: string): string {
  return expression.slice(expression.lastIndexOf('.') + 1)
}

/** Adds an error against R4 itself. */
export function fault(findings: Findings, code: IssueCode, expression: string, text: string): void {
  add(findings, { severity: 'error', code, expression, text })
}
