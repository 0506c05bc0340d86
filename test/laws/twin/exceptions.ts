/**
 * Exceptions that the law places before consent (CONSENT.md section 5; ARCHITECTURE.md, settled for exceptions).
 * Choices: one opens label by label, whatever a consent says of that label, and what it leaves closed is decided as
 * ever; it lasts from its start until before its end; a scope is read as a permit's criteria are; a patient's or a
 * representative's token uses none; stored Consents and notes are opened by none; mandated reports are not modelled.
 */
import { clinicalInterval } from './clinical-date.ts'
import { momentOf } from './dates.ts'
import { referenceTo } from './json.ts'
import { notes } from './labels.ts'
import { isRepresentative } from './minors.ts'
import type { TwinAsker, TwinException, TwinRecord, TwinWorld } from './world.ts'
import { idOf, personOf } from './world.ts'

/** Each is a purpose of its own; no broader or narrower one uses it. */
const purposes: Readonly<Record<TwinException['kind'], string>> = {
  emergency: 'BTG',
  'court-order': 'HLEGAL',
  audit: 'HCOMPL',
  research: 'HRESCH',
}

/** For the organization that it names, for its purpose, while it lasts. */
export const isInForce = (exception: TwinException, asker: TwinAsker): boolean => {
  if (asker.patient !== undefined || isRepresentative(asker)) return false
  const moment = momentOf(asker.moment)
  return (
    idOf(exception.organization) === idOf(asker.organization) &&
    purposes[exception.kind] === asker.purpose &&
    moment >= exception.start &&
    moment < exception.end
  )
}

const isAbout = (world: TwinWorld, exception: TwinException, record: TwinRecord, person: string): boolean => {
  if (exception.patient !== undefined && personOf(world, exception.patient) !== person) return false
  // 42 CFR 2.51: an emergency opens the person at every custodian
  if (exception.kind === 'emergency') return true
  return exception.custodian !== undefined && idOf(exception.custodian) === idOf(record.custodian)
}

const isInScope = ({ scope = {} }: TwinException, { resource }: TwinRecord): boolean => {
  if (scope.types !== undefined && !scope.types.includes(resource.resourceType)) return false
  if (scope.records !== undefined && !scope.records.includes(referenceTo(resource))) return false
  if (scope.from === undefined && scope.to === undefined) return true
  const date = clinicalInterval(resource)
  if (date === undefined) return false
  return date.from >= (scope.from ?? -Infinity) && date.to <= (scope.to ?? Infinity)
}

const isOpenLabel = ({ labels }: TwinException, label: string | null): boolean => {
  if (label !== null && notes.includes(label)) return false
  return labels === undefined || labels.includes(label ?? 'ordinary')
}

/** Those about a record of a person, whatever their scope. */
const about = (
  world: TwinWorld,
  asker: TwinAsker,
  record: TwinRecord,
  person: string,
): readonly TwinException[] =>
  record.resource.resourceType === 'Consent'
    ? []
    : (world.exceptions ?? []).filter(
        (exception) => isInForce(exception, asker) && isAbout(world, exception, record, person),
      )

/** Whether one opens this label of the record; `null`: an ordinary record. */
export const isExcepted = (
  world: TwinWorld,
  asker: TwinAsker,
  record: TwinRecord,
  person: string,
  label: string | null,
): boolean =>
  about(world, asker, record, person).some(
    (exception) => isInScope(exception, record) && isOpenLabel(exception, label),
  )

/** Whether somebody comes to a record by one: who is off the care team may break the glass of the own organization. */
export const isReached = (
  world: TwinWorld,
  asker: TwinAsker,
  record: TwinRecord,
  persons: readonly string[],
): boolean => persons.length > 0 && persons.every((person) => about(world, asker, record, person).length > 0)
