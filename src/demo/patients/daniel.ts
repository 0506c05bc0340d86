import {
  activity,
  carePlan,
  careTeam,
  clinicPatient,
  condition,
  document,
  encounter,
  hospitalPatient,
  medication,
  nameOf,
  type Person,
} from '../build.ts'
import { hcpcs, icd10, loinc, mercyMrn, rxnorm, snomed } from '../codes.ts'
import { consent } from '../consent.ts'
import { screening } from '../screening.ts'
import type { DemoPatient } from '../types.ts'

const person: Person = {
  given: 'Daniel',
  family: 'Reyes',
  gender: 'male',
  birthDate: '1984-08-02',
  riverbend: 'R-2002',
  mercy: 'M-7002',
}

const words =
  'All of my records of the program, my substance use treatment included, to my treating providers, health plans, third-party payers, and people helping to operate this program.'

const tpoStatements =
  'Who receives these records may disclose them again as the HIPAA rules allow, but not for proceedings against me. The program will not refuse treatment if I do not sign.'

/** One consent for all future treatment, payment and operations: 42 CFR 2.31(a)(4), 2.33. */
export const daniel = (): DemoPatient => ({
  story: {
    patient: 'Patient/daniel',
    name: nameOf(person),
    situation: 'consent to treatment, payment and operations: opioid use disorder on buprenorphine',
    tryIt:
      'as mercy-general read MedicationRequest/daniel-buprenorphine: it comes with the notice of 42 CFR 2.32; his counseling notes do not (2.31(b))',
  },
  records: [
    {
      custodian: 'Organization/riverbend-recovery',
      resources: [
        clinicPatient('daniel', person),
        consent({
          id: 'daniel-consent',
          patient: 'Patient/daniel',
          name: nameOf(person),
          from: ['riverbend-recovery'],
          words,
          signed: '2026-02-16',
          signer: { who: 'Patient/daniel', capacity: 'patient' },
          recipientClass: 'tpo-general',
          expiryEvent: 'none',
          tpoStatements,
          policies: ['part2'],
          rules: [
            {
              purposes: ['TREAT', 'HPAYMT', 'HOPERAT'],
              labels: ['42CFRPart2', 'SUD', 'ETH', 'ETHUD', 'OPIOIDUD', 'BH', 'MH'],
            },
          ],
        }),
        condition(
          'daniel-oud',
          'daniel',
          icd10('F11.20', 'Opioid dependence, uncomplicated'),
          '2026-01-05',
          'novak',
        ),
        condition(
          'daniel-anxiety',
          'daniel',
          icd10('F41.1', 'Generalized anxiety disorder'),
          '2026-01-05',
          'novak',
        ),
        medication(
          'daniel-buprenorphine',
          'daniel',
          rxnorm('1819', 'buprenorphine 8 mg / naloxone 2 mg sublingual film'),
          {
            on: '2026-01-06',
            by: 'novak',
            dose: 'one film under the tongue twice a day',
            because: 'daniel-oud',
          },
        ),
        careTeam('daniel-team', 'daniel', ['novak', 'brooks']),
        carePlan('daniel-plan', 'daniel', {
          title: 'Recovery plan',
          from: '2026-01-06',
          author: 'brooks',
          careTeam: 'daniel-team',
          addresses: ['daniel-oud', 'daniel-anxiety'],
          activity: [
            activity(
              hcpcs('H0005', 'Alcohol and/or drug services; group counseling by a clinician'),
              'group twice a week',
              'daniel-oud',
            ),
            activity(
              snomed('228557008', 'Cognitive and behavioral therapy'),
              'weekly session',
              'daniel-anxiety',
            ),
          ],
        }),
        encounter('daniel-visit', 'daniel', {
          on: '2026-01-06',
          type: hcpcs('H0001', 'Alcohol and/or drug assessment'),
          by: 'novak',
          at: 'riverbend-recovery',
        }),
        document('daniel-counseling-note', 'daniel', {
          type: loinc('11488-4', 'Consult note'),
          on: '2026-03-10',
          by: 'brooks',
          text: 'Analysis of the conversation in the session. Kept apart from the record.',
          labels: ['counseling-notes'],
        }),
        ...screening('gad-7', 'daniel', '2026-01-06', '2222211', 'novak'),
        ...screening('gad-7', 'daniel', '2026-04-07', '1111110', 'novak'),
      ],
    },
    {
      custodian: 'Organization/mercy-general',
      resources: [
        hospitalPatient('daniel-m', person),
        encounter('daniel-m-visit', 'daniel-m', {
          on: '2026-04-20',
          type: snomed('185349003', 'Encounter for check up'),
          by: 'patel',
          at: 'mercy-general',
        }),
      ],
    },
  ],
  crosswalk: [
    {
      organization: 'Organization/mercy-general',
      patient: 'Patient/daniel',
      identifier: { system: mercyMrn, value: 'M-7002' },
    },
  ],
})
