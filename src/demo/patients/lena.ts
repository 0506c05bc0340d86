import {
  activity,
  carePlan,
  clinicPatient,
  condition,
  document,
  medication,
  nameOf,
  relatedPerson,
  schoolPlan,
  type Person,
} from '../build.ts'
import { documentType, icd10, lakesideSis, rxnorm, snomed } from '../codes.ts'
import { consent } from '../consent.ts'
import { screening } from '../screening.ts'
import type { DemoPatient } from '../types.ts'

const person: Person = {
  given: 'Lena',
  family: 'Park',
  gender: 'female',
  birthDate: '2011-04-18',
  riverbend: 'R-2005',
}

/** The school gets two named papers and no more: 34 CFR 99.30, 45 CFR 164.508. */
export const lena = (): DemoPatient => ({
  story: {
    patient: 'Patient/lena',
    name: nameOf(person),
    situation:
      'a school summary only: her mother allows accommodations and an excuse, not the anxiety behind them',
    tryIt:
      'as lakeside-schools GET /exchange/school/students/S-1001/summary: accommodations, dates, an excuse; no diagnosis, no clinic visit',
  },
  records: [
    {
      custodian: 'Organization/riverbend',
      resources: [
        clinicPatient('lena', person),
        relatedPerson('lena-mother', 'lena', { given: 'Soo-jin', family: 'Park' }, ['MTH', 'mother']),
        consent({
          id: 'lena-consent',
          patient: 'Patient/lena',
          name: nameOf(person),
          from: ['riverbend'],
          words:
            'The accommodations my daughter needs at school, and the excuse for the hours she is away for care.',
          signed: '2026-02-18',
          end: '2030-01-01',
          signer: { who: 'RelatedPerson/lena-mother', capacity: 'parent', onBehalfOf: 'Patient/lena' },
          policies: ['hipaa', 'ferpa'],
          rules: [
            {
              to: ['lakeside-schools'],
              purposes: ['COC'],
              classes: ['CarePlan', 'DocumentReference'],
              instances: ['CarePlan/lena-school-plan', 'DocumentReference/lena-excuse'],
            },
          ],
        }),
        condition(
          'lena-anxiety',
          'lena',
          icd10('F41.1', 'Generalized anxiety disorder'),
          '2026-01-20',
          'alvarez',
        ),
        medication('lena-fluoxetine', 'lena', rxnorm('4493', 'fluoxetine 10 mg oral capsule'), {
          on: '2026-02-18',
          by: 'alvarez',
          dose: 'one capsule each morning',
          because: 'lena-anxiety',
        }),
        carePlan('lena-plan', 'lena', {
          title: 'CBT for anxiety',
          from: '2026-02-18',
          author: 'chen',
          addresses: ['lena-anxiety'],
          activity: [
            activity(
              snomed('228557008', 'Cognitive and behavioral therapy'),
              'weekly session',
              'lena-anxiety',
            ),
          ],
        }),
        schoolPlan('lena-school-plan', 'lena', {
          from: '2026-02-23',
          to: '2027-06-18',
          author: 'chen',
          accommodations: [
            ['extended-time', 'Extended time on tests'],
            ['quiet-room', 'A quiet room for tests'],
            ['breaks', 'Breaks when asked for'],
          ],
        }),
        document('lena-excuse', 'lena', {
          type: documentType('excuse', 'Excuse from school'),
          on: '2026-03-11',
          by: 'chen',
          text: 'Please excuse the absence during the hours given. The student was in care.',
        }),
        ...screening('gad-7', 'lena', '2026-01-20', '2222212'),
        ...screening('gad-7', 'lena', '2026-03-11', '2112111'),
        ...screening('gad-7', 'lena', '2026-05-20', '1101011'),
      ],
    },
  ],
  crosswalk: [
    {
      organization: 'Organization/lakeside-schools',
      patient: 'Patient/lena',
      identifier: { system: lakesideSis, value: 'S-1001' },
    },
  ],
})
