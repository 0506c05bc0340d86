import type { Extension, Questionnaire, QuestionnaireItem } from 'fhir/r4'
import type { Issue } from '../../problem.ts'
import { evaluateAt } from '../form/evaluate.ts'
import { isOut, type Place } from '../form/sheet.ts'
import { extensions, url } from '../sdc.ts'
import type { Checking } from './checking.ts'

/** A human text is cut to so many characters. */
const longestText = 500

/** A constraint as R4 and SDC have it (http://hl7.org/fhir/StructureDefinition/questionnaire-constraint). */
interface Constraint {
  readonly key: string
  readonly severity: 'error' | 'warning'
  readonly human: string
  readonly stated: { readonly language?: string; readonly expression?: string } | undefined
}

/** What the form's own constraints say: those of the Questionnaire, and those of each item that is there and enabled. */
export const constraintIssues = (checking: Checking): Issue[] => {
  const { sheet } = checking
  const nodes = sheet.tree.all.filter((node) => node.definition !== undefined && !isOut(sheet.disabled, node))
  return [
    ...issuesOf(checking, sheet.form.questionnaire, { kind: 'response' }, 'QuestionnaireResponse'),
    ...nodes.flatMap((node) =>
      node.definition === undefined
        ? []
        : issuesOf(checking, node.definition, { kind: 'item', node }, node.at),
    ),
  ]
}

const issuesOf = (
  checking: Checking,
  owner: Questionnaire | QuestionnaireItem,
  place: Place,
  at: string,
): Issue[] =>
  [...extensions(owner, url.constraint), ...extensions(owner, url.targetConstraint)]
    .map(constraintOf)
    .flatMap((constraint) => {
      const found = evaluateAt(
        checking.sheet,
        owner,
        `constraint \`${constraint.key}\``,
        constraint.stated,
        place,
      )
      const holds =
        found === undefined ||
        (found !== 'data' && (found.length === 0 || (found.length === 1 && found[0] === true)))
      return holds ? [] : [issueOf(constraint, owner, at)]
    })

const issueOf = (
  { key, severity, human }: Constraint,
  owner: Questionnaire | QuestionnaireItem,
  at: string,
): Issue => ({
  severity,
  code: 'invariant',
  text: `${human} (constraint \`${key}\`${'linkId' in owner ? ` of item \`${owner.linkId}\`` : ''})`,
  expression: at,
})

const constraintOf = (own: Extension): Constraint => {
  const part = (name: string): Extension | undefined => own.extension?.find((inner) => inner.url === name)
  const text = part('expression')
  return {
    key: (part('key')?.valueId ?? 'unnamed').slice(0, 64),
    severity: part('severity')?.valueCode === 'warning' ? 'warning' : 'error',
    human: (
      part('human')?.valueString ??
      part('requirements')?.valueString ??
      part('requirements')?.valueMarkdown ??
      'the answers do not fit together'
    ).slice(0, longestText),
    stated:
      text?.valueExpression ??
      (text?.valueString === undefined ? undefined : { expression: text.valueString }),
  }
}
