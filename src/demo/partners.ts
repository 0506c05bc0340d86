import type { DemoClient, Partner } from './types.ts'

const state = 'OR'

/** The organizations of the county. */
export const partners: readonly Partner[] = [
  {
    id: 'riverbend',
    name: 'Riverbend Behavioral Health',
    class: 'covered-entity',
    state,
    channels: [{ kind: 'fhir' }],
  },
  {
    id: 'riverbend-recovery',
    name: 'Riverbend Recovery',
    class: 'part2-program',
    part2: true,
    partOf: 'Organization/riverbend',
    state,
    channels: [{ kind: 'fhir' }],
  },
  {
    id: 'mercy-general',
    name: 'Mercy General Hospital',
    class: 'covered-entity',
    state,
    channels: [
      {
        kind: 'mllp',
        facility: 'MERCY',
        timeZone: 'America/Los_Angeles',
        systems: { MERCY: 'urn:oid:2.16.840.1.113883.19.5' },
      },
      { kind: 'https', facility: 'MERCY', timeZone: 'America/Los_Angeles' },
      { kind: 'fhir' },
    ],
  },
  {
    id: 'lakeside-schools',
    name: 'Lakeside Unified School District',
    class: 'school',
    state,
    policies: { timeZone: 'America/Los_Angeles' },
  },
  {
    id: 'lakeside-elementary',
    name: 'Lakeside Elementary School',
    class: 'school',
    partOf: 'Organization/lakeside-schools',
    state,
  },
  {
    id: 'lakeside-high',
    name: 'Lakeside High School',
    class: 'school',
    partOf: 'Organization/lakeside-schools',
    state,
  },
  {
    id: 'harbor-psychiatry',
    name: 'Harbor Psychiatry',
    class: 'covered-entity',
    state,
    channels: [{ kind: 'fhir' }],
  },
  { id: 'county-health', name: 'County Public Health', class: 'public-health', state },
  {
    id: 'moodtrack',
    name: 'MoodTrack',
    class: 'business-associate',
    principal: 'Organization/riverbend',
    state,
  },
]

const client = (
  id: string,
  purpose: string,
  scope = 'system/*.cruds',
  roles: readonly string[] = [],
): DemoClient => ({ id, organization: `Organization/${id}`, purposes: [purpose], scope, roles })

/** The demo clients: one purpose each beside emergencies, so that a token without one is never ambiguous. */
export const clients: readonly DemoClient[] = [
  client('riverbend', 'TREAT', 'system/*.cruds', ['policy']),
  client('riverbend-recovery', 'TREAT', 'system/*.cruds', ['policy']),
  { ...client('mercy-general', 'TREAT'), purposes: ['TREAT', 'BTG'] },
  client('lakeside-schools', 'COC', 'system/Patient.rs system/DocumentReference.rs'),
  client('harbor-psychiatry', 'TREAT'),
  client('county-health', 'PUBHLTH', 'system/*.rs'),
  client(
    'moodtrack',
    'TREAT',
    'system/Questionnaire.rs system/QuestionnaireResponse.cr system/Observation.r',
  ),
]
