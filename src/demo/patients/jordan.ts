import {
  activity,
  carePlan,
  clinicPatient,
  condition,
  encounter,
  nameOf,
  relatedPerson,
  schoolPlan,
  type Person,
} from '../build.ts'
import { hcpcs, icd10, lakesideSis, snomed } from '../codes.ts'
import { consent } from '../consent.ts'
import { screening } from '../screening.ts'
import type { DemoPatient } from '../types.ts'

const person: Person = {
  given: 'Jordan',
  family: 'Ellis',
  gender: 'other',
  birthDate: '2009-12-05',
  riverbend: 'R-2006',
}

/** A minor who consented to care alone: only the minor consents to disclosure, to parents too (42 CFR 2.14). */
export const jordan = (): DemoPatient => ({
  story: {
    patient: 'Patient/jordan',
    name: nameOf(person),
    situation:
      'a minor of 16 who sought care for cannabis use alone: signs alone, and the father is not told',
    tryIt:
      'as mercy-general read Condition/jordan-cannabis: there; as lakeside-schools GET /exchange/school/students/S-1002/summary: the answer for an unknown student',
  },
  records: [
    {
      custodian: 'Organization/riverbend',
      resources: [
        clinicPatient('jordan', person),
        relatedPerson('jordan-father', 'jordan', { given: 'Curtis', family: 'Ellis' }, ['FTH', 'father']),
        condition(
          'jordan-adjustment',
          'jordan',
          icd10('F43.21', 'Adjustment disorder with depressed mood'),
          '2026-01-27',
          'alvarez',
        ),
        carePlan('jordan-cbt', 'jordan', {
          title: 'CBT',
          from: '2026-02-03',
          author: 'chen',
          addresses: ['jordan-adjustment'],
          activity: [activity(snomed('228557008', 'Cognitive and behavioral therapy'), 'weekly session')],
        }),
        schoolPlan('jordan-school-plan', 'jordan', {
          from: '2026-02-09',
          to: '2027-06-18',
          author: 'chen',
          accommodations: [['late-arrival', 'Late arrival']],
        }),
        ...screening('phq-9', 'jordan', '2026-01-27', '221211100'),
      ],
    },
    {
      custodian: 'Organization/riverbend-recovery',
      resources: [
        clinicPatient('jordan-r', person),
        consent({
          id: 'jordan-consent',
          patient: 'Patient/jordan-r',
          name: nameOf(person),
          from: ['riverbend-recovery'],
          words:
            'My records of the program to the hospital that treats me. Not to my parents, not to my school.',
          signed: '2026-03-16',
          end: '2030-01-01',
          signer: { who: 'Patient/jordan-r', capacity: 'patient' },
          policies: ['part2'],
          rules: [
            {
              to: ['mercy-general'],
              purposes: ['TREAT'],
              labels: ['42CFRPart2', 'SUD', 'ETH', 'BH', 'MH', 'ADOL'],
            },
          ],
        }),
        condition(
          'jordan-cannabis',
          'jordan-r',
          icd10('F12.10', 'Cannabis abuse, uncomplicated'),
          '2026-03-16',
          'novak',
        ),
        carePlan('jordan-plan', 'jordan-r', {
          title: 'Recovery plan',
          from: '2026-03-16',
          author: 'brooks',
          addresses: ['jordan-cannabis'],
          activity: [
            activity(
              hcpcs('H0005', 'Alcohol and/or drug services; group counseling by a clinician'),
              'youth group',
              'jordan-cannabis',
            ),
          ],
        }),
        encounter('jordan-visit', 'jordan-r', {
          on: '2026-03-16',
          type: hcpcs('H0001', 'Alcohol and/or drug assessment'),
          by: 'novak',
          at: 'riverbend-recovery',
        }),
      ],
    },
  ],
  crosswalk: [
    {
      organization: 'Organization/lakeside-schools',
      patient: 'Patient/jordan',
      identifier: { system: lakesideSis, value: 'S-1002' },
    },
    { organization: 'Organization/mercy-general', patient: 'Patient/jordan-r' },
  ],
})
