import type { OperationOutcome, OperationOutcomeIssue } from 'fhir/r4'
import { accept, type Outcome, type Submission, type Writer } from '../accept.ts'
import { type Answer, disclose } from '../disclose.ts'
import { type Issue, issueOf } from '../problem.ts'
import type { Released, ReleasedResource } from '../redact/released.ts'
import { findByKeys } from '../search/find.ts'
import { fhirBase, type Services } from '../services.ts'
import { helpIssue, helpLink } from '../questionnaire/crisis-help.ts'
import type { Preference } from './prefer.ts'
import { etag, fhirJson } from './resource-answer.ts'

/** Accepts one write and answers it: what comes back is the caller's own cut, through the same door as a read. */
export const writeOne = async (
  services: Services,
  writer: Writer,
  submission: Submission,
  preference: Preference,
): Promise<Released<Answer>> => {
  const [outcome] = await accept(services, writer, [submission])
  return disclose(services, writer.caller, {
    interaction: writer.interaction,
    request: writer.request,
    needs: [],
    find: async (connection, grant, permit) => ({
      rows:
        outcome === undefined
          ? []
          : await findByKeys(connection, permit, [`${outcome.type}/${outcome.id}`], true),
      answer: ([own]) =>
        writeAnswer(
          fhirBase(services),
          outcome,
          own,
          preference === 'representation' && !grant.allows(submission.type, 'r') ? 'minimal' : preference,
          preference === 'OperationOutcome'
            ? [...warningsOf(services, submission), ...(outcome?.warnings ?? [])]
            : [],
          services.settings.crisisHelp,
        ),
    }),
  })
}

/** What is to be said of what was sent; what is wrong with it was refused before. That it has no narrative `$validate` says. */
const warningsOf = (services: Services, { resource }: Submission): readonly Issue[] =>
  resource === undefined
    ? []
    : services.validate(resource).filter(({ severity, key }) => severity === 'warning' && key !== 'dom-6')

/** What a write came to, as status and headers; a write-only token is told where and not what. */
export const writeAnswer = (
  base: string,
  outcome: Outcome | undefined,
  own: ReleasedResource | undefined,
  preference: Preference,
  warnings: readonly Issue[] = [],
  crisisHelp?: string,
): Answer => {
  const status = outcome?.effect === 'created' ? 201 : outcome?.effect === 'deleted' ? 204 : 200
  const versioned: Record<string, string> =
    own === undefined || own.deleted
      ? {}
      : { etag: etag(own.version), 'last-modified': own.updated.toUTCString() }
  const location =
    outcome === undefined || outcome.effect === 'deleted'
      ? undefined
      : `${base}/${outcome.type}/${outcome.id}${own === undefined ? '' : `/_history/${own.version}`}`
  const told = outcome?.flagged === true ? [helpIssue(crisisHelp), ...warnings] : warnings
  const body = status === 204 ? '' : bodyOf(outcome, own, preference, told)
  return {
    status,
    headers: {
      ...versioned,
      ...(location === undefined ? {} : { location }),
      ...(outcome?.flagged === true ? { link: helpLink } : {}),
      ...(body === '' ? {} : { 'content-type': fhirJson }),
    },
    body,
  }
}

const bodyOf = (
  outcome: Outcome | undefined,
  own: ReleasedResource | undefined,
  preference: Preference,
  warnings: readonly Issue[],
): string => {
  switch (preference) {
    case 'minimal':
      return ''
    case 'representation':
      return own === undefined || own.deleted ? '' : own.text
    case 'OperationOutcome':
      return JSON.stringify({
        resourceType: 'OperationOutcome',
        issue: [...(outcome === undefined ? [] : [said(outcome)]), ...warnings.map(issueOf)],
      } satisfies OperationOutcome)
  }
}

/** What was done, in words that hold nothing of what was sent. */
const said = ({ effect }: Outcome): OperationOutcomeIssue => ({
  severity: 'information',
  code: 'informational',
  details: { text: effects[effect] },
})

const effects = {
  created: 'the resource was created',
  updated: 'the resource was updated',
  existing: 'a resource like this was there already, so none was created',
  deleted: 'the resource was deleted',
} as const satisfies Record<Outcome['effect'], string>
