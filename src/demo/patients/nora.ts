import {
  carePlan,
  clinicPatient,
  condition,
  encounter,
  hospitalPatient,
  medication,
  nameOf,
  type Person,
} from '../build.ts'
import { documentType, icd10, mercyMrn, rxnorm, snomed } from '../codes.ts'
import { screening } from '../screening.ts'
import type { DemoPatient } from '../types.ts'

const person: Person = {
  given: 'Nora',
  family: 'Castellanos',
  gender: 'female',
  birthDate: '1999-07-07',
  riverbend: 'R-2012',
  mercy: 'M-7012',
}

/** No consent, and an overdose: a bona fide medical emergency, 42 CFR 2.51. */
export const nora = (): DemoPatient => ({
  story: {
    patient: 'Patient/nora',
    name: nameOf(person),
    situation:
      'break-glass: an overdose in the emergency room, no consent, buprenorphine nobody there knows of',
    tryIt:
      'as mercy-general POST Patient/$break-glass for M-7012 with clinician, affiliation, emergency and consentNotObtainable, then read MedicationRequest/nora-buprenorphine with a token for BTG; without it: not found',
  },
  records: [
    {
      custodian: 'Organization/riverbend-recovery',
      resources: [
        clinicPatient('nora', person),
        condition(
          'nora-oud',
          'nora',
          icd10('F11.20', 'Opioid dependence, uncomplicated'),
          '2026-02-24',
          'novak',
        ),
        medication(
          'nora-buprenorphine',
          'nora',
          rxnorm('1819', 'buprenorphine 8 mg / naloxone 2 mg sublingual film'),
          {
            on: '2026-02-24',
            by: 'novak',
            dose: 'two films under the tongue each morning',
            because: 'nora-oud',
          },
        ),
        carePlan('nora-safety-plan', 'nora', {
          title: 'Safety plan',
          from: '2026-02-24',
          author: 'brooks',
          category: documentType('safety-plan', 'Safety plan'),
          addresses: ['nora-oud'],
          activity: [
            { detail: { status: 'in-progress', description: 'naloxone at home and with my sister' } },
            { detail: { status: 'in-progress', description: 'never use alone' } },
          ],
        }),
        ...screening('phq-9', 'nora', '2026-02-24', '222221111', 'novak'),
      ],
    },
    {
      custodian: 'Organization/mercy-general',
      resources: [
        hospitalPatient('nora-m', person),
        encounter('nora-m-overdose', 'nora-m', {
          on: '2026-05-30',
          hours: 6,
          class: 'EMER',
          type: snomed('4525004', 'Emergency department patient visit'),
          by: 'patel',
          at: 'mercy-general',
          reason: icd10(
            'T40.411A',
            'Poisoning by fentanyl or fentanyl analogs, accidental (unintentional), initial encounter',
          ),
        }),
      ],
    },
  ],
  crosswalk: [
    {
      organization: 'Organization/mercy-general',
      patient: 'Patient/nora',
      identifier: { system: mercyMrn, value: 'M-7012' },
    },
  ],
})
