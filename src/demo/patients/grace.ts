import {
  clinicPatient,
  condition,
  encounter,
  hospitalPatient,
  medication,
  nameOf,
  type Person,
} from '../build.ts'
import { icd10, mercyMrn, rxnorm, snomed } from '../codes.ts'
import { consent } from '../consent.ts'
import { screening } from '../screening.ts'
import type { DemoPatient } from '../types.ts'

const person: Person = {
  given: 'Grace',
  family: 'Liu',
  gender: 'female',
  birthDate: '1995-05-27',
  riverbend: 'R-2010',
  mercy: 'M-7010',
}

/** Facially deficient: the paper says nothing of the right to revoke, 42 CFR 2.31(a)(6), so 2.31(c) forbids to act on it. */
export const grace = (): DemoPatient => ({
  story: {
    patient: 'Patient/grace',
    name: nameOf(person),
    situation: 'a deficient consent: signed and current, but without the statement on revocation',
    tryIt:
      'as mercy-general read Condition/grace-oud: not found; sign again on the capture page with the statement, and it is there',
  },
  records: [
    {
      custodian: 'Organization/riverbend-recovery',
      resources: [
        clinicPatient('grace', person),
        consent({
          id: 'grace-consent',
          patient: 'Patient/grace',
          name: nameOf(person),
          from: ['riverbend-recovery'],
          words: 'My records of the program to Mercy General Hospital.',
          signed: '2026-04-07',
          end: '2030-01-01',
          signer: { who: 'Patient/grace', capacity: 'patient' },
          revocation: null,
          policies: ['part2'],
          rules: [
            {
              to: ['mercy-general'],
              purposes: ['TREAT'],
              labels: ['42CFRPart2', 'SUD', 'ETH', 'OPIOIDUD', 'MH', 'BH'],
            },
          ],
        }),
        condition(
          'grace-oud',
          'grace',
          icd10('F11.20', 'Opioid dependence, uncomplicated'),
          '2026-04-07',
          'novak',
        ),
        medication(
          'grace-buprenorphine',
          'grace',
          rxnorm('1819', 'buprenorphine 8 mg / naloxone 2 mg sublingual tablet'),
          {
            on: '2026-04-08',
            by: 'novak',
            dose: 'one tablet under the tongue twice a day',
            because: 'grace-oud',
          },
        ),
        ...screening('gad-7', 'grace', '2026-04-07', '3222211', 'novak'),
      ],
    },
    {
      custodian: 'Organization/mercy-general',
      resources: [
        hospitalPatient('grace-m', person),
        encounter('grace-m-visit', 'grace-m', {
          on: '2026-05-18',
          type: snomed('424619006', 'Prenatal visit'),
          by: 'patel',
          at: 'mercy-general',
        }),
      ],
    },
  ],
  crosswalk: [
    {
      organization: 'Organization/mercy-general',
      patient: 'Patient/grace',
      identifier: { system: mercyMrn, value: 'M-7010' },
    },
  ],
})
