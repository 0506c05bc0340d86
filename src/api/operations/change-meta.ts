import type { FhirResource, Meta } from 'fhir/r4'
import { accept, type Submission } from '../../accept.ts'
import { type Answer, disclose } from '../../disclose.ts'
import { invalid } from '../../problem.ts'
import type { Released } from '../../redact/released.ts'
import { findByKeys } from '../../search/find.ts'
import type { Services } from '../../services.ts'
import { fhirJson } from '../resource-answer.ts'
import { metaAnswer, metaOf } from './meta.ts'
import type { Call } from './operation.ts'
import { readParameters } from './parameters.ts'

/** What becomes of a meta by one that is given. */
export type MetaChange = (held: Meta, given: Meta) => Meta

/**
 * Changes profiles, tags and labels of a resource as its sender sees it, in place: no version is made of it. What comes
 * back is what the sender sees then (https://hl7.org/fhir/R4/resource-operation-meta-add.html).
 */
export const changeMeta = async (
  { services, caller, request, raw, type = '', id = '' }: Call,
  interaction: 'meta-add' | 'meta-delete',
  change: MetaChange,
): Promise<Released<Answer>> => {
  const given = await readMeta(services, raw)
  const ifMatch = raw.headers.get('if-match')
  const submission: Submission = {
    method: 'patch',
    type,
    id,
    patch: (resource) => withMeta(resource, change(resource.meta ?? {}, given)),
    inPlace: { lowers: interaction === 'meta-delete' ? (given.security ?? []) : [] },
    ...(ifMatch === null ? {} : { ifMatch }),
  }
  await accept(services, { interaction, request, caller }, [submission])
  return disclose(services, caller, {
    interaction,
    request,
    needs: [],
    find: async (connection, grant, permit) => {
      const mayRead = grant.allows(type, 'r')
      return {
        rows: mayRead ? await findByKeys(connection, permit, [`${type}/${id}`]) : [],
        answer: ([own]) => (mayRead ? metaAnswer(own === undefined ? {} : metaOf(own)) : done),
      }
    },
  })
}

/** For a token that may write and not read. */
const done: Answer = { status: 200, headers: { 'content-type': fhirJson }, body: '' }

const readMeta = async (services: Services, raw: Request): Promise<Meta> => {
  const [given, ...others] = await readParameters(services, raw)
  return given?.name === 'meta' && given.valueMeta !== undefined && others.length === 0
    ? given.valueMeta
    : invalid(
        'the operation takes one parameter, `meta`, with a `valueMeta`',
        'Parameters.parameter',
        'required',
      )
}

/** FHIR has no empty lists and no empty objects. */
const withMeta = ({ meta: _meta, ...resource }: FhirResource, next: Meta): FhirResource => {
  const meta = Object.fromEntries(
    Object.entries(next).filter(([, value]) => !Array.isArray(value) || value.length > 0),
  )
  return { ...resource, ...(Object.keys(meta).length === 0 ? {} : { meta }) }
}
