import { activity, carePlan, clinicPatient, condition, medication, nameOf, type Person } from '../build.ts'
import { hcpcs, icd10, rxnorm } from '../codes.ts'
import { consent } from '../consent.ts'
import { screening } from '../screening.ts'
import type { DemoPatient } from '../types.ts'

const person: Person = {
  given: 'Marcus',
  family: 'Bell',
  gender: 'male',
  birthDate: '1975-09-09',
  riverbend: 'R-2009',
}

/** Revoked in writing: nothing further goes, what went stays where it is (42 CFR 2.31(a)(6), 2.31(c)). */
export const marcus = (): DemoPatient => ({
  story: {
    patient: 'Patient/marcus',
    name: nameOf(person),
    situation: 'revoked in May 2026: PTSD and an opioid use disorder, methadone',
    tryIt:
      'as harbor-psychiatry search Condition?patient=Patient/marcus: nothing, as if he had never been there',
  },
  records: [
    {
      custodian: 'Organization/riverbend-recovery',
      resources: [
        clinicPatient('marcus', person),
        consent({
          id: 'marcus-consent',
          status: 'inactive',
          patient: 'Patient/marcus',
          name: nameOf(person),
          from: ['riverbend-recovery'],
          words: 'My records of the program to Harbor Psychiatry.',
          signed: '2026-01-20',
          end: '2030-01-01',
          signer: { who: 'Patient/marcus', capacity: 'patient' },
          policies: ['part2'],
          rules: [
            {
              to: ['harbor-psychiatry'],
              purposes: ['TREAT'],
              labels: ['42CFRPart2', 'SUD', 'ETH', 'OPIOIDUD', 'MH', 'BH'],
            },
          ],
        }),
        condition(
          'marcus-ptsd',
          'marcus',
          icd10('F43.12', 'Post-traumatic stress disorder, chronic'),
          '2025-12-09',
          'novak',
        ),
        condition(
          'marcus-oud',
          'marcus',
          icd10('F11.20', 'Opioid dependence, uncomplicated'),
          '2025-12-09',
          'novak',
        ),
        medication('marcus-methadone', 'marcus', rxnorm('6813', 'methadone 10 mg/mL oral solution'), {
          on: '2025-12-09',
          by: 'novak',
          dose: '80 mg each morning, observed',
          because: 'marcus-oud',
        }),
        carePlan('marcus-plan', 'marcus', {
          title: 'Recovery plan',
          from: '2025-12-09',
          author: 'brooks',
          addresses: ['marcus-oud', 'marcus-ptsd'],
          activity: [
            activity(
              hcpcs('H0020', 'Alcohol and/or drug services; methadone administration and/or service'),
              'daily',
              'marcus-oud',
            ),
          ],
        }),
        ...screening('phq-9', 'marcus', '2025-12-09', '322222111', 'novak'),
        ...screening('phq-9', 'marcus', '2026-03-10', '221121100', 'novak'),
      ],
    },
  ],
  crosswalk: [{ organization: 'Organization/harbor-psychiatry', patient: 'Patient/marcus' }],
})
