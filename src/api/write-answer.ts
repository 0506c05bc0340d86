import { accept, type Outcome, type Submission, type Writer } from '../accept.ts'
import { type Answer, disclose } from '../disclose.ts'
import type { Released, ReleasedResource } from '../redact/released.ts'
import { findByKeys } from '../search/find.ts'
import { fhirBase, type Services } from '../services.ts'
import { etag, fhirJson } from './resource-answer.ts'

/** What the client wants back: the resource, or only where it is (FHIR R4 http 3.1.0.8). */
export type Preference = 'minimal' | 'representation'

export const preferenceOf = (header: string | undefined): Preference =>
  header?.includes('return=minimal') === true ? 'minimal' : 'representation'

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
          grant.allows(submission.type, 'r') ? preference : 'minimal',
        ),
    }),
  })
}

/** What a write came to, as status and headers; a write-only token is told where and not what. */
export const writeAnswer = (
  base: string,
  outcome: Outcome | undefined,
  own: ReleasedResource | undefined,
  preference: Preference,
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
  const body =
    preference === 'representation' && own !== undefined && !own.deleted && status !== 204 ? own.text : ''
  return {
    status,
    headers: {
      ...versioned,
      ...(location === undefined ? {} : { location }),
      ...(body === '' ? {} : { 'content-type': fhirJson }),
    },
    body,
  }
}
