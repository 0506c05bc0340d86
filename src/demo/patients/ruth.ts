import type { ServiceRequest, Task } from 'fhir/r4'
import { activity, carePlan, clinicPatient, condition, medication, nameOf, type Person } from '../build.ts'
import { at, hcpcs, icd10, ref, rxnorm, snomed } from '../codes.ts'
import { consent } from '../consent.ts'
import { screening } from '../screening.ts'
import type { DemoPatient } from '../types.ts'

const person: Person = {
  given: 'Ruth',
  family: 'Abernathy',
  gender: 'female',
  birthDate: '1958-06-21',
  riverbend: 'R-2008',
}

const referral = (): ServiceRequest => ({
  resourceType: 'ServiceRequest',
  id: 'ruth-referral',
  status: 'active',
  intent: 'order',
  category: [snomed('3457005', 'Patient referral')],
  code: snomed('88848003', 'Psychiatric follow-up'),
  subject: ref('Patient/ruth'),
  authoredOn: at('2025-11-24'),
  requester: ref('Organization/riverbend'),
  performer: [ref('Organization/harbor-psychiatry')],
  reasonReference: [ref('Condition/ruth-anxiety')],
  supportingInfo: [ref('CarePlan/ruth-cbt'), ref('CarePlan/ruth-plan')],
})

const task = (): Task => ({
  resourceType: 'Task',
  id: 'ruth-referral-task',
  status: 'requested',
  intent: 'order',
  code: { coding: [{ system: 'http://hl7.org/fhir/CodeSystem/task-code', code: 'fulfill' }] },
  focus: ref('ServiceRequest/ruth-referral'),
  for: ref('Patient/ruth'),
  authoredOn: at('2025-11-24'),
  requester: ref('Organization/riverbend'),
  owner: ref('Organization/harbor-psychiatry'),
})

/** Treatment broke off, the consent ran out, and a referral is still pending: 42 CFR 2.31(c)(1). */
export const ruth = (): DemoPatient => ({
  story: {
    patient: 'Patient/ruth',
    name: nameOf(person),
    situation:
      'expired at the end of 2025, in the middle of treatment, with a referral to psychiatry pending',
    tryIt:
      'as harbor-psychiatry read ServiceRequest/ruth-referral: there for her anxiety, without the program plan it once cited; Condition/ruth-alcohol: not found',
  },
  records: [
    {
      custodian: 'Organization/riverbend',
      resources: [
        clinicPatient('ruth', person),
        condition(
          'ruth-anxiety',
          'ruth',
          icd10('F41.1', 'Generalized anxiety disorder'),
          '2025-03-04',
          'alvarez',
        ),
        carePlan('ruth-cbt', 'ruth', {
          title: 'CBT for anxiety',
          from: '2025-03-11',
          author: 'chen',
          addresses: ['ruth-anxiety'],
          activity: [
            activity(
              snomed('228557008', 'Cognitive and behavioral therapy'),
              'not attended since October 2025',
            ),
          ],
        }),
        referral(),
        task(),
        ...screening('gad-7', 'ruth', '2025-03-04', '3332222'),
        ...screening('gad-7', 'ruth', '2025-06-03', '2221111'),
        ...screening('gad-7', 'ruth', '2025-09-30', '2222221'),
      ],
    },
    {
      custodian: 'Organization/riverbend-recovery',
      resources: [
        clinicPatient('ruth-r', person),
        consent({
          id: 'ruth-consent',
          patient: 'Patient/ruth-r',
          name: nameOf(person),
          from: ['riverbend-recovery'],
          words:
            'My records of the program to Harbor Psychiatry and to Mercy General Hospital until the end of 2025.',
          signed: '2025-04-01',
          end: '2025-12-31',
          signer: { who: 'Patient/ruth-r', capacity: 'patient' },
          policies: ['part2'],
          rules: [
            {
              to: ['harbor-psychiatry', 'mercy-general'],
              purposes: ['TREAT'],
              labels: ['42CFRPart2', 'SUD', 'ETH', 'ETHUD', 'MH', 'BH'],
            },
          ],
        }),
        condition(
          'ruth-alcohol',
          'ruth-r',
          icd10('F10.20', 'Alcohol dependence, uncomplicated'),
          '2025-04-01',
          'novak',
        ),
        medication('ruth-naltrexone', 'ruth-r', rxnorm('7243', 'naltrexone 50 mg oral tablet'), {
          on: '2025-04-01',
          by: 'novak',
          dose: 'one tablet each day',
          because: 'ruth-alcohol',
          status: 'on-hold',
        }),
        carePlan('ruth-plan', 'ruth-r', {
          title: 'Recovery plan',
          from: '2025-04-01',
          author: 'brooks',
          addresses: ['ruth-alcohol'],
          activity: [
            activity(
              hcpcs('H0005', 'Alcohol and/or drug services; group counseling by a clinician'),
              'not attended since October 2025',
              'ruth-alcohol',
            ),
          ],
        }),
      ],
    },
  ],
  crosswalk: [
    { organization: 'Organization/harbor-psychiatry', patient: 'Patient/ruth' },
    { organization: 'Organization/harbor-psychiatry', patient: 'Patient/ruth-r' },
    { organization: 'Organization/mercy-general', patient: 'Patient/ruth-r' },
  ],
})
