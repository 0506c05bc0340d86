import fc from 'fast-check'
import type { FhirResource } from 'fhir/r4'
import { system } from '../../../src/fhir/names.ts'
import { sometimes } from './provision.ts'
import { actLabels, codes, icd } from './town.ts'

const labelled = fc
  .subarray(actLabels, { maxLength: 2 })
  .map((chosen) => chosen.map((code) => ({ system: system.actCode, code })))

/** A label of one element (DS4P). */
const inline = (code: string) => ({
  url: 'http://hl7.org/fhir/uv/security-label-ds4p/StructureDefinition/extension-inline-sec-label',
  valueCoding: { system: system.actCode, code },
})

/** A record of one custodian, under the id that its place has; it may cite another. */
export const record = (
  run: string,
  custodian: string,
  place: number,
  ids: readonly string[],
): fc.Arbitrary<FhirResource> =>
  fc
    .record({
      code: fc.constantFrom(...codes),
      security: labelled,
      date: fc.constantFrom(undefined, '2026-03-01', '2024-05', '2026-06-15T12:00:00Z'),
      cites: fc.option(fc.constantFrom(...ids), { nil: undefined, freq: 2 }),
      kim: fc.boolean(),
      inside: sometimes(fc.constantFrom(...codes), 4),
      note: sometimes(fc.constantFrom('SUD', 'HIV', 'PSY'), 4),
    })
    .map(({ code, security, date, cites, kim, inside, note }) => {
      const subject = { reference: `Patient/${run}-${custodian}` }
      const concept = { coding: [{ system: icd, code }] }
      const id = ids[place] ?? ''
      const meta = security.length === 0 ? {} : { meta: { security } }
      const kept = { id: id.split('/')[1] ?? '', ...meta, subject }
      const who = kim ? { reference: 'Practitioner/kim' } : undefined
      if (id.startsWith('Condition'))
        return {
          resourceType: 'Condition',
          ...kept,
          code: concept,
          ...(date === undefined ? {} : { onsetDateTime: date }),
          ...(who === undefined ? {} : { recorder: who }),
          ...(cites === undefined ? {} : { evidence: [{ detail: [{ reference: cites }] }] }),
        }
      if (id.startsWith('Observation'))
        return {
          resourceType: 'Observation',
          ...kept,
          status: 'final',
          code: concept,
          ...(date === undefined ? {} : { effectiveDateTime: date }),
          ...(who === undefined ? {} : { performer: [who] }),
          ...(inside === undefined
            ? {}
            : { component: [{ code: { coding: [{ system: icd, code: inside }] } }] }),
          ...(note === undefined ? {} : { note: [{ text: `${note} in a note`, extension: [inline(note)] }] }),
          ...(cites?.startsWith('Observation') === true && cites !== id
            ? { derivedFrom: [{ reference: cites }] }
            : {}),
        }
      return {
        resourceType: 'MedicationRequest',
        ...kept,
        status: 'active',
        intent: 'order',
        medicationCodeableConcept: concept,
        ...(date === undefined ? {} : { authoredOn: date }),
        ...(who === undefined ? {} : { requester: who }),
        ...(cites?.startsWith('Condition') === true ? { reasonReference: [{ reference: cites }] } : {}),
      }
    })
