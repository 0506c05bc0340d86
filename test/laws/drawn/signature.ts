import fc from 'fast-check'
import type { Extension } from 'fhir/r4'
import { structure } from '../../../src/fhir/names.ts'

interface Drawn {
  readonly capacities: readonly string[]
  readonly hasWho: boolean
  readonly isFalse: boolean
  readonly isOnBehalf: boolean
  readonly when: string
}

const one = (capacity: string) => [capacity]

/** Who signs: mostly the patient; a parent, guardian or representative; two of them; somebody in the patient's place. */
export const drawnSignatures: fc.Arbitrary<Drawn> = fc.record({
  capacities: fc.oneof(
    { weight: 8, arbitrary: fc.constant(['patient']) },
    { weight: 4, arbitrary: fc.constantFrom('parent', 'parent', 'guardian', 'representative').map(one) },
    { weight: 2, arbitrary: fc.constantFrom('parent', 'guardian').map((other) => ['patient', other]) },
  ),
  hasWho: fc.constantFrom(...Array<boolean>(15).fill(true), false),
  isFalse: fc.constantFrom(...Array<boolean>(7).fill(false), true),
  isOnBehalf: fc.constantFrom(...Array<boolean>(9).fill(true), false),
  when: fc.constantFrom(...Array<string>(12).fill('2026-01-01T00:00:00Z'), '2026-06-15T12:00:00Z', '2026-06-16T00:00:00Z'),
}) // prettier-ignore

/** The signatures of a Consent of one patient; `lacks` takes the capacity from all of them. */
export const signaturesOf = (
  patient: string,
  related: string,
  { capacities, hasWho, isFalse, isOnBehalf, when }: Drawn,
  lacksCapacity: boolean,
): Extension[] =>
  capacities.map((capacity) => ({
    url: structure('consent-signature'),
    valueSignature: {
      type: [
        { system: 'urn:iso-astm:E1762-95:2013', code: '1.2.840.10065.1.12.1.7' },
        ...(lacksCapacity
          ? []
          : [{ system: 'https://sluice.example/fhir/CodeSystem/signer-capacity', code: capacity }]),
      ],
      when,
      who: !hasWho
        ? { display: 'J Doe' }
        : { reference: capacity === 'patient' && !isFalse ? patient : related },
      ...(capacity === 'patient' || !isOnBehalf ? {} : { onBehalfOf: { reference: patient } }),
    },
  }))
