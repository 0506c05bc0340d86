import type { CarePlan, Observation } from 'fhir/r4'
import {
  activity,
  carePlan,
  careTeam,
  clinicPatient,
  condition,
  encounter,
  hospitalPatient,
  medication,
  nameOf,
  type Person,
} from '../build.ts'
import { at, hcpcs, hl7, icd10, loinc, mercyMrn, ref, rxnorm, snomed } from '../codes.ts'
import { consent } from '../consent.ts'
import { screening } from '../screening.ts'
import type { DemoPatient } from '../types.ts'

const person: Person = {
  given: 'Priya',
  family: 'Nair',
  gender: 'female',
  birthDate: '1979-11-23',
  riverbend: 'R-2003',
  mercy: 'M-7003',
}

const alcoholScreen = (): Observation => ({
  resourceType: 'Observation',
  id: 'priya-audit-c',
  status: 'final',
  category: [hl7('observation-category', 'survey')],
  code: loinc('75626-2', 'Total score [AUDIT-C]'),
  subject: ref('Patient/priya'),
  effectiveDateTime: at('2026-02-10'),
  valueInteger: 8,
})

const hivTest = (): Observation => ({
  resourceType: 'Observation',
  id: 'priya-hiv',
  status: 'final',
  category: [hl7('observation-category', 'laboratory')],
  code: loinc('56888-1', 'HIV 1+2 Ab+HIV1 p24 Ag [Presence] in Serum or Plasma by Immunoassay'),
  subject: ref('Patient/priya'),
  effectiveDateTime: at('2026-03-02'),
  valueCodeableConcept: { text: 'Negative' },
})

const plan = (): CarePlan => ({
  ...carePlan('priya-plan', 'priya', {
    title: 'Care plan',
    from: '2026-02-10',
    author: 'chen',
    addresses: ['priya-bipolar', 'priya-alcohol'],
    activity: [
      activity(
        snomed('405780009', 'Dialectical behavior therapy'),
        'skills group, mood regulation',
        'priya-bipolar',
      ),
      activity(
        hcpcs('H0005', 'Alcohol and/or drug services; group counseling by a clinician'),
        'evening group',
        'priya-alcohol',
      ),
    ],
  }),
  text: {
    status: 'generated',
    div: '<div xmlns="http://www.w3.org/1999/xhtml"><p>DBT skills group for bipolar II disorder; evening group for alcohol dependence.</p></div>',
  },
})

const mercyAndHarbor = ['mercy-general', 'harbor-psychiatry']

/** All but substance use: a deny beside the permits. One plan has both sides, so part of it stays behind. */
export const priya = (): DemoPatient => ({
  story: {
    patient: 'Patient/priya',
    name: nameOf(person),
    situation:
      'everything but substance use: bipolar disorder and an alcohol use disorder, one plan for both',
    tryIt:
      'as mercy-general read CarePlan/priya-plan: the mood work is there, the alcohol work, its reason and the narrative are not; CarePlan?patient=priya&activity-code=H0005 finds nothing',
  },
  records: [
    {
      custodian: 'Organization/riverbend',
      resources: [
        clinicPatient('priya', person),
        careTeam('priya-team', 'priya', ['chen', 'alvarez']),
        consent({
          id: 'priya-consent',
          patient: 'Patient/priya',
          name: nameOf(person),
          from: ['riverbend'],
          words: 'All of my records, HIV tests included, but nothing about alcohol or drugs.',
          signed: '2026-02-10',
          end: '2030-01-01',
          signer: { who: 'Patient/priya', capacity: 'patient' },
          policies: ['hipaa'],
          rules: [
            { to: mercyAndHarbor, purposes: ['TREAT'] },
            { to: mercyAndHarbor, purposes: ['TREAT'], labels: ['HIV', 'STD', 'SDV', 'VIO', 'SEX', 'GDIS'] },
            {
              type: 'deny',
              to: mercyAndHarbor,
              labels: ['SUD', 'ETH', 'ETHUD', 'OPIOIDUD'],
            },
          ],
        }),
        condition('priya-bipolar', 'priya', icd10('F31.81', 'Bipolar II disorder'), '2018-05-01', 'alvarez'),
        condition(
          'priya-alcohol',
          'priya',
          icd10('F10.20', 'Alcohol dependence, uncomplicated'),
          '2024-09-01',
          'alvarez',
        ),
        medication('priya-lamotrigine', 'priya', rxnorm('28439', 'lamotrigine 200 mg oral tablet'), {
          on: '2026-02-10',
          by: 'alvarez',
          dose: 'one tablet at night',
          because: 'priya-bipolar',
        }),
        medication(
          'priya-acamprosate',
          'priya',
          rxnorm('82819', 'acamprosate 333 mg delayed-release tablet'),
          {
            on: '2026-02-10',
            by: 'alvarez',
            dose: 'two tablets three times a day',
            because: 'priya-alcohol',
          },
        ),
        plan(),
        alcoholScreen(),
        hivTest(),
        ...screening('phq-9', 'priya', '2026-02-10', '222221110'),
        ...screening('phq-9', 'priya', '2026-05-12', '111110100'),
      ],
    },
    {
      custodian: 'Organization/mercy-general',
      resources: [
        hospitalPatient('priya-m', person),
        encounter('priya-m-visit', 'priya-m', {
          on: '2026-05-02',
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
      patient: 'Patient/priya',
      identifier: { system: mercyMrn, value: 'M-7003' },
    },
    { organization: 'Organization/harbor-psychiatry', patient: 'Patient/priya' },
  ],
})
