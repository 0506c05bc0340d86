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
import type { DemoPatient } from '../types.ts'

const person: Person = {
  given: 'Sam',
  family: 'Whitaker',
  gender: 'male',
  birthDate: '2017-02-09',
  riverbend: 'R-2007',
}

/** A guardian signs: once for the school, once for the abuse history that psychiatry needs. */
export const sam = (): DemoPatient => ({
  story: {
    patient: 'Patient/sam',
    name: nameOf(person),
    situation: 'a guardian consents: accommodations to the school, the whole record to psychiatry',
    tryIt:
      'as harbor-psychiatry read Condition/sam-history: there; as lakeside-schools GET /exchange/school/students/S-1003/summary: accommodations and a return-to-school note',
  },
  records: [
    {
      custodian: 'Organization/riverbend',
      resources: [
        clinicPatient('sam', person),
        relatedPerson('sam-guardian', 'sam', { given: 'Helen', family: 'Whitaker' }, ['GUARD', 'guardian']),
        consent({
          id: 'sam-consent-school',
          patient: 'Patient/sam',
          name: nameOf(person),
          from: ['riverbend'],
          words: 'The accommodations Sam needs at school, and the note that he may return.',
          signed: '2026-04-13',
          end: '2030-01-01',
          signer: { who: 'RelatedPerson/sam-guardian', capacity: 'guardian', onBehalfOf: 'Patient/sam' },
          policies: ['hipaa', 'ferpa'],
          rules: [
            {
              to: ['lakeside-schools'],
              purposes: ['COC'],
              classes: ['CarePlan', 'DocumentReference'],
              instances: ['CarePlan/sam-school-plan', 'DocumentReference/sam-return'],
            },
          ],
        }),
        consent({
          id: 'sam-consent-psychiatry',
          patient: 'Patient/sam',
          name: nameOf(person),
          from: ['riverbend'],
          words: 'All of the clinic records of Sam, what happened to him before he came to us included.',
          signed: '2026-04-13',
          end: '2030-01-01',
          signer: { who: 'RelatedPerson/sam-guardian', capacity: 'guardian', onBehalfOf: 'Patient/sam' },
          policies: ['hipaa'],
          rules: [
            { to: ['harbor-psychiatry'], purposes: ['TREAT'] },
            { to: ['harbor-psychiatry'], purposes: ['TREAT'], labels: ['SDV', 'VIO', 'BH', 'MH'] },
          ],
        }),
        condition(
          'sam-adhd',
          'sam',
          icd10('F90.2', 'Attention-deficit hyperactivity disorder, combined type'),
          '2025-11-03',
          'alvarez',
        ),
        condition(
          'sam-ptsd',
          'sam',
          icd10('F43.12', 'Post-traumatic stress disorder, chronic'),
          '2025-11-03',
          'alvarez',
        ),
        condition(
          'sam-history',
          'sam',
          icd10('Z62.810', 'Personal history of physical and sexual abuse in childhood'),
          '2025-11-03',
          'alvarez',
        ),
        medication('sam-methylphenidate', 'sam', rxnorm('6901', 'methylphenidate 10 mg oral tablet'), {
          on: '2026-01-12',
          by: 'alvarez',
          dose: 'one tablet morning and noon',
          because: 'sam-adhd',
        }),
        carePlan('sam-plan', 'sam', {
          title: 'Treatment plan',
          from: '2026-01-12',
          author: 'chen',
          addresses: ['sam-ptsd', 'sam-history'],
          activity: [
            activity(
              snomed('228557008', 'Cognitive and behavioral therapy'),
              'trauma-focused, weekly',
              'sam-ptsd',
            ),
          ],
        }),
        schoolPlan('sam-school-plan', 'sam', {
          from: '2026-04-13',
          to: '2027-06-18',
          author: 'chen',
          accommodations: [
            ['breaks', 'Breaks when asked for'],
            ['quiet-room', 'A quiet room for tests'],
          ],
        }),
        document('sam-return', 'sam', {
          type: documentType('return-to-school', 'Return to school'),
          on: '2026-04-20',
          by: 'alvarez',
          text: 'The student may return to school on April 21, 2026.',
        }),
      ],
    },
  ],
  crosswalk: [
    {
      organization: 'Organization/lakeside-schools',
      patient: 'Patient/sam',
      identifier: { system: lakesideSis, value: 'S-1003' },
    },
    { organization: 'Organization/harbor-psychiatry', patient: 'Patient/sam' },
  ],
})
