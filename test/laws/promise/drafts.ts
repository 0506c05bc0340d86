import type { FhirResource } from 'fhir/r4'
import { system } from '../../../src/fhir/names.ts'
import { identified, narrative } from './parts.ts'
import type { Pick } from './picking.ts'
import type { Play, Scene } from './play.ts'
import { keyOf } from './stand.ts'

export const drawnTypes = ['Observation', 'CarePlan', 'Condition', 'Encounter', 'MedicationRequest'] as const

/** Notes make whatever cites them a note, which its own writer does not see: such a write changes what S should hold. */
const tellsOfNotes = ({ meta }: FhirResource): boolean =>
  meta?.security?.some(({ code = '' }) => ['PSYTHPN', 'counseling-notes'].includes(code)) === true

/** A user sees what is written about a Patient by the care team of that very Patient: of what others hold there is none. */
export const mayBeCited = ({ asked, foreign }: Scene, key: string): boolean =>
  asked.role !== 'clinician' || !key.startsWith('Patient/') || !foreign.includes(key)

/** Keys of one type that a write may cite: what the asker sees, what it does not, what it made, and what never was. */
export const citable = ({ scene, made }: Play, type: string, pick: Pick): string => {
  const seen = scene.held
    .filter(({ resource }) => !tellsOfNotes(resource))
    .map(({ resource }) => keyOf(resource))
    .filter((key) => mayBeCited(scene, key))
  const of = (keys: readonly string[]) => keys.filter((key) => key.startsWith(`${type}/`))
  const own = of(seen.filter((key) => scene.own.includes(key)))
  const kind = pick([own, own, own, own, own, of(made), of(seen), of(scene.hidden), [`${type}/nothing`]])
  return pick(kind ?? []) ?? pick(own) ?? `${type}/nothing`
}

/** An Observation, CarePlan … that somebody writes; what it cites may be hidden. Now and then it is not valid. */
export const draft = (play: Play, type: string, pick: Pick, mayTell = true): FhirResource => {
  const cited = (other: string) => {
    const reference = citable(play, other, pick)
    play.scope.add(reference)
    return { reference }
  }
  const subject = cited('Patient')
  const drawn = pick([undefined, undefined, undefined, 'HIV', 'SUD'])
  // what is sensitive a business associate may write, and not see: that changes what S should hold
  const label = play.scene.asked.organization === 'Organization/agent' ? undefined : drawn
  const shared = {
    ...(label === undefined ? {} : { meta: { security: [{ system: system.actCode, code: label }] } }),
    ...(mayTell && pick([true, false, false]) === true ? { text: narrative('words of a writer') } : {}),
    identifier: identified(pick(['one', 'two', keyId(pick(play.scene.hidden) ?? '')]) ?? ''),
    subject,
  }
  const some = pick([true, true, false]) === true
  switch (type) {
    case 'Observation':
      return { resourceType: type, ...shared, status: pick(['final', 'amended', 'final']) ?? 'final', code: { text: 'written' }, ...(some ? { encounter: cited('Encounter') } : {}) }
    case 'CarePlan':
      return { resourceType: type, ...shared, status: 'active', intent: 'plan', ...(some ? { addresses: [cited('Condition')], activity: [{ outcomeReference: [cited('Observation')] }] } : {}) }
    case 'Condition':
      return { resourceType: type, ...shared, code: { text: 'written' }, ...(some ? { evidence: [{ detail: [cited('Observation')] }] } : {}) }
    case 'Encounter':
      return { resourceType: type, ...shared, status: 'finished', class: { system: system.actCode, code: 'AMB' } }
    case 'MedicationRequest':
      return { resourceType: type, ...shared, status: 'active', intent: 'order', medicationCodeableConcept: { text: 'written' }, ...(some ? { reasonReference: [cited('Condition')] } : {}) }
    default:
      return { resourceType: 'Patient', identifier: identified('one'), name: [{ family: 'Written' }] }
  }
} // prettier-ignore

export const keyId = (key: string): string => key.slice(key.indexOf('/') + 1)

export const typeOf = (key: string): string => key.slice(0, key.indexOf('/'))

/** Statuses that a type may come to. */
const statuses: Readonly<Record<string, readonly string[]>> = {
  Observation: ['amended', 'corrected', 'final'],
  CarePlan: ['on-hold', 'completed', 'active'],
  Encounter: ['in-progress', 'cancelled', 'finished'],
  MedicationRequest: ['on-hold', 'completed', 'active'],
}

type Json = Record<string, unknown>

/** A change that somebody makes to what was read: the same whatever server it was read from. */
export const changeOf = (play: Play, key: string, pick: Pick): ((read: Json) => Json) => {
  const type = typeOf(key)
  const mayTell = !play.scene.pruned.includes(key)
  const encounter = { reference: citable(play, 'Encounter', pick) }
  const problem = { reference: citable(play, 'Condition', pick) }
  const words = narrative(pick(['other words', 'more words']) ?? '')
  const status = pick(statuses[type] ?? [])
  const without =
    (...names: readonly string[]) =>
    (read: Json): Json =>
      Object.fromEntries(Object.entries(read).filter(([name]) => !names.includes(name)))
  const common = [
    (read: Json): Json => ({ ...read, identifier: identified('changed') }),
    ...(status === undefined ? [] : [(read: Json): Json => ({ ...read, status })]),
    (read: Json): Json => (mayTell ? { ...read, text: words } : read),
    (read: Json): Json => ({ ...without('text')(read), language: 'en' }),
    (read: Json): Json => read,
    (read: Json): Json => ({ ...read, status: 'no such status' }),
  ]
  const own: Readonly<Record<string, readonly ((read: Json) => Json)[]>> = {
    Observation: [(read) => ({ ...read, encounter }), without('encounter'), (read) => ({ ...read, note: [{ text: 'a note' }] })],
    CarePlan: [
      (read) => ({ ...read, addresses: [...((read['addresses'] as unknown[] | undefined) ?? []), problem] }),
      without('addresses'), without('activity'), without('addresses', 'activity'),
      (read) => ({ ...read, addresses: [problem], activity: [{ detail: { status: 'not-started', description: 'rest' } }] }),
    ],
    Condition: [without('evidence'), (read) => ({ ...read, note: [{ text: 'a note' }] })],
  } // prettier-ignore
  return pick([...common, ...(own[type] ?? []), ...(own[type] ?? [])]) ?? ((read) => read)
}
