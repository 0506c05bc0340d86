import { activity, carePlan, clinicPatient, condition, medication, nameOf, type Person } from '../build.ts'
import { hcpcs, icd10, rxnorm } from '../codes.ts'
import { consent } from '../consent.ts'
import { screening } from '../screening.ts'
import type { DemoPatient } from '../types.ts'

const person: Person = {
  given: 'Tomas',
  family: 'Lindqvist',
  gender: 'male',
  birthDate: '1988-01-30',
  riverbend: 'R-2004',
}

/** Only the medication list, only to his psychiatrist: a class criterion on program data. */
export const tomas = (): DemoPatient => ({
  story: {
    patient: 'Patient/tomas',
    name: nameOf(person),
    situation:
      'only medications, only to psychiatry: opioid use disorder and depression, all held by the program',
    tryIt:
      'as harbor-psychiatry search MedicationRequest?patient=Patient/tomas: two, without their reasons; Condition?patient=Patient/tomas: none; as mercy-general: no such patient',
  },
  records: [
    {
      custodian: 'Organization/riverbend-recovery',
      resources: [
        clinicPatient('tomas', person),
        consent({
          id: 'tomas-consent',
          patient: 'Patient/tomas',
          name: nameOf(person),
          from: ['riverbend-recovery'],
          words: 'The list of the medicines I take, buprenorphine included. Nothing else.',
          signed: '2026-03-09',
          end: '2030-01-01',
          signer: { who: 'Patient/tomas', capacity: 'patient' },
          policies: ['part2'],
          rules: [
            {
              to: ['harbor-psychiatry'],
              purposes: ['TREAT'],
              labels: ['42CFRPart2', 'SUD', 'OPIOIDUD', 'MH'],
              classes: ['MedicationRequest', 'MedicationStatement', 'Medication'],
            },
          ],
        }),
        condition(
          'tomas-oud',
          'tomas',
          icd10('F11.20', 'Opioid dependence, uncomplicated'),
          '2025-10-14',
          'novak',
        ),
        condition(
          'tomas-depression',
          'tomas',
          icd10('F32.1', 'Major depressive disorder, single episode, moderate'),
          '2026-02-03',
          'novak',
        ),
        medication('tomas-buprenorphine', 'tomas', rxnorm('1819', 'buprenorphine 300 mg monthly injection'), {
          on: '2026-02-03',
          by: 'novak',
          dose: 'one injection each month',
          because: 'tomas-oud',
        }),
        medication('tomas-escitalopram', 'tomas', rxnorm('321988', 'escitalopram 10 mg oral tablet'), {
          on: '2026-02-03',
          by: 'novak',
          dose: 'one tablet each morning',
          because: 'tomas-depression',
        }),
        carePlan('tomas-plan', 'tomas', {
          title: 'Recovery plan',
          from: '2026-02-03',
          author: 'brooks',
          addresses: ['tomas-oud'],
          activity: [
            activity(
              hcpcs('H0015', 'Alcohol and/or drug services; intensive outpatient'),
              'three evenings a week',
              'tomas-oud',
            ),
          ],
        }),
        ...screening('phq-9', 'tomas', '2026-02-03', '222212110', 'novak'),
        ...screening('phq-9', 'tomas', '2026-05-05', '111111000', 'novak'),
      ],
    },
  ],
  crosswalk: [{ organization: 'Organization/harbor-psychiatry', patient: 'Patient/tomas' }],
})
