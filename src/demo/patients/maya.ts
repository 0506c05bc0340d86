import {
  activity,
  carePlan,
  careTeam,
  clinicPatient,
  condition,
  encounter,
  goal,
  hospitalPatient,
  medication,
  nameOf,
  psychotherapyNote,
  type Person,
} from '../build.ts'
import { hcpcs, icd10, mercyMrn, rxnorm, snomed } from '../codes.ts'
import { screening } from '../screening.ts'
import type { DemoPatient } from '../types.ts'

const person: Person = {
  given: 'Maya',
  family: 'Okafor',
  gender: 'female',
  birthDate: '1991-03-14',
  riverbend: 'R-2001',
  mercy: 'M-7001',
}

/** No consent: ordinary records go to a treating hospital that knows her (45 CFR 164.506), nothing sensitive does. */
export const maya = (): DemoPatient => ({
  story: {
    patient: 'Patient/maya',
    name: nameOf(person),
    situation: 'no consent: depression, and an alcohol use disorder she told only her clinic about',
    tryIt:
      'as mercy-general search Condition?patient=Patient/maya: the depression, not the alcohol; as harbor-psychiatry: nothing, not even a patient',
  },
  records: [
    {
      custodian: 'Organization/riverbend',
      resources: [
        clinicPatient('maya', person),
        careTeam('maya-team', 'maya', ['chen', 'alvarez']),
        condition(
          'maya-depression',
          'maya',
          icd10('F33.1', 'Major depressive disorder, recurrent, moderate'),
          '2025-12-01',
          'alvarez',
        ),
        condition(
          'maya-alcohol',
          'maya',
          icd10('F10.20', 'Alcohol dependence, uncomplicated'),
          '2026-01-12',
          'alvarez',
        ),
        medication('maya-sertraline', 'maya', rxnorm('36437', 'sertraline 50 mg oral tablet'), {
          on: '2026-01-12',
          by: 'alvarez',
          dose: 'one tablet each morning',
          because: 'maya-depression',
        }),
        goal('maya-goal', 'maya', 'PHQ-9 below 5 for two months', '2026-01-19', 'maya-depression'),
        carePlan('maya-cbt', 'maya', {
          title: 'CBT for depression',
          from: '2026-01-19',
          author: 'chen',
          addresses: ['maya-depression'],
          goals: ['maya-goal'],
          activity: [
            activity(
              snomed('228557008', 'Cognitive and behavioral therapy'),
              'weekly session',
              'maya-depression',
            ),
          ],
        }),
        encounter('maya-visit', 'maya', {
          on: '2026-01-12',
          type: hcpcs('H0031', 'Mental health assessment, by non-physician'),
          by: 'alvarez',
          at: 'riverbend',
        }),
        psychotherapyNote(
          'maya-note',
          'maya',
          '2026-02-02',
          'chen',
          'Third session. Kept apart from the record.',
        ),
        ...screening('phq-9', 'maya', '2026-01-12', '322322211'),
        ...screening('phq-9', 'maya', '2026-02-23', '222211110'),
        ...screening('phq-9', 'maya', '2026-04-06', '211111110'),
        ...screening('phq-9', 'maya', '2026-06-01', '111110000'),
      ],
    },
    {
      custodian: 'Organization/mercy-general',
      resources: [
        hospitalPatient('maya-m', person),
        encounter('maya-m-visit', 'maya-m', {
          on: '2026-03-03',
          class: 'EMER',
          type: snomed('4525004', 'Emergency department patient visit'),
          by: 'patel',
          at: 'mercy-general',
          reason: icd10('S93.401A', 'Sprain of unspecified ligament of right ankle, initial encounter'),
        }),
      ],
    },
  ],
  crosswalk: [
    {
      organization: 'Organization/mercy-general',
      patient: 'Patient/maya',
      identifier: { system: mercyMrn, value: 'M-7001' },
    },
  ],
})
