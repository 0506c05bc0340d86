import type { FhirResource, Parameters } from 'fhir/r4'
import { citable, typeOf } from './drafts.ts'
import type { Pick } from './picking.ts'
import type { Play, Request } from './play.ts'

/** The body of a PATCH, and what goes into a Bundle for it. */
export interface Patch {
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly entry: FhirResource
}

interface Operation {
  readonly op: string
  readonly path: string
  readonly value?: unknown
}

const jsonPatch = (operations: readonly Operation[]): Patch => {
  const body = JSON.stringify(operations)
  return {
    headers: { 'content-type': 'application/json-patch+json' },
    body,
    entry: { resourceType: 'Binary', contentType: 'application/json-patch+json', data: btoa(body) },
  }
}

const fhirPathPatch = (type: string, parts: Readonly<Record<string, object>>): Patch => {
  const part = [{ name: 'type', valueCode: type }, ...Object.entries(parts).map(([name, value]) => ({ name, ...value }))] as { name: string }[]
  const entry: Parameters = { resourceType: 'Parameters', parameter: [{ name: 'operation', part }] }
  return { headers: { 'content-type': 'application/fhir+json' }, body: JSON.stringify(entry), entry }
} // prettier-ignore

const path = (valueString: string) => ({ path: { valueString } })

/** A patch of what is seen, and of what may be masked: tests of it, changes in it, and its removal. */
export const patchOf = (play: Play, key: string, pick: Pick): Patch => {
  const type = typeOf(key)
  const hidden = (other: string) =>
    pick(play.scene.hidden.filter((one) => one.startsWith(`${other}/`))) ?? `${other}/nothing`
  const encounter = citable(play, 'Encounter', pick)
  const problem = { reference: citable(play, 'Condition', pick) }
  const [secretVisit, secretProblem] = [hidden('Encounter'), hidden('Condition')]
  const note = [{ text: 'a note' }]
  const ofAll = [
    jsonPatch([{ op: 'add', path: '/language', value: 'en' }]),
    jsonPatch([{ op: 'remove', path: '/text' }]),
    jsonPatch([{ op: 'replace', path: '/identifier/0/value', value: 'patched' }]),
    jsonPatch([{ op: 'test', path: '/subject/display', value: 'nobody' }]),
    fhirPathPatch('add', { ...path(type), name: { valueString: 'language' }, value: { valueCode: 'en' } }),
    fhirPathPatch('delete', path(`${type}.text`)),
    fhirPathPatch('replace', { ...path(`${type}.identifier[0].value`), value: { valueString: 'patched' } }),
  ]
  const visit = [
    jsonPatch([{ op: 'remove', path: '/encounter' }]),
    jsonPatch([{ op: 'replace', path: '/encounter', value: { reference: encounter } }]),
    jsonPatch([{ op: 'add', path: '/encounter', value: { reference: encounter } }]),
    jsonPatch([{ op: 'test', path: '/encounter/reference', value: secretVisit }, { op: 'add', path: '/note', value: note }]),
    fhirPathPatch('delete', path(`${type}.encounter`)),
    fhirPathPatch('replace', { ...path(`${type}.encounter`), value: { valueReference: { reference: encounter } } }),
  ] // prettier-ignore
  const plan = [
    jsonPatch([{ op: 'add', path: '/addresses/-', value: problem }]),
    jsonPatch([{ op: 'remove', path: '/addresses/0' }]),
    jsonPatch([{ op: 'remove', path: '/activity' }]),
    jsonPatch([{ op: 'test', path: '/addresses/0/reference', value: secretProblem }]),
    fhirPathPatch('delete', path(`CarePlan.addresses.where(reference = '${secretProblem}')`)),
    fhirPathPatch('delete', path('CarePlan.activity[1]')),
    fhirPathPatch('insert', { ...path('CarePlan.addresses'), index: { valueInteger: 1 }, value: { valueReference: problem } }),
    fhirPathPatch('move', { ...path('CarePlan.addresses'), source: { valueInteger: 1 }, destination: { valueInteger: 0 } }),
  ] // prettier-ignore
  const own = type === 'Observation' ? visit : type === 'CarePlan' ? plan : []
  return pick([...ofAll, ...own, ...own]) ?? jsonPatch([])
}

/** A PATCH as a request of its own. */
export const asRequest = (address: string, { headers, body }: Patch): Request => ({
  method: 'PATCH',
  path: address,
  headers,
  body,
})
