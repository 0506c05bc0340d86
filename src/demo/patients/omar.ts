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
  psychotherapyNote,
  type Person,
} from '../build.ts'
import { documentType, hcpcs, icd10, mercyMrn, rxnorm, snomed } from '../codes.ts'
import { consent } from '../consent.ts'
import { screening } from '../screening.ts'
import type { DemoPatient } from '../types.ts'

const person: Person = {
  given: 'Omar',
  family: 'Haddad',
  gender: 'male',
  birthDate: '1990-10-11',
  riverbend: 'R-2011',
  mercy: 'M-7011',
}

const signed = { who: 'Patient/omar', capacity: 'patient' } as const

/** Two consents that disagree on HIV: a deny wins over a permit, whichever was signed first. */
export const omar = (): DemoPatient => ({
  story: {
    patient: 'Patient/omar',
    name: nameOf(person),
    situation: 'conflicting consents: one lets the hospital have everything, a later one withholds HIV',
    tryIt:
      'as mercy-general search Condition?patient=Patient/omar: bipolar disorder and PTSD, not HIV; Patient?_has:Condition:patient:code=B20 finds nobody',
  },
  records: [
    {
      custodian: 'Organization/riverbend',
      resources: [
        clinicPatient('omar', person),
        careTeam('omar-team', 'omar', ['chen', 'alvarez']),
        consent({
          id: 'omar-consent-all',
          patient: 'Patient/omar',
          name: nameOf(person),
          from: ['riverbend'],
          words: 'All of my records, HIV included, to Mercy General Hospital.',
          signed: '2026-01-26',
          end: '2030-01-01',
          signer: signed,
          policies: ['hipaa'],
          rules: [
            { to: ['mercy-general'], purposes: ['TREAT'] },
            { to: ['mercy-general'], purposes: ['TREAT'], labels: ['HIV', 'MH', 'BH'] },
          ],
        }),
        consent({
          id: 'omar-consent-no-hiv',
          patient: 'Patient/omar',
          name: nameOf(person),
          from: ['riverbend'],
          words: 'My records to Mercy General Hospital, but nothing about HIV.',
          signed: '2026-04-27',
          end: '2030-01-01',
          signer: signed,
          policies: ['hipaa'],
          rules: [
            { to: ['mercy-general'], purposes: ['TREAT'] },
            { type: 'deny', to: ['mercy-general'], labels: ['HIV'] },
          ],
        }),
        condition(
          'omar-bipolar',
          'omar',
          icd10('F31.9', 'Bipolar disorder, unspecified'),
          '2015-02-01',
          'alvarez',
        ),
        condition(
          'omar-ptsd',
          'omar',
          icd10('F43.10', 'Post-traumatic stress disorder, unspecified'),
          '2021-07-01',
          'alvarez',
        ),
        condition(
          'omar-hiv',
          'omar',
          icd10('B20', 'Human immunodeficiency virus [HIV] disease'),
          '2019-08-01',
          'alvarez',
        ),
        medication('omar-lithium', 'omar', rxnorm('6448', 'lithium carbonate 300 mg oral capsule'), {
          on: '2026-01-26',
          by: 'alvarez',
          dose: 'one capsule three times a day',
          because: 'omar-bipolar',
        }),
        medication('omar-dolutegravir', 'omar', rxnorm('1433868', 'dolutegravir 50 mg oral tablet'), {
          on: '2026-01-26',
          by: 'alvarez',
          dose: 'one tablet each day',
          because: 'omar-hiv',
        }),
        carePlan('omar-dbt', 'omar', {
          title: 'DBT',
          from: '2026-02-02',
          author: 'chen',
          addresses: ['omar-bipolar', 'omar-ptsd'],
          activity: [
            activity(
              snomed('405780009', 'Dialectical behavior therapy'),
              'skills group and individual session',
              'omar-ptsd',
            ),
          ],
        }),
        carePlan('omar-safety-plan', 'omar', {
          title: 'Safety plan',
          from: '2026-03-24',
          author: 'chen',
          category: documentType('safety-plan', 'Safety plan'),
          addresses: ['omar-ptsd'],
          activity: [
            { detail: { status: 'in-progress', description: 'call my brother, then the crisis line' } },
            { detail: { status: 'in-progress', description: 'medicines stay with my brother' } },
          ],
        }),
        encounter('omar-crisis', 'omar', {
          on: '2026-03-23',
          hours: 3,
          class: 'EMER',
          type: hcpcs('H2011', 'Crisis intervention service, per 15 minutes'),
          by: 'alvarez',
          at: 'riverbend',
          reason: icd10('R45.851', 'Suicidal ideations'),
        }),
        psychotherapyNote(
          'omar-note',
          'omar',
          '2026-03-30',
          'chen',
          'Session after the crisis. Kept apart from the record.',
        ),
        ...screening('phq-9', 'omar', '2026-01-26', '222122110'),
        ...screening('phq-9', 'omar', '2026-03-23', '333332323'),
        ...screening('phq-9', 'omar', '2026-05-25', '221121110'),
      ],
    },
    {
      custodian: 'Organization/mercy-general',
      resources: [
        hospitalPatient('omar-m', person),
        encounter('omar-m-visit', 'omar-m', {
          on: '2026-05-11',
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
      patient: 'Patient/omar',
      identifier: { system: mercyMrn, value: 'M-7011' },
    },
  ],
})
